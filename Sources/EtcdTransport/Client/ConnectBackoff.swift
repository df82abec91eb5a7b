/// How long to wait after all endpoints failed. Pure; the caller brings the randomness.
package struct ConnectBackoff: Sendable {
    private let initial: Duration
    private let maximum: Duration
    private var next: Duration

    package init(initial: Duration, maximum: Duration) {
        self.initial = initial
        self.maximum = maximum
        self.next = initial
    }

    /// The next pause: doubling from pause to pause up to the maximum, and spread over its upper half, so that the
    /// clients of a restarted server do not all come at once.
    package mutating func pause(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { self.next = min(self.maximum, self.next * 2) }
        return min(self.maximum, self.next) * Double.random(in: 0.5...1, using: &generator)
    }

    package mutating func reset() {
        self.next = self.initial
    }
}
