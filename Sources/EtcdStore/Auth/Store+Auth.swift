extension Store {
    /// Changes users, roles, or whether they count, at the head.
    ///
    /// - Throws: What etcd refuses.
    package mutating func changeAuth(_ command: AuthCommand) throws(StoreError) {
        let (changes, revision) = try self.auth.changes(for: command)
        guard !changes.isEmpty else { return }
        self.auth.apply(changes, revision: revision)
        self.note(.auth(changes, revision: revision))
    }

    // MARK: Whether a request at the head is permitted

    package func authorize(_ operation: PutOperation, by user: String?) throws(StoreError) {
        guard self.auth.isEnabled else { return }
        try self.auth.checkWrite(.single(operation.key), by: user)
        // Whoever attaches a key to a lease decides about the lease's other keys too.
        try self.authorizeWrite(ofLease: operation.lease, by: user)
        if operation.wantsPrevious { try self.auth.checkRead(.single(operation.key), by: user) }
    }

    package func authorize(_ operation: DeleteOperation, by user: String?) throws(StoreError) {
        guard self.auth.isEnabled else { return }
        try self.auth.checkWrite(operation.range, by: user)
        if operation.wantsPrevious { try self.auth.checkRead(operation.range, by: user) }
    }

    /// As ``authorize(_:by:)-(Transaction,_)``, for a transaction that only reads what is durable.
    package func authorizeRead(_ transaction: Transaction, by user: String?) throws(StoreError) {
        for condition in transaction.conditions { try self.committedAuth.checkRead(condition.range, by: user) }
        for operation in transaction.success + transaction.failure {
            switch operation {
            case .range(let range): try self.committedAuth.checkRead(range.range, by: user)
            case .transaction(let nested): try self.authorizeRead(nested, by: user)
            case .put, .delete, .missing: break
            }
        }
    }

    /// All conditions and both branches, however deep: what runs is not known before.
    package func authorize(_ transaction: Transaction, by user: String?) throws(StoreError) {
        guard self.auth.isEnabled else { return }
        for condition in transaction.conditions { try self.auth.checkRead(condition.range, by: user) }
        for operation in transaction.success { try self.authorize(operation, by: user) }
        for operation in transaction.failure { try self.authorize(operation, by: user) }
    }

    private func authorize(_ operation: Transaction.Operation, by user: String?) throws(StoreError) {
        switch operation {
        case .range(let range): try self.auth.checkRead(range.range, by: user)
        case .put(let put): try self.authorize(put, by: user)
        case .delete(let delete): try self.authorize(delete, by: user)
        case .transaction(let nested): try self.authorize(nested, by: user)
        case .missing: break
        }
    }

    /// For renewing, revoking, and attaching to a lease: all its keys have to be the user's to write.
    package func authorizeWrite(ofLease id: LeaseID, by user: String?) throws(StoreError) {
        guard self.auth.isEnabled, !self.auth.isRoot(user), let lease = self.leases[id] else { return }
        for key in lease.keys.sorted() { try self.auth.checkWrite(.single(key), by: user) }
    }

    /// For seeing which keys a lease has.
    package func authorizeRead(ofLease id: LeaseID, by user: String?) throws(StoreError) {
        guard self.auth.isEnabled, !self.auth.isRoot(user), let lease = self.leases[id] else { return }
        for key in lease.keys.sorted() { try self.auth.checkRead(.single(key), by: user) }
    }

    /// For listing all leases.
    package func authorizeReadOfAllLeases(by user: String?) throws(StoreError) {
        guard self.auth.isEnabled, !self.auth.isRoot(user) else { return }
        try self.auth.checkAnybody(user)
        for lease in self.leases.all {
            for key in lease.keys { try self.auth.checkRead(.single(key), by: user) }
        }
    }
}
