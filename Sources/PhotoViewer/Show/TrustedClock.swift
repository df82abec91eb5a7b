import CSys
import Slideshow

/// The wall clock, unless it is plainly wrong: a machine without a battery starts in 1970, or where it was switched off.
///
/// Then time goes on from the last known one, so that sleeping hours and intervals are not far off.
struct TrustedClock: Sendable {
    /// Clocks are set back by less than this without being wrong.
    static let tolerance: Duration = .seconds(3600)

    private var lastKnown: Moment?
    private let isSynchronised: @Sendable () -> Bool
    /// Whether the last reading was made up from an earlier one.
    private(set) var isWrong = false

    /// - Parameters:
    ///   - lastKnown: What the wall clock showed when it was last believed, as kept on the disk.
    ///   - now: The clocks at this start.
    ///   - isSynchronised: Whether somebody who knows the time keeps the system's clock.
    init(lastKnown: Duration?, now: Moment, isSynchronised: @escaping @Sendable () -> Bool) {
        self.isSynchronised = isSynchronised
        self.lastKnown = lastKnown.map { Moment(uptime: now.uptime, wall: $0) }
    }

    /// What the time is, as far as can be known.
    mutating func read(_ moment: Moment) -> Moment {
        guard let lastKnown = self.lastKnown else {
            self.lastKnown = moment
            return moment
        }
        let expected = lastKnown.wall + (moment.uptime - lastKnown.uptime)
        self.isWrong = moment.wall < expected - Self.tolerance && !self.isSynchronised()
        if self.isWrong {
            return Moment(uptime: moment.uptime, wall: expected, offsetFromUTC: moment.offsetFromUTC)
        }
        self.lastKnown = moment
        return moment
    }
}

/// What the kernel knows of its clock.
package enum KernelClock {
    /// Whether the clock is kept in step with a time server.
    package static func isSynchronised() -> Bool { csys_clock_is_synchronised() == 1 }
}
