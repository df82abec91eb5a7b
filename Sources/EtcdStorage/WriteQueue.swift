import EtcdStore

/// A write that waits for its turn.
struct WriteJob: Sendable {
    /// Carries the write out at the head; what it returns tells the client, once the write is durable.
    let apply: @Sendable (inout Store, Duration) -> @Sendable () -> Void
    /// Tells the client that the write was not carried out, or may not have been.
    let refuse: @Sendable (StoreError) -> Void
    /// About how many bytes it holds on to.
    let cost: Int
}

/// The writes that wait, and whether somebody is at work on them. Bounded: beyond its limits it refuses.
struct WriteQueue: Sendable {
    enum Admission: Equatable, Sendable {
        /// The writer has to be started.
        case first
        case queued
        case refused(StoreError)
    }

    private let countLimit: Int
    private let costLimit: Int
    private var jobs: [WriteJob] = []
    private var cost = 0
    private var isBusy = false
    private(set) var isClosed = false

    init(countLimit: Int, costLimit: Int) {
        self.countLimit = countLimit
        self.costLimit = costLimit
    }

    mutating func append(_ job: WriteJob) -> Admission {
        if self.isClosed { return .refused(.stopped) }
        if self.jobs.count >= self.countLimit || self.cost >= self.costLimit { return .refused(.tooManyRequests) }
        self.jobs.append(job)
        self.cost += job.cost
        defer { self.isBusy = true }
        return self.isBusy ? .queued : .first
    }

    /// All that wait, up to `costLimit` together: they become durable with one sync. When nothing waits, the writer
    /// has to stop, and the next write starts it again.
    mutating func takeBatch(costLimit: Int) -> [WriteJob] {
        var count = 0
        var cost = 0
        while count < self.jobs.count, count == 0 || cost + self.jobs[count].cost <= costLimit {
            cost += self.jobs[count].cost
            count += 1
        }
        let batch = Array(self.jobs[..<count])
        self.jobs.removeFirst(count)
        self.cost -= cost
        if batch.isEmpty { self.isBusy = false }
        return batch
    }

    /// The one that waits, if it is one.
    mutating func takeLone() -> WriteJob? {
        guard self.jobs.count == 1, let job = self.jobs.popLast() else { return nil }
        self.cost -= job.cost
        return job
    }

    /// Stops, if nothing waits and there is nothing else to do; the next write starts the work again.
    mutating func rest(_ isTidy: Bool) -> Bool {
        guard isTidy, self.jobs.isEmpty else { return false }
        self.isBusy = false
        return true
    }

    var isIdle: Bool { self.jobs.isEmpty }

    /// Admits nothing from now on; what waits is still carried out.
    mutating func close() { self.isClosed = true }
}
