import EtcdTransport
import EtcdWire
import Logging
import NIOCore
import Synchronization

/// Renews one lease, a third of its life after the last answer, and says how sure one can be that it lives.
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

    private typealias OpenStream = (stream: GRPCClientStream, token: String?)

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
        defer { self.continuation.finish() }
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
        var stream: OpenStream?
        var deadline = self.lease.requested + self.lease.ttl
        var renewal = min(self.lease.requested + self.lease.ttl / 3, .now + self.lease.ttl / 3)
        var backoff = ConnectBackoff(
            initial: self.client.configuration.initialBackoff, maximum: self.client.configuration.maximumBackoff)
        while true {
            try await Task.sleep(until: min(renewal, deadline), clock: .continuous)
            guard ContinuousClock.now < deadline else { return .deadlinePassed }
            do {
                let open: OpenStream
                if let stream {
                    open = stream
                } else {
                    // Not longer: that there is no connection is news.
                    let patience = min(deadline, .now + self.lease.ttl / 6)
                    open = try await self.client.openStream(.leaseKeepAlive, deadline: Self.deadline(patience))
                }
                stream = open
                let sent = ContinuousClock.now
                let remaining = try await self.renew(over: open.stream, until: min(deadline, sent + self.lease.ttl / 3))
                guard remaining > .zero else { return .notFound }
                deadline = sent + remaining
                renewal = .now + remaining / 3
                backoff.reset()
                self.move(to: .alive, until: deadline)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // Also when a server's silence has lasted: another stream, perhaps another server, may do better.
                if let failure = error as? GRPCCallFailure, EtcdError.Code(failure.status).wantsNewToken {
                    await self.client.tokens?.invalidate(stream?.token)
                }
                self.client.logger.debug(
                    "lease not renewed", metadata: ["lease": "\(self.lease.id)", "error": "\(error)"])
                if error is GRPCClientStream.Silence, let connection = stream?.stream.connection {
                    // Its pings may find out too late. What else goes on over it may go on.
                    self.client.transport.abandon(connection)
                }
                stream?.stream.cancel()
                stream = nil
                self.move(to: .atRisk)
                var generator = SystemRandomNumberGenerator()
                renewal = .now + min(backoff.pause(using: &generator), self.lease.ttl / 6)
            }
        }
    }

    private func renew(
        over stream: GRPCClientStream, until deadline: ContinuousClock.Instant
    ) async throws -> Duration {
        var request = Etcdserverpb_LeaseKeepAliveRequest()
        request.id = self.lease.id.rawValue
        try stream.send(request)
        while true {
            let timeout = ContinuousClock.now.duration(to: deadline)
            guard timeout > .zero else { throw GRPCClientStream.Silence() }
            for message in try await stream.next(within: TimeAmount(timeout)) {
                let response = try GRPCMessageCoding.decode(Etcdserverpb_LeaseKeepAliveResponse.self, from: message)
                if response.id == self.lease.id.rawValue { return .seconds(response.ttl) }
            }
        }
    }

    private static func deadline(_ instant: ContinuousClock.Instant) -> NIODeadline {
        .now() + TimeAmount(ContinuousClock.now.duration(to: instant))
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
