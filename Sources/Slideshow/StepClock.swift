/// The instants at which displays in step change: whole multiples of the interval since 1970-01-01 00:00 UTC. Each has
/// a number, and the number says what is shown from then on.
struct StepClock: Sendable {
    /// In whole nanoseconds, so that displays agree to the last bit.
    private let interval: Int64

    init(interval: Duration) { self.interval = max(Self.nanoseconds(interval), 1) }

    /// The number of the last instant.
    func number(at wall: Duration) -> Int {
        let time = Self.nanoseconds(wall)
        let quotient = time / self.interval
        return Int(time % self.interval < 0 ? quotient - 1 : quotient)
    }

    func instant(_ number: Int) -> Duration { .nanoseconds(Int64(number) * self.interval) }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    }
}
