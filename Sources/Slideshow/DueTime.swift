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

    /// The next change after `lastChange`, drawing from `generator` where chance is asked for.
    init(after lastChange: Moment, timing: ChangeTiming, using generator: inout SeededGenerator) {
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
            let point = Self.gridPoint(after: lastChange, anchor: minute * 60, period: 3600, timing: timing)
            self.clock = .wall(point + Self.delay(swing, using: &generator))
        case .minuteOfDay(let minute):
            let point = Self.gridPoint(after: lastChange, anchor: minute * 60, period: 86400, timing: timing)
            self.clock = .wall(point + Self.delay(swing, using: &generator))
        }
    }

    /// Whether only the wall clock decides, so that somebody setting it must lead to a new due time.
    var isOnWallClock: Bool {
        if case .wall = self.clock { true } else { false }
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

    /// The first point after `lastChange` of the grid that starts at `anchor` seconds into each `period` of local
    /// time and goes on in steps of the interval; intervals shorter than the period start afresh with each one.
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
        return .seconds(point) - lastChange.offsetFromUTC
    }
}
