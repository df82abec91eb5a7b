import DisplayChannel
import Foundation
import Planning

/// When a display sleeps and how dark it is, by the wall clock of the place where it hangs.
struct DayRhythm: Sendable {
    /// What holds at a moment.
    struct Phase: Hashable, Sendable {
        var isAsleep = false
        /// 0, black, to 1.
        var light = 1.0
    }

    let clock: LocalClock
    private let sleep: Schedule<Bool>
    private let dim: Schedule<Double>
    /// How far ahead changes are looked for; then it is looked again.
    private static let horizon = 2 * 3600
    private var known: (phase: Phase, from: Int, until: Int)?

    init(_ settings: DisplaySettings) {
        self.clock = LocalClock(identifier: settings.timeZone) ?? LocalClock(.current)
        self.sleep = Schedule(rules: settings.sleep.map { .init(true, weekdays: $0.days, hours: $0.hours) })
        self.dim = Schedule(rules: settings.dim.map { .init($0.brightness, hours: $0.hours) })
    }

    /// - Parameter wall: Since 1970-01-01 00:00 UTC.
    mutating func phase(at wall: Duration) -> Phase {
        let instant = Int(wall.components.seconds)
        if let known = self.known, instant >= known.from, instant < known.until { return known.phase }
        let phase = Phase(
            isAsleep: self.sleep.decision(at: instant, clock: self.clock).choice ?? false,
            light: self.dim.decision(at: instant, clock: self.clock).choice ?? 1)
        let changes = [
            self.sleep.nextChange(after: instant, within: Self.horizon, clock: self.clock),
            self.dim.nextChange(after: instant, within: Self.horizon, clock: self.clock),
        ]
        self.known = (phase, instant, changes.compactMap { $0 }.min() ?? instant + Self.horizon)
        return phase
    }

    /// How long the phase at `wall` holds; longer is possible, shorter is not.
    mutating func rest(from wall: Duration) -> Duration {
        _ = self.phase(at: wall)
        guard let known = self.known else { return .zero }
        return max(.seconds(known.until) - wall, .zero)
    }
}
