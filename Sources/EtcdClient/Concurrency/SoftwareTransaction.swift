/// What one attempt of ``EtcdClient/atomically(maxAttempts:isolation:_:)`` has read and is going to write.
///
/// All reads see the store as of one revision, that of the first read, with the writes of this attempt on top.
public struct SoftwareTransaction: Sendable {
    private enum Write: Sendable {
        case put(Value, LeaseID?)
        case delete
    }

    private let client: EtcdClient
    private var snapshot: Revision?
    /// For each key read, the revision that it had; zero if there was no such key.
    private var reads: [Key: KeyValue?] = [:]
    private var ranges: Set<KeyRange> = []
    private var writes: [Key: Write] = [:]

    init(client: EtcdClient) {
        self.client = client
    }

    /// The value of a key; `nil` if there is none.
    ///
    /// - Throws: ``EtcdError``, or `CancellationError`. Let them pass: the attempt is over.
    public mutating func get(_ key: Key) async throws -> Value? {
        switch self.writes[key] {
        case .put(let value, _): return value
        case .delete: return nil
        case nil: break
        }
        if let known = self.reads[key] { return known?.value }
        let found = try await self.read(.key(key)).first
        self.reads[key] = .some(found)
        return found?.value
    }

    /// The keys of a range and their values, ascending. The commit checks each of them, and that no other has come, so a
    /// range may hold about a hundred keys at most.
    ///
    /// - Throws: As ``get(_:)``.
    public mutating func range(_ range: KeyRange) async throws -> [(key: Key, value: Value)] {
        var found: [Key: Value] = [:]
        for keyValue in try await self.read(range) {
            self.reads[keyValue.key] = .some(keyValue)
            found[keyValue.key] = keyValue.value
        }
        self.ranges.insert(range)
        for (key, write) in self.writes where range.contains(key) {
            switch write {
            case .put(let value, _): found[key] = value
            case .delete: found[key] = nil
            }
        }
        return found.map { (key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    /// Puts a value when the transaction commits.
    public mutating func put(_ key: Key, _ value: Value, lease: LeaseID? = nil) {
        self.writes[key] = .put(value, lease)
    }

    /// Deletes a key when the transaction commits.
    public mutating func delete(_ key: Key) {
        self.writes[key] = .delete
    }

    private mutating func read(_ range: KeyRange) async throws -> [KeyValue] {
        var options = RangeOptions()
        options.revision = self.snapshot
        let result = try await self.client.range(range, options: options)
        if self.snapshot == nil { self.snapshot = result.revision }
        return result.keyValues
    }

    /// Nothing that was read has changed since, and no key has come to a range that was read.
    private var compares: [Transaction.Compare] {
        let keys = self.reads.map { key, found in
            Transaction.Compare.modRevision(of: key, .equal, found?.modRevision ?? Revision(0))
        }
        guard let snapshot = self.snapshot else { return keys }
        return keys + self.ranges.map { Transaction.Compare($0, .less, .modRevision(snapshot.next)) }
    }

    private var operations: [Transaction.Operation] {
        self.writes.map { key, write in
            switch write {
            case .put(let value, let lease): .put(key, value, lease: lease)
            case .delete: .delete(.key(key))
            }
        }
    }

    /// Whether the attempt counts: nobody else came between.
    func commit() async throws -> Bool {
        // What was read together at one revision was true together at that revision.
        if self.writes.isEmpty { return true }
        return try await self.client.transaction(
            Transaction(compares: self.compares, success: self.operations)
        ).succeeded
    }
}

extension EtcdClient {
    /// Reads and writes several keys as if nobody else did meanwhile: strictly serialisable software transactional
    /// memory.
    ///
    /// ```swift
    /// try await client.atomically { transaction in
    ///     let count = Int(try await transaction.get("count")?.string ?? "0") ?? 0
    ///     transaction.put("count", Value("\(count + 1)"))
    /// }
    /// ```
    ///
    /// If somebody changed anything that `body` had read before it could commit, nothing is written and `body` runs
    /// again, after a short pause. So `body` should have no other effects. At most 128 keys can be read, and 128 written.
    ///
    /// - Parameter maxAttempts: How often `body` runs at most.
    /// - Throws: ``EtcdError``; `conflict` if no attempt was left undisturbed; whatever `body` throws. When the answer to
    ///   the commit is lost, the error says that it ``EtcdError/mayHaveHappened``: it is not tried again then.
    public func atomically<Result>(
        maxAttempts: Int = 100, isolation: isolated (any Actor)? = #isolation,
        _ body: (inout SoftwareTransaction) async throws -> Result
    ) async throws -> Result {
        var pause = Patience(initial: .milliseconds(2), maximum: .milliseconds(200))
        for _ in 0..<max(maxAttempts, 1) {
            var transaction = SoftwareTransaction(client: self)
            do {
                let result = try await body(&transaction)
                if try await transaction.commit() { return result }
            } catch let error as EtcdError where error.code == .compacted {
                // The revision of the first read is gone: a slow body, or a busy compactor.
            }
            try await pause.wait()
        }
        throw EtcdError(
            .conflict, "others changed what the transaction had read, \(max(maxAttempts, 1)) times in a row",
            attempts: maxAttempts)
    }
}
