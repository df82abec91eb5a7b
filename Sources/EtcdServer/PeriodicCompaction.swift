/// Decides up to where to compact so that history of an age is kept. Time is that of a monotonic clock.
struct PeriodicCompaction {
    private let age: Duration
    private var samples: [(time: Duration, revision: Int64)] = []
    /// The newest target, and the revisions that nothing is older than.
    private var last: Int64 = 1

    init(age: Duration) { self.age = age }

    /// How often to ask: ten times in the age, at most once a second and at least once an hour.
    var interval: Duration { min(max(self.age / 10, .seconds(1)), .seconds(3_600)) }

    /// Notes the newest revision now, and returns the one that was the newest when what is kept began, if that is
    /// another than the last time.
    mutating func target(head: Int64, now: Duration) -> Int64? {
        self.samples.append((now, head))
        guard let index = self.samples.lastIndex(where: { $0.time <= now - self.age }) else { return nil }
        self.samples.removeFirst(index)
        guard self.samples[0].revision > self.last else { return nil }
        self.last = self.samples[0].revision
        return self.last
    }
}
