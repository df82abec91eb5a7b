import EtcdStorage
import EtcdStore
import EtcdTransport

/// The store as seen by a service that is made of its other calls, with the rights of the caller it works for.
struct LocalClient: Sendable {
    let context: ServiceContext
    let watches: WatchService
    let info: GRPCCallInfo

    func run(_ transaction: Transaction) async throws(StoreError) -> TransactionResult {
        try await self.write { [context, info] store, _ throws(StoreError) in
            if store.auth.isEnabled {
                try transaction.validate()
                try store.authorize(transaction, by: try context.user(info, in: store.auth))
            }
            return try store.run(transaction)
        }
    }

    func delete(_ key: Bytes) async throws(StoreError) -> DeleteResult {
        let operation = DeleteOperation(.single(key))
        return try await self.write { [context, info] store, _ throws(StoreError) in
            if key.isEmpty { throw .emptyKey }
            try store.authorize(operation, by: try context.user(info, in: store.auth))
            return try store.delete(operation)
        }
    }

    func range(_ operation: RangeOperation) throws(StoreError) -> RangeResult {
        try self.context.store.withStore { (store) throws(StoreError) in
            let user = try self.context.user(self.info, in: store.committedAuth)
            try store.committedAuth.checkRead(operation.range, by: user)
            return try store.range(operation)
        }
    }

    /// The given lease, or a new one of a minute, which nobody renews.
    func lease(orNewInsteadOf id: Int64) async throws(StoreError) -> LeaseID {
        guard id == 0 else { return LeaseID(id) }
        let new = LeaseID(Int64(self.context.makeNumber() >> 1) | 1)
        return try await self.write { [context, info] store, now throws(StoreError) in
            try context.requireAnybody(info, in: store.auth)
            _ = try store.grantLease(new, seconds: 60, now: now)
            return new
        }
    }

    /// Hands each response of a watch to `body` until that returns something.
    ///
    /// - Throws: What `body` throws; `CancellationError`.
    func watch<Result: Sendable>(
        _ request: WatchRequest, _ body: (WatchResponse) async throws -> Result?
    ) async throws -> Result {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = self.watches.openLocal { signal.yield() }
        defer { self.watches.closeLocal(id) }
        try self.context.store.withStore { (store) throws(StoreError) in
            let user = try self.context.user(self.info, in: store.committedAuth)
            try store.committedAuth.checkRead(request.range, by: user)
            store.createWatch(request, on: id)
        }
        signal.yield()
        for await _ in signals {
            var hasMore = true
            while hasMore {
                let batch = self.context.store.withStore { $0.takeWatchResponses(id, limit: 64) }
                hasMore = batch.hasMore
                for response in batch.responses {
                    if let result = try await body(response) { return result }
                }
            }
        }
        throw CancellationError()
    }

    /// Waits until all keys with a prefix that were created up to `revision` are gone, the youngest of them first:
    /// so each waits for one other.
    func waitForDeletion(of prefix: Bytes, createdUpTo revision: Int64) async throws {
        while true {
            let found = try self.range(
                RangeOperation(
                    .prefix(prefix), limit: 1, order: .descending, target: .createRevision,
                    maxCreateRevision: revision))
            guard let last = found.versions.first else { return }
            try await self.watch(WatchRequest(.single(last.key), startRevision: found.headerRevision)) { response in
                switch response.content {
                case .events(let events, _): events.contains { $0.change.isTombstone } ? () : nil
                case .compacted: throw StoreError.compacted
                case .refused, .canceled: throw StoreError.stopped
                case .created, .progress: nil
                }
            }
        }
    }

    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (inout Store, Duration) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            self.context.store.submit(body) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}

extension RangeOperation {
    /// The key with this prefix that was created first: who holds a lock, or leads.
    static func first(of prefix: Bytes) -> RangeOperation {
        RangeOperation(.prefix(prefix), limit: 1, order: .ascending, target: .createRevision)
    }
}

extension Bytes {
    /// `name/lease`, as etcd's own clients spell it, so that they and these services share locks and elections.
    static func candidate(_ prefix: Bytes, _ lease: LeaseID) -> Bytes {
        Bytes(prefix.array + Array(String(lease.number, radix: 16).utf8))
    }

    static func + (left: Bytes, right: String) -> Bytes { Bytes(left.array + Array(right.utf8)) }
}
