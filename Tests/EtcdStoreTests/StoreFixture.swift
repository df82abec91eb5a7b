import TestSupport
@testable import EtcdStore

/// Shorthand for tests: every write is committed at once unless it says otherwise.
extension Store {
    static func empty(watchLimits: WatchHub.Limits = .init()) -> Store {
        Store(identity: Identity(clusterID: 7, memberID: 9), watchLimits: watchLimits)
    }

    @discardableResult
    mutating func commitAll() -> [WatchStreamID] {
        _ = self.takeRecords()
        return self.commit()
    }

    @discardableResult
    mutating func set(_ key: Bytes, _ value: Bytes = "v", lease: Int64 = 0) throws -> PutResult {
        let result = try self.put(PutOperation(key, value, lease: LeaseID(lease)))
        self.commitAll()
        return result
    }

    @discardableResult
    mutating func remove(_ range: KeyRange) throws -> DeleteResult {
        let result = try self.delete(DeleteOperation(range))
        self.commitAll()
        return result
    }

    @discardableResult
    mutating func transact(_ transaction: Transaction) throws -> TransactionResult {
        let result = try self.run(transaction)
        self.commitAll()
        return result
    }

    func value(_ key: Bytes, at revision: Int64 = 0) throws -> Bytes? {
        try self.range(RangeOperation(.single(key), revision: Revision(revision))).versions.first?.value
    }

    func keys(_ range: KeyRange = .all, at revision: Int64 = 0) throws -> [Bytes] {
        try self.range(RangeOperation(range, revision: Revision(revision))).versions.map(\.key)
    }
}

extension Bytes {
    /// A key from a small alphabet, so that random ones often meet.
    static func random(using generator: inout SeededGenerator, length: ClosedRange<Int> = 1...3) -> Bytes {
        let alphabet: [UInt8] = [0x00, 0x61, 0x62, 0x63, 0xff]
        return Bytes(
            (0..<Int.random(in: length, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            })
    }
}
