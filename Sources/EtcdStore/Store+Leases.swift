extension Store {
    /// The shortest time to live a lease gets; a shorter wish is raised to it, as etcd does.
    package static var minimumLeaseSeconds: Int64 { 2 }
    package static var maximumLeaseSeconds: Int64 { 9_000_000_000 }

    package struct LeaseStatus: Hashable, Sendable {
        package let remainingSeconds: Int64
        package let grantedSeconds: Int64
        package let keys: [Bytes]
    }

    /// Grants a lease at the head and returns the time to live it got.
    ///
    /// - Throws: `leaseExists`, `leaseTTLTooLarge`, `noSpace` or `corrupt`.
    package mutating func grantLease(_ id: LeaseID, seconds: Int64, now: Duration) throws(StoreError) -> Int64 {
        if seconds > Self.maximumLeaseSeconds { throw .leaseTTLTooLarge }
        if id == .none { throw .leaseNotFound }
        if self.leases[id] != nil { throw .leaseExists }
        try self.checkSound()
        try self.checkSpace(for: 64)
        let granted = max(seconds, Self.minimumLeaseSeconds)
        self.leases.grant(id, seconds: granted, now: now)
        self.note(.leaseGranted(id, seconds: granted))
        return granted
    }

    /// Ends a lease at the head; its keys are deleted in one revision, in key order.
    ///
    /// - Throws: `leaseNotFound`.
    package mutating func revokeLease(_ id: LeaseID) throws(StoreError) {
        guard let lease = self.leases.remove(id) else { throw .leaseNotFound }
        self.note(.leaseRevoked(id))
        self.write { store, batch in
            for key in lease.keys.sorted() {
                _ = store.apply(DeleteOperation(.single(key)), to: &batch)
            }
        }
    }

    /// Ends at most `limit` leases that have run out, each as if it were revoked; returns how many.
    package mutating func expireLeases(now: Duration, limit: Int) -> Int {
        let expired = self.leases.expired(now: now, limit: limit)
        for id in expired { try? self.revokeLease(id) }  // it was in the table a line ago
        return expired.count
    }

    /// Restarts the lease's countdown and returns its time to live, or `nil` if there is no such lease any more.
    package mutating func renewLease(_ id: LeaseID, now: Duration) -> Int64? {
        self.leases.renew(id, now: now)
    }

    /// How long a lease will live, or `nil` if there is no such lease. The keys are in key order.
    package func leaseStatus(_ id: LeaseID, wantsKeys: Bool, now: Duration) -> LeaseStatus? {
        guard let lease = self.leases[id] else { return nil }
        return LeaseStatus(
            remainingSeconds: max(0, (lease.deadline - now).components.seconds),
            grantedSeconds: lease.grantedSeconds,
            keys: wantsKeys ? lease.keys.sorted() : [])
    }

    /// All leases, the next to expire first.
    package func leaseIDs() -> [LeaseID] {
        self.leases.all.sorted { ($0.deadline, $0.id) < ($1.deadline, $1.id) }.map(\.id)
    }
}
