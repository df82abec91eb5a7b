import EtcdTransport
import Logging
import Synchronization

/// Renews one lease, a third of its life after the last answer, and says how sure one can be that it lives.
///
/// All keepers of a client share one stream.
///
/// ```swift
/// let keeper = client.keepAlive(try await client.grantLease(ttl: .seconds(10)))
/// try await keeper.run()   // returns when the lease is lost; grant a new one then
/// ```
public final class LeaseKeeper: Sendable {
    /// What is being renewed.
    public let lease: Lease

    /// The state whenever it changes. A slow reader gets the newest only. For one reader; ends with ``run()``.
    public let states: AsyncStream<LeaseState>

    private let client: EtcdClient
    private let continuation: AsyncStream<LeaseState>.Continuation
    private let current: Mutex<(state: LeaseState, deadline: ContinuousClock.Instant)>

    init(client: EtcdClient, lease: Lease) {
        self.client = client
        self.lease = lease
        self.current = Mutex((.alive, lease.requested + lease.ttl))
        (self.states, self.continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How things stand now. A lease whose deadline has passed is lost from that moment on, also while nobody runs this
    /// keeper.
    public var state: LeaseState {
        self.current.withLock { current in
            if case .lost = current.state { return current.state }
            return ContinuousClock.now < current.deadline ? current.state : .lost(.deadlinePassed)
        }
    }

    /// Until when the lease surely lives, unless it is revoked.
    public var deadline: ContinuousClock.Instant { self.current.withLock { $0.deadline } }

    /// Renews the lease until it is lost. Call it once.
    ///
    /// A lost connection is no lost lease: renewing is tried over and over, until the lease must have run out.
    ///
    /// - Throws: `CancellationError` when the task is cancelled; the lease is then left to run out.
    public func run() async throws {
        self.client.leaseHub.join()
        defer {
            self.client.leaseHub.leave()
            self.continuation.finish()
        }
        do {
            let loss = try await self.renewUntilLost()
            self.client.logger.info("lease lost", metadata: ["lease": "\(self.lease.id)", "reason": "\(loss)"])
            self.move(to: .lost(loss))
        } catch {
            self.move(to: .lost(.stopped))
            throw error
        }
    }

    /// The lease's life is counted from when a renewal was sent, not from when it was answered: the server counts from
    /// some moment between the two, and a lease must never be believed in for longer than it lives.
    private func renewUntilLost() async throws -> LeaseLoss {
        let ttl = self.lease.ttl
        var deadline = self.lease.requested + ttl
        var renewal = min(self.lease.requested + ttl / 3, .now + ttl / 3)
        var backoff = self.client.context.backoff
        while true {
            try await Task.sleep(until: min(renewal, deadline), clock: .continuous)
            guard ContinuousClock.now < deadline else { return .deadlinePassed }
            do {
                // That there is no connection is news, and told sooner than that an answer is late.
                let patience = self.client.leaseHub.isOpen ? ttl / 3 : ttl / 6
                let answer = try await self.client.leaseHub.renew(self.lease.id, until: min(deadline, .now + patience))
                guard answer.ttl > .zero else { return .notFound }
                deadline = answer.sent + answer.ttl
                renewal = .now + answer.ttl / 3
                backoff.reset()
                self.move(to: .alive, until: deadline)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                self.client.logger.debug(
                    "lease not renewed", metadata: ["lease": "\(self.lease.id)", "error": "\(error)"])
                self.move(to: .atRisk)
                var generator = SystemRandomNumberGenerator()
                renewal = .now + min(backoff.pause(using: &generator), ttl / 6)
            }
        }
    }

    private func move(to state: LeaseState, until deadline: ContinuousClock.Instant? = nil) {
        let changed = self.current.withLock { current in
            if let deadline { current.deadline = deadline }
            defer { current.state = state }
            return current.state != state
        }
        guard changed else { return }
        self.client.context.instruments?.metrics?.countLease(state)
        self.continuation.yield(state)
    }
}
