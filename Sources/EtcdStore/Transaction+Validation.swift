extension Transaction {
    /// The most conditions, and operations a branch, of a transaction together with those it is nested in.
    package static var operationLimit: Int { 128 }

    /// The checks that need no look at the data.
    package func validate() throws(StoreError) {
        try self.validateOperations(limit: Self.operationLimit)
        _ = try Self.changedKeys(self.success)
        _ = try Self.changedKeys(self.failure)
    }

    private func validateOperations(limit: Int) throws(StoreError) {
        let count = max(self.conditions.count, self.success.count, self.failure.count)
        if count > limit { throw .tooManyOperations }
        for condition in self.conditions where condition.range.start.isEmpty { throw .emptyKey }
        for operation in self.success { try Self.validate(operation, limit: limit - count) }
        for operation in self.failure { try Self.validate(operation, limit: limit - count) }
    }

    private static func validate(_ operation: Operation, limit: Int) throws(StoreError) {
        switch operation {
        case .range(let range): if range.range.start.isEmpty { throw .emptyKey }
        case .put(let put): try put.validate()
        case .delete(let delete): if delete.range.start.isEmpty { throw .emptyKey }
        case .transaction(let nested): try nested.validateOperations(limit: limit)
        case .missing: throw .keyNotFound
        }
    }

    private struct ChangedKeys {
        var puts: Set<Bytes> = []
        var deletes = KeyIntervals()
    }

    /// Refuses a branch that puts a key twice or puts a key it also deletes, with the exceptions etcd makes:
    /// the two branches of one nested transaction may put the same key, as only one of them runs.
    private static func changedKeys(_ operations: [Operation]) throws(StoreError) -> ChangedKeys {
        var changed = ChangedKeys()
        for case .delete(let delete) in operations { changed.deletes.insert(delete.range) }
        for case .transaction(let nested) in operations {
            let success = try Self.changedKeys(nested.success)
            let failure = try Self.changedKeys(nested.failure)
            for key in success.puts {
                guard !changed.puts.contains(key), !changed.deletes.contains(key) else { throw .duplicateKey }
            }
            for key in failure.puts {
                guard !changed.puts.contains(key), !changed.deletes.contains(key) else { throw .duplicateKey }
            }
            changed.puts.formUnion(success.puts)
            changed.puts.formUnion(failure.puts)
            changed.deletes.formUnion(success.deletes)
            changed.deletes.formUnion(failure.deletes)
        }
        for case .put(let put) in operations {
            guard !changed.deletes.contains(put.key), changed.puts.insert(put.key).inserted else { throw .duplicateKey }
        }
        return changed
    }
}
