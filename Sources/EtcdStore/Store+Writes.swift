extension Store {
    /// Sets a key at the head.
    ///
    /// - Throws: `emptyKey`, `valueProvided`, `leaseProvided`, `keyNotFound`, `leaseNotFound`, `noSpace` or `corrupt`.
    package mutating func put(_ operation: PutOperation) throws(StoreError) -> PutResult {
        try operation.validate()
        try self.checkSound()
        try self.checkSpace(for: operation.spaceNeeded)
        // In this order, and in a transaction in the other, as etcd does: it shows when both are missing.
        try self.checkLease(operation)
        try self.checkKey(operation, newest: self.head)
        return self.write { store, batch in store.apply(operation, to: &batch) }
    }

    /// Deletes keys at the head, all in one revision. Deleting nothing makes no revision.
    ///
    /// - Throws: `emptyKey` or `corrupt`.
    package mutating func delete(_ operation: DeleteOperation) throws(StoreError) -> DeleteResult {
        if operation.range.start.isEmpty { throw .emptyKey }
        try self.checkSound()
        return self.write { store, batch in store.apply(operation, to: &batch) }
    }

    /// Runs a transaction at the head, all its changes in one revision.
    ///
    /// - Throws: What its operations throw, and `tooManyOperations` or `duplicateKey`. Nothing is written then.
    package mutating func run(_ transaction: Transaction) throws(StoreError) -> TransactionResult {
        try transaction.validate()
        try self.checkSound()
        try self.checkSpace(for: transaction.spaceNeeded)
        let plan = TransactionPlan(transaction, index: self.index, revision: self.head)
        try self.check(plan, newest: self.head)
        return self.write { store, batch in store.apply(plan, to: &batch) }
    }

    /// The changes of the revision that is being made.
    struct WriteBatch {
        let base: Revision
        var versions: [KeyVersion] = []

        var revision: Revision { self.base.next }
        /// The newest revision as the batch itself sees it.
        var newest: Revision { self.versions.isEmpty ? self.base : self.revision }
    }

    mutating func write<Result>(_ body: (inout Store, inout WriteBatch) -> Result) -> Result {
        var batch = WriteBatch(base: self.head)
        let result = body(&self, &batch)
        if !batch.versions.isEmpty {
            self.head = batch.revision
            self.note(.changes(batch.versions))
        }
        return result
    }

    private func checkLease(_ operation: PutOperation) throws(StoreError) {
        if operation.lease != .none, self.leases[operation.lease] == nil { throw .leaseNotFound }
    }

    private func checkKey(_ operation: PutOperation, newest: Revision) throws(StoreError) {
        guard operation.keepsValue || operation.keepsLease else { return }
        if self.index.live(operation.key, at: newest) == nil { throw .keyNotFound }
    }

    /// All that can go wrong must be found before the first write, as a transaction cannot be taken back.
    ///
    /// All puts are checked before all ranges, as etcd does: it shows when both are wrong.
    func check(_ plan: TransactionPlan, newest: Revision) throws(StoreError) {
        try self.checkPuts(plan, newest: newest)
        try self.checkRanges(plan, newest: newest)
    }

    private func checkPuts(_ plan: TransactionPlan, newest: Revision) throws(StoreError) {
        for step in plan.steps {
            switch step {
            case .put(let operation):
                try self.checkKey(operation, newest: newest)
                try self.checkLease(operation)
            case .nested(let nested): try self.checkPuts(nested, newest: newest)
            case .range, .delete: break
            }
        }
    }

    private func checkRanges(_ plan: TransactionPlan, newest: Revision) throws(StoreError) {
        for step in plan.steps {
            switch step {
            case .range(let operation):
                // Below zero is the newest, as without a transaction; but in one etcd compares the bare number first.
                if operation.revision.number < 0, operation.revision < self.compacted { throw .compacted }
                try self.checkReadable(operation.revision, newest: newest)
            case .nested(let nested): try self.checkRanges(nested, newest: newest)
            case .put, .delete: break
            }
        }
    }

    private mutating func apply(_ operation: PutOperation, to batch: inout WriteBatch) -> PutResult {
        let previous = self.index.live(operation.key, at: batch.revision)
        let version = KeyVersion(
            key: previous?.key ?? operation.key,  // one array for all versions of a key
            value: operation.keepsValue ? previous?.value ?? .empty : operation.value,
            createRevision: previous?.createRevision ?? batch.revision,
            modRevision: batch.revision,
            sub: batch.versions.count,
            version: (previous?.version ?? 0) + 1,
            lease: operation.keepsLease ? previous?.lease ?? .none : operation.lease)
        self.install(version)
        batch.versions.append(version)
        return PutResult(headerRevision: batch.revision, previous: operation.wantsPrevious ? previous : nil)
    }

    mutating func apply(_ operation: DeleteOperation, to batch: inout WriteBatch) -> DeleteResult {
        var previous: [KeyVersion] = []
        self.index.scan(operation.range, at: batch.revision) { version in
            previous.append(version)
            return true
        }
        for version in previous {
            let tombstone = KeyVersion.tombstone(version.key, at: batch.revision, sub: batch.versions.count)
            self.install(tombstone)
            batch.versions.append(tombstone)
        }
        return DeleteResult(
            headerRevision: batch.newest, deletedCount: previous.count,
            previous: operation.wantsPrevious ? previous : [])
    }

    private mutating func apply(_ plan: TransactionPlan, to batch: inout WriteBatch) -> TransactionResult {
        var results: [TransactionResult.OperationResult] = []
        for step in plan.steps {
            switch step {
            case .range(let operation): results.append(.range(self.read(operation, newest: batch.newest)))
            case .put(let operation): results.append(.put(self.apply(operation, to: &batch)))
            case .delete(let operation): results.append(.delete(self.apply(operation, to: &batch)))
            case .nested(let nested): results.append(.transaction(self.apply(nested, to: &batch)))
            }
        }
        return TransactionResult(headerRevision: batch.newest, succeeded: plan.succeeds, results: results)
    }
}
