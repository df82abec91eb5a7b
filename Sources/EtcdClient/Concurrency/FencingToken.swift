/// The proof of holding a lock, a permit or the lead, at least at some moment.
///
/// A lock that rests on a lease is not mutual exclusion by itself: the holder may be paused for longer than its lease
/// lives and go on, not knowing that somebody else holds the lock by now. So do what the lock protects through
/// ``transaction(_:)``, which the store refuses to a holder of the past; or give ``revision`` to whoever carries it out
/// and let it refuse tokens lower than the highest it has seen.
public struct FencingToken: Sendable, CustomStringConvertible {
    /// The key that stands for this holder.
    public let key: Key
    /// What it rests on.
    public let lease: LeaseID
    /// The revision that created ``key``. Each later holder of the same lock has a higher one.
    public let revision: Revision
    let client: EtcdClient

    /// Holds in a transaction for as long as the lock is held.
    public var condition: Transaction.Compare { .createRevision(of: self.key, .equal, self.revision) }

    /// Carries out a transaction if the lock is still held, in the same moment.
    ///
    /// - Throws: ``EtcdError``: `leaseLost` if the lock is not held any more, and then nothing was done; else as
    ///   ``EtcdClient/transaction(_:)``.
    @discardableResult
    public func transaction(_ transaction: Transaction) async throws -> TransactionResult {
        try await self.client.transaction(transaction, ifStillHeld: self)
    }

    /// Puts a value if the lock is still held, in the same moment.
    ///
    /// - Throws: As ``transaction(_:)``.
    public func put(_ key: Key, _ value: Value) async throws {
        try await self.transaction(Transaction(success: [.put(key, value)]))
    }

    /// Asks the store whether the lock is still held. What is true now may be false when this returns.
    ///
    /// - Throws: ``EtcdError``; `leaseLost` if it is not.
    public func check() async throws {
        try await self.transaction(Transaction())
    }

    /// The key and the revision.
    public var description: String { "\(self.key)@\(self.revision)" }
}

extension EtcdClient {
    /// Carries out a transaction if a lock is still held, in the same moment.
    ///
    /// - Throws: ``EtcdError``: `leaseLost` if the lock is not held any more, and then nothing was done; else as
    ///   ``transaction(_:)``.
    @discardableResult
    public func transaction(
        _ transaction: Transaction, ifStillHeld token: FencingToken
    ) async throws -> TransactionResult {
        // The transaction goes inside, so that its own conditions can be told from this one.
        let fenced = Transaction(compares: [token.condition], success: [.transaction(transaction)])
        let result = try await self.transaction(fenced)
        guard result.succeeded else {
            throw EtcdError(.leaseLost, "\(token) is not held any more")
        }
        guard case .transaction(let inner)? = result.responses.first else {
            throw EtcdError(.badResponse, "a nested transaction has no answer", mayHaveHappened: true)
        }
        return inner
    }
}
