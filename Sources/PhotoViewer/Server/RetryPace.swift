/// Waits between tries that grow from half a second to `longest`, with jitter, so that a fleet does not return in
/// step.
struct RetryPace: Sendable {
    private let longest: Duration
    private var wait: Duration = .milliseconds(500)

    init(longest: Duration = .seconds(30)) { self.longest = longest }

    mutating func reset() { self.wait = .milliseconds(500) }

    /// The next wait: between half of it and all of it.
    mutating func next() -> Duration {
        defer { self.wait = min(self.wait * 2, self.longest) }
        return self.wait * Double.random(in: 0.5...1)
    }
}
