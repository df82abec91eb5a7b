/// What the caller's clocks say when an event happens. The slideshow itself reads no clock.
package struct Moment: Hashable, Sendable {
    /// Time since an arbitrary start; never jumps.
    package var uptime: Duration
    /// Time since 1970-01-01 00:00 UTC; jumps when somebody sets the clock.
    package var wall: Duration
    /// What to add to UTC for the display's local time.
    package var offsetFromUTC: Duration

    package init(uptime: Duration, wall: Duration, offsetFromUTC: Duration = .zero) {
        self.uptime = uptime
        self.wall = wall
        self.offsetFromUTC = offsetFromUTC
    }

    /// The earlier `moment` as the clocks of `self` would have shown it, had they not been set in between. Its zone's
    /// offset stays what it was.
    func reading(_ moment: Moment) -> Moment {
        Moment(
            uptime: moment.uptime, wall: self.wall - (self.uptime - moment.uptime),
            offsetFromUTC: moment.offsetFromUTC)
    }

    /// Whether the wall clock or the zone was changed between `earlier` and `self` by more than drift explains.
    func isClockChanged(since earlier: Moment) -> Bool {
        let jump = (self.wall - self.uptime) - (earlier.wall - earlier.uptime)
        return jump > .seconds(2) || jump < .seconds(-2) || self.offsetFromUTC != earlier.offsetFromUTC
    }
}

extension Duration {
    /// This duration in seconds; for arithmetic on intervals, where a microsecond more or less is nothing.
    var inSeconds: Double {
        Double(self.components.seconds) + Double(self.components.attoseconds) / 1e18
    }
}
