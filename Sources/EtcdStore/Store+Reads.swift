extension Store {
    /// Reads what is durable.
    ///
    /// - Throws: `emptyKey`, `compacted` or `futureRevision`.
    package func range(_ operation: RangeOperation) throws(StoreError) -> RangeResult {
        if operation.range.start.isEmpty { throw .emptyKey }
        try self.checkReadable(operation.revision, newest: self.committed)
        return self.read(operation, newest: self.committed)
    }

    /// Begins a read of what is durable; a read of many keys is carried out by ``RangeRead/run()``, for which nobody has
    /// to hold the store.
    ///
    /// - Throws: `emptyKey`, `compacted` or `futureRevision`.
    package func beginRange(_ operation: RangeOperation) throws(StoreError) -> RangeRead {
        if operation.range.start.isEmpty { throw .emptyKey }
        try self.checkReadable(operation.revision, newest: self.committed)
        // One key is found sooner than all of them are shared.
        if case .single = operation.range.extent { return .done(self.read(operation, newest: self.committed)) }
        return .begun(operation, self.index, headerRevision: self.committed)
    }

    /// Runs a transaction that cannot write on what is durable.
    ///
    /// - Precondition: The transaction is read-only.
    package func read(_ transaction: Transaction) throws(StoreError) -> TransactionResult {
        precondition(transaction.isReadOnly, "a transaction that writes must go through apply")
        try transaction.validate()
        let plan = TransactionPlan(transaction, index: self.index, revision: self.committed)
        try self.check(plan, newest: self.committed)
        return self.readResult(plan, newest: self.committed, isNested: false)
    }

    func checkReadable(_ revision: Revision, newest: Revision) throws(StoreError) {
        if revision > newest { throw .futureRevision }
        if revision.number > 0, revision < self.compacted { throw .compacted }
    }

    func read(_ operation: RangeOperation, newest: Revision) -> RangeResult {
        let revision = operation.revision.number > 0 ? operation.revision : newest
        return operation.run(on: self.index, at: revision, headerRevision: newest)
    }

    private func readResult(_ plan: TransactionPlan, newest: Revision, isNested: Bool) -> TransactionResult {
        let results = plan.steps.compactMap { step -> TransactionResult.OperationResult? in
            switch step {
            case .range(let operation): .range(self.read(operation, newest: newest))
            case .nested(let nested): .transaction(self.readResult(nested, newest: newest, isNested: true))
            case .put, .delete: nil
            }
        }
        return TransactionResult(headerRevision: newest, succeeded: plan.succeeds, results: results)
    }
}

/// A read that has begun: the keys as they were at one moment, shared with the store until either changes.
package enum RangeRead: Sendable {
    case done(RangeResult)
    case begun(RangeOperation, KeyIndex, headerRevision: Revision)

    /// Finds what was asked for.
    package consuming func run() -> RangeResult {
        switch self {
        case .done(let result): return result
        case .begun(let operation, let index, let headerRevision):
            let revision = operation.revision.number > 0 ? operation.revision : headerRevision
            return operation.run(on: index, at: revision, headerRevision: headerRevision)
        }
    }
}
