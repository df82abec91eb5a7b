import EtcdWire
import Foundation

extension EtcdClient {
    /// Puts a value under a key.
    ///
    /// - Parameters:
    ///   - lease: The key is deleted when this lease ends. Without one the key leaves the lease it had.
    /// - Throws: ``EtcdError``; `leaseNotFound` if the lease is gone. See ``EtcdError/mayHaveHappened`` before
    ///   trying again.
    @discardableResult
    public func put(
        _ key: Key, _ value: Value, lease: LeaseID? = nil, options: PutOptions = PutOptions()
    ) async throws -> PutResult {
        let request = Etcdserverpb_PutRequest(key, value, lease: lease, options)
        let response: Etcdserverpb_PutResponse = try await self.call(.put, request, retry: .ifUnsent)
        return PutResult(response, header: response.header)
    }

    /// Reads the keys of a range, as of one revision.
    public func range(
        _ range: KeyRange, options: RangeOptions = RangeOptions()
    ) async throws -> RangeResult {
        let request = Etcdserverpb_RangeRequest(range, options)
        let response: Etcdserverpb_RangeResponse = try await self.call(.range, request, retry: .always)
        return RangeResult(response, header: response.header)
    }

    /// Reads a range that may be large, page by page, all as of one revision: that of the first page, unless `options` has
    /// one.
    ///
    /// ```swift
    /// for try await page in client.pages(of: .prefix("/photos/")) { use(page.keyValues) }
    /// ```
    ///
    /// - Parameters:
    ///   - options: As for a range; `limit` bounds all pages together, and the order is that of the keys.
    ///   - pageSize: The most keys of a page, at least 1.
    public func pages(
        of range: KeyRange, options: RangeOptions = RangeOptions(), pageSize: Int64 = 1_000
    ) -> RangePages {
        RangePages(client: self, range: range, options: options, pageSize: pageSize)
    }

    /// Reads one key; `nil` if it does not exist.
    public func get(_ key: Key) async throws -> KeyValue? {
        try await self.range(.key(key)).keyValues.first
    }

    /// Deletes the keys of a range, all in one revision. Deleting nothing is no error.
    @discardableResult
    public func delete(
        _ range: KeyRange, previous: Bool = false
    ) async throws -> DeleteResult {
        let request = Etcdserverpb_DeleteRangeRequest(range, previous: previous)
        let response: Etcdserverpb_DeleteRangeResponse = try await self.call(.deleteRange, request, retry: .ifUnsent)
        return DeleteResult(response, header: response.header)
    }

    /// Carries out a transaction in one revision. At most 128 comparisons and 128 steps each way.
    @discardableResult
    public func transaction(_ transaction: Transaction) async throws -> TransactionResult {
        let request = Etcdserverpb_TxnRequest(transaction)
        let response: Etcdserverpb_TxnResponse = try await self.call(
            .txn, request, retry: transaction.isReadOnly ? .always : .ifUnsent)
        return try TransactionResult(response, header: response.header)
    }

    /// Forgets the history before a revision. Reading or watching from before it then fails with `compacted`.
    ///
    /// - Parameter waitsForSpace: Return only when the space has been given back.
    /// - Throws: ``EtcdError``; `compacted` if that is done already, `futureRevision` if there is no such revision yet.
    public func compact(to revision: Revision, waitsForSpace: Bool = false) async throws {
        var request = Etcdserverpb_CompactionRequest()
        request.revision = revision.rawValue
        request.physical = waitsForSpace
        let _: Etcdserverpb_CompactionResponse = try await self.call(.compact, request, retry: .ifUnsent)
    }
}

extension Transaction {
    /// Whether trying again can do no harm.
    var isReadOnly: Bool {
        (self.success + self.failure).allSatisfy { operation in
            switch operation {
            case .range: true
            case .put, .delete: false
            case .transaction(let inner): inner.isReadOnly
            }
        }
    }
}
