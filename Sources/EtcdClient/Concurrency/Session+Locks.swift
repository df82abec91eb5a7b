extension Session {
    /// Runs `body` while holding the lock of this name: nobody else does then, unless this session's lease is lost.
    ///
    /// Those who wait get their turn in the order in which they came. `etcdctl lock` and clients that lock as it does can
    /// share the lock. The lock is not re-entrant: taking it again inside waits for ever.
    ///
    /// Cancelling the task gives up waiting, or cancels `body`, and releases the lock. When the lease is lost, `body` is
    /// cancelled, and `leaseLost` thrown when it has ended. As `body` may need a moment to notice, use the token's
    /// ``FencingToken/transaction(_:)`` for what must not go wrong.
    ///
    /// - Parameter name: The lock's keys are those that begin with this name and a slash.
    /// - Throws: ``EtcdError``; whatever `body` throws.
    public func withLock<Result: Sendable>(
        _ name: Key, _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result {
        try await self.withTurn(in: name, .init(blockers: .prefix(name.line), tolerated: 0), body)
    }

    /// As ``withLock(_:_:)``, but does not wait.
    ///
    /// - Returns: `nil` if somebody else holds the lock or waits for it; `body` is then not run.
    public func withLockIfFree<Result: Sendable>(
        _ name: Key, _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result? {
        try await self.withTurnIfFree(in: name, .init(blockers: .prefix(name.line), tolerated: 0), body)
    }

    /// Runs `body` while holding a lock that others may hold for reading, too, but nobody for writing.
    ///
    /// Turns come in order: one who wants to write waits for the readers before it, and readers after it wait for it.
    /// Otherwise as ``withLock(_:_:)``.
    public func withReadLock<Result: Sendable>(
        _ name: Key, _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result {
        try await self.withTurn(
            in: name, as: "read-", .init(blockers: .prefix(name.line + "write-"), tolerated: 0), body)
    }

    /// Runs `body` while nobody else holds the lock of ``withReadLock(_:_:)``. Otherwise as ``withLock(_:_:)``.
    public func withWriteLock<Result: Sendable>(
        _ name: Key, _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result {
        try await self.withTurn(in: name, as: "write-", .init(blockers: .prefix(name.line), tolerated: 0), body)
    }

    /// Runs `body` while holding one of `limit` permits: a counting semaphore.
    ///
    /// Turns come in order. All who use a semaphore should name the same limit; each goes by its own. Otherwise as
    /// ``withLock(_:_:)``.
    ///
    /// - Parameter limit: At least 1.
    public func withPermit<Result: Sendable>(
        of name: Key, limit: Int, _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result {
        guard limit > 0 else {
            throw EtcdError(.invalidArgument, "a semaphore needs at least one permit, not \(limit)")
        }
        return try await self.withTurn(
            in: name, .init(blockers: .prefix(name.line), tolerated: limit - 1), body)
    }
}

extension EtcdClient {
    /// Runs `body` while holding the lock of this name, in a session of its own; see ``Session/withLock(_:_:)``.
    ///
    /// - Parameter ttl: How long others wait for a holder that has crashed. At least 2 s.
    public func withLock<Result: Sendable>(
        _ name: Key, ttl: Duration = .seconds(60),
        _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result {
        try await self.withSession(ttl: ttl) { try await $0.withLock(name, body) }
    }
}
