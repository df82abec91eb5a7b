import Logging
import Synchronization

/// A lease that is kept alive for as long as a piece of work runs, and what hangs on it; from
/// ``EtcdClient/withSession(ttl:_:)``.
///
/// ```swift
/// try await client.withSession(ttl: .seconds(10)) { session in
///     try await session.put("/here/hall", "1")          // there for as long as this process lives
///     try await session.withLock("/locks/album") { token in
///         try await token.transaction(change)           // only if the lock is still ours
///     }
/// }
/// ```
///
/// When the lease is lost, because the network or this process stood still for longer than its TTL, or because it was
/// revoked, the session gets another one:
/// - Keys that were put with ``put(_:_:)`` are put again under it. Others may have seen them gone in between.
/// - Locks, permits and leaderships are lost for good: the work done under them is cancelled and ends with
///   ``EtcdError/Code/leaseLost``.
public final class Session: Sendable {
    private struct State {
        var tenure: Tenure
        var next = OnceEvent<Tenure>()
        var keys: [Key: Value] = [:]
        var acquisitions: UInt64 = 0
    }

    let client: EtcdClient
    private let ttl: Duration
    private let state: Mutex<State>
    /// One write of the session's keys at a time, so that putting them again cannot undo a newer put.
    private let writing = AsyncLock()

    /// How the session's lease stands, whenever that changes. A slow reader gets the newest only. For one reader.
    public let states: AsyncStream<LeaseState>
    private let continuation: AsyncStream<LeaseState>.Continuation

    init(client: EtcdClient, ttl: Duration) async throws {
        self.client = client
        self.ttl = ttl
        (self.states, self.continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.state = Mutex(State(tenure: Tenure(lease: try await client.grantLease(ttl: ttl))))
    }

    /// The lease at this moment. Keys put under it by other means than ``put(_:_:)`` are not put again.
    public var lease: LeaseID { self.tenure.lease.id }

    var tenure: Tenure { self.state.withLock { $0.tenure } }

    /// A name that no other acquisition has, of this session or another.
    func uniqueName() -> String {
        self.state.withLock { state in
            state.acquisitions += 1
            return "\(state.tenure.lease.id)-\(state.acquisitions)"
        }
    }

    /// Puts a key that lives as long as the session, also when the session has to change its lease.
    ///
    /// - Throws: ``EtcdError``; the key is then not put again under later leases. `CancellationError`.
    @discardableResult
    public func put(_ key: Key, _ value: Value) async throws -> PutResult {
        try await self.writing.withLock {
            while true {
                let tenure = self.tenure
                do {
                    let result = try await self.client.put(key, value, lease: tenure.lease.id)
                    self.state.withLock { $0.keys[key] = value }
                    return result
                } catch let error as EtcdError where error.code == .leaseNotFound {
                    try await self.wait(after: tenure)
                }
            }
        }
    }

    /// Deletes a key that ``put(_:_:)`` put. Whatever comes of it, the session does not put the key again.
    ///
    /// - Throws: ``EtcdError``, or `CancellationError`.
    @discardableResult
    public func delete(_ key: Key) async throws -> DeleteResult {
        try await self.writing.withLock {
            self.state.withLock { $0.keys[key] = nil }
            return try await self.client.delete(.key(key))
        }
    }

    // MARK: Life

    /// Keeps one lease after the other alive. Returns by throwing: `CancellationError`, or why no lease can be had.
    func run() async throws {
        defer { self.continuation.finish() }
        while true {
            let tenure = self.tenure
            let keeper = self.client.keepAlive(tenure.lease)
            do {
                async let changes: Void = self.tell(keeper.states)
                try await keeper.run()
                await changes
            } catch {
                tenure.loss.set(.stopped)
                throw error
            }
            guard case .lost(let loss) = keeper.state else { continue }
            tenure.loss.set(loss)
            try await self.renew()
        }
    }

    /// Ends the lease, and with it its keys. If the server cannot be reached, it ends by itself after its TTL.
    func end() async {
        let tenure = self.tenure
        tenure.loss.set(.stopped)
        do {
            try await withoutCancellation { try await self.client.revokeLease(tenure.lease.id) }
        } catch {
            self.client.logger.debug(
                "lease not revoked; it will run out",
                metadata: ["lease": "\(tenure.lease.id)", "error": "\(error)"])
        }
    }

    private func tell(_ states: AsyncStream<LeaseState>) async {
        for await state in states { self.continuation.yield(state) }
    }

    private func renew() async throws {
        var patience = Patience(self.client.configuration)
        while true {
            do {
                let tenure = Tenure(lease: try await self.client.grantLease(ttl: self.ttl))
                let next = self.state.withLock { state in
                    state.tenure = tenure
                    defer { state.next = OnceEvent() }
                    return state.next
                }
                next.set(tenure)
                self.continuation.yield(.alive)
                self.client.logger.info("session has a new lease", metadata: ["lease": "\(tenure.lease.id)"])
                return
            } catch {
                try await patience.wait(after: error)
            }
        }
    }

    private func wait(after tenure: Tenure) async throws {
        let next = self.state.withLock { $0.tenure.lease.id == tenure.lease.id ? $0.next : nil }
        if let next { _ = try await next.wait() }
    }

    /// Puts the session's keys under each new lease. Returns by throwing.
    func restoreKeys() async throws {
        var restored = self.tenure.lease.id
        while true {
            let next = self.state.withLock { $0.tenure.lease.id == restored ? $0.next : nil }
            if let next { _ = try await next.wait() }
            let tenure = self.tenure
            restored = tenure.lease.id
            try await self.writing.withLock {
                for (key, value) in self.state.withLock({ $0.keys }) {
                    guard try await self.restore(key, value, on: tenure) else { return }
                }
            }
        }
    }

    /// - Returns: Whether the lease still lives.
    private func restore(_ key: Key, _ value: Value, on tenure: Tenure) async throws -> Bool {
        var patience = Patience(self.client.configuration)
        while true {
            do {
                try await self.client.put(key, value, lease: tenure.lease.id)
                return true
            } catch let error as EtcdError where error.code == .leaseNotFound {
                return false
            } catch {
                try await patience.wait(after: error)
            }
        }
    }
}

extension EtcdClient {
    /// Runs `body` with a lease that is kept alive meanwhile, and revoked afterwards.
    ///
    /// - Parameters:
    ///   - ttl: How long what hangs on the session outlives a process that has crashed, and how long an interruption it
    ///     survives. At least 2 s.
    /// - Throws: ``EtcdError`` if no lease can be had; whatever `body` throws. When the session cannot go on, because a
    ///   new lease or one of its keys is refused, `body` is cancelled and the reason thrown.
    public func withSession<Result: Sendable>(
        ttl: Duration = .seconds(60), _ body: @escaping @Sendable (Session) async throws -> Result
    ) async throws -> Result {
        let session = try await Session(client: self, ttl: ttl)
        do {
            let result = try await withThrowingTaskGroup(of: Result?.self) { group in
                group.addTask {
                    try await session.run()
                    return nil
                }
                group.addTask {
                    try await session.restoreKeys()
                    return nil
                }
                group.addTask { try await body(session) }
                defer { group.cancelAll() }
                while let finished = try await group.next() {
                    if let result = finished { return result }
                }
                throw CancellationError()
            }
            await session.end()
            return result
        } catch {
            await session.end()
            throw error
        }
    }
}
