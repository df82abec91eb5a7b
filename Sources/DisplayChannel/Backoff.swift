/// Waits between tries that double from `shortest` to `longest`, with jitter so that a fleet does not return in step.
package struct Backoff: Sendable {
    private let shortest: Duration
    private let longest: Duration
    private var wait: Duration

    /// The defaults are those of the mediator: back within 2 s of its return.
    package init(shortest: Duration = .milliseconds(50), longest: Duration = .seconds(2)) {
        self.shortest = shortest
        self.longest = longest
        self.wait = shortest
    }

    package mutating func reset() { self.wait = self.shortest }

    /// The next wait: between half of it and all of it.
    package mutating func next() -> Duration {
        defer { self.wait = min(self.wait * 2, self.longest) }
        return self.wait * Double.random(in: 0.5...1)
    }
}
