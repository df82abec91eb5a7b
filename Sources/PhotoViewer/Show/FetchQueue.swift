import DisplayChannel

/// Which photo to fetch next. Pure.
struct FetchQueue: Sendable {
    private struct Failure {
        var pace: Backoff
        var retryAt: ContinuousClock.Instant
    }

    /// The photos wanted, most urgent first.
    private(set) var wanted: [PhotoContent] = []
    private var inFlight: Set<PhotoContent> = []
    private var failures: [PhotoContent: Failure] = [:]

    /// Replaces the wishes; those already on their way go on.
    mutating func want(_ contents: [PhotoContent]) {
        self.wanted = contents
        let known = Set(contents)
        self.failures = self.failures.filter { known.contains($0.key) }
    }

    /// Takes the most urgent photo that is not being fetched nor waiting for another try.
    mutating func take(at now: ContinuousClock.Instant) -> PhotoContent? {
        let next = self.wanted.first { content in
            !self.inFlight.contains(content) && (self.failures[content].map { $0.retryAt <= now } ?? true)
        }
        if let next { self.inFlight.insert(next) }
        return next
    }

    mutating func succeeded(_ content: PhotoContent) {
        self.inFlight.remove(content)
        self.failures[content] = nil
        self.wanted.removeAll { $0 == content }
    }

    /// The photo is tried again after a while that grows; others go first.
    ///
    /// - Parameter isFleeting: Whether the fault is the network's or the disk's rather than the photo's: then the waits
    ///   stay short, for it to arrive soon after the fault's end.
    mutating func failed(_ content: PhotoContent, isFleeting: Bool, at now: ContinuousClock.Instant) {
        self.inFlight.remove(content)
        guard self.wanted.contains(content) else { return }
        var pace = self.failures[content]?.pace ?? Backoff(shortest: .milliseconds(500), longest: .seconds(60))
        let wait = isFleeting ? min(pace.next(), Self.fleetingWait) : pace.next()
        self.failures[content] = Failure(pace: pace, retryAt: now.advanced(by: wait))
    }

    private static let fleetingWait: Duration = .seconds(3)

    /// How long until ``take(at:)`` gives something; nil when only new wishes can.
    func wait(from now: ContinuousClock.Instant) -> Duration? {
        self.wanted.filter { !self.inFlight.contains($0) }
            .map { content in self.failures[content].map { now.duration(to: $0.retryAt) } ?? .zero }
            .min().map { max($0, .zero) }
    }

    /// Forgets the waits: the server has just answered again.
    mutating func retryAll() { self.failures = [:] }
}
