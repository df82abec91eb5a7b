/// Waits that grow from 50 ms to 2 s between tries, with jitter so that a fleet does not return in step.
package struct Backoff: Sendable {
    private static let shortest: Duration = .milliseconds(50)
    private static let longest: Duration = .seconds(2)
    private var wait = Backoff.shortest

    package init() {}

    package mutating func reset() { self.wait = Self.shortest }

    /// The next wait: between half of it and all of it.
    package mutating func next() -> Duration {
        let wait = self.wait
        self.wait = min(wait * 2, Self.longest)
        return wait * Double.random(in: 0.5...1)
    }
}
