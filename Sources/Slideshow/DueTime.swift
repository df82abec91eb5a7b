import Glibc

/// When the next change is due, on the clock that decides it.
struct DueTime: Hashable, Sendable {
    private enum Clock: Hashable, Sendable {
        /// Counted from the last change: setting the wall clock must neither hurry nor hold it.
        case uptime(Duration)
        /// On the grid of a base: people expect it when their own clock says so.
        case wall(Duration)
    }

    private let clock: Clock

    /// At this time since 1970-01-01 00:00 UTC.
    init(wall: Duration) { self.clock = .wall(wall) }

    /// The next change after `lastChange`, drawing from `generator` where chance is asked for.
    ///
    /// - Parameter offsetFromUTC: The zone's offset now; that of `lastChange` is the one it had then.
    init(
        after lastChange: Moment, offsetFromUTC: Duration, timing: ChangeTiming,
        using generator: inout SeededGenerator
    ) {
        if timing.usesHalfLife {
            // P(still shown after t) = 2^(-t/interval). Cut at both ends: nobody wants a flash, or a photo for ever.
            let chance = Double.random(in: 0x1p-10..<1, using: &generator)
            let halfLives = max(-log2(chance), 0.1)
            let wait = max(timing.interval * halfLives, ChangeTiming.shortestInterval)
            self.clock = .uptime(lastChange.uptime + wait)
            return
        }
        let swing = timing.interval * (timing.variancePercent / 100)
        switch timing.base {
        case .lastChange:
            let shift = timing.variancePercent > 0 ? swing * Double.random(in: -1...1, using: &generator) : .zero
            let wait = max(timing.interval + shift, ChangeTiming.shortestInterval)
            self.clock = .uptime(lastChange.uptime + wait)
        case .minuteOfHour(let minute):
            // Minutes are the same before and after a change of the zone's offset by whole hours.
            var last = lastChange
            last.offsetFromUTC = offsetFromUTC
            let point = Self.gridPoint(after: last, anchor: minute * 60, period: 3600, timing: timing)
            self.clock = .wall(point - offsetFromUTC + Self.delay(swing, using: &generator))
        case .minuteOfDay(let minute):
            var last = lastChange
            let shift = last.offsetFromUTC - offsetFromUTC
            // An hour that the clock repeats must neither hold a photo that changes every few minutes, nor change
            // one twice that changes once a day.
            if timing.interval < max(shift, .zero - shift) { last.offsetFromUTC = offsetFromUTC }
            let point = Self.gridPoint(after: last, anchor: minute * 60, period: 86400, timing: timing)
            self.clock = .wall(point - offsetFromUTC + Self.delay(swing, using: &generator))
        }
    }

    /// Whether only the wall clock decides, so that somebody setting it must lead to a new due time.
    var isOnWallClock: Bool {
        if case .wall = self.clock { true } else { false }
    }

    /// The due time since 1970-01-01 00:00 UTC where only the wall clock decides.
    var instant: Duration? {
        if case .wall(let due) = self.clock { due } else { nil }
    }

    /// How long after `now`; zero when due.
    func delay(from now: Moment) -> Duration {
        switch self.clock {
        case .uptime(let due): max(due - now.uptime, .zero)
        case .wall(let due): max(due - now.wall, .zero)
        }
    }

    /// The due time since 1970-01-01 00:00 UTC, as the clocks of `now` have it.
    func wall(at now: Moment) -> Duration {
        switch self.clock {
        case .uptime(let due): now.wall + (due - now.uptime)
        case .wall(let due): due
        }
    }

    /// On a grid a change may come late by the variance but never early: early, the grid point itself would
    /// still lie ahead and change the photo again.
    private static func delay(_ swing: Duration, using generator: inout SeededGenerator) -> Duration {
        swing > .zero ? swing * Double.random(in: 0...1, using: &generator) : .zero
    }

    /// The first point after `lastChange`, in local time, of the grid that starts at `anchor` seconds into each `period`
    /// and goes on in steps of the interval; intervals shorter than the period start afresh with each one.
    private static func gridPoint(
        after lastChange: Moment, anchor: Int, period: Int, timing: ChangeTiming
    ) -> Duration {
        let local = (lastChange.wall + lastChange.offsetFromUTC).inSeconds
        let period = Double(period)
        let interval = timing.interval.inSeconds
        let start = ((local - Double(anchor)) / period).rounded(.down) * period + Double(anchor)
        let steps = ((local - start) / interval).rounded(.down) + 1
        var point = start + steps * interval
        if interval < period { point = min(point, start + period) }
        return .seconds(point)
    }
}
