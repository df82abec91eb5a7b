import EtcdClient
import Logging
import Synchronization

/// Keeps a display's `/status/<id>` true in the mediator, on a lease that is its presence.
/// When it writes is ``StatusPace``'s to say.
package final class StatusReporter: Sendable {
    package static let leaseTTL: Duration = .seconds(15)

    private let display: DisplayID
    private let client: EtcdClient
    private let logger: Logger
    private let latest: Mutex<DisplayStatus>
    private let news = Signal()
    private let written = Mutex<DisplayStatus?>(nil)

    package init(display: DisplayID, client: EtcdClient, initial: DisplayStatus = DisplayStatus(), logger: Logger) {
        self.display = display
        self.client = client
        self.logger = logger
        self.latest = Mutex(initial)
    }

    /// Takes the status to report from now on. Never waits.
    package func report(_ status: DisplayStatus) {
        self.latest.withLock { $0 = status }
        self.news.raise()
    }

    /// Waits until what was reported last is in the mediator, or `limit` has passed, or the task is cancelled.
    package func flush(within limit: Duration) async {
        let end = ContinuousClock.now.advanced(by: limit)
        while self.written.withLock({ $0 }) != self.latest.withLock({ $0 }), .now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))  // throws only when cancelled
        }
    }

    /// Reports until its task is cancelled, then revokes the lease, so that the display is seen to leave at once.
    package func run() async throws {
        var backoff = Backoff()
        while true {
            try Task.checkCancellation()
            do {
                let lease = try await self.client.grantLease(ttl: Self.leaseTTL)
                do {
                    var pace = StatusPace()
                    try await self.write(under: lease.id, &pace)
                    backoff.reset()
                    try await self.keep(lease, pace)
                } catch  where Task.isCancelled {
                    let client = self.client
                    // This task is cancelled, and leaving politely must not be. If it fails, the lease ends by itself.
                    await Task.detached { _ = try? await client.revokeLease(lease.id) }.value
                    throw error
                }
            } catch let error as EtcdError {
                self.logger.debug("status not reported", metadata: ["error": "\(error)"])
            }
            // Reached when the mediator is away or the lease was lost: a new one is wanted.
            try await Task.sleep(for: backoff.next())
        }
    }

    /// Keeps a lease alive and the status under it true. Returns when the lease is lost.
    private func keep(_ lease: Lease, _ pace: StatusPace) async throws {
        let keeper = self.client.keepAlive(lease)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keeper.run() }
            group.addTask {
                var pace = pace
                while true {
                    let wait = pace.wait(for: self.latest.withLock { $0 }, now: ContinuousClock.now)
                    if wait <= .zero {
                        try await self.write(under: lease.id, &pace)
                    } else {
                        await self.news.wait(within: wait)
                        try Task.checkCancellation()
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func write(under lease: LeaseID, _ pace: inout StatusPace) async throws {
        let status = self.latest.withLock { $0 }
        _ = try await self.client.put(DisplayKey.status(of: self.display), Value(status.json), lease: lease)
        self.written.withLock { $0 = status }
        pace.wrote(status, at: ContinuousClock.now)
    }
}
