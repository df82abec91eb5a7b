/// Which leases there are, when each runs out and which keys live on it. Pure: its caller tells it the time.
struct LeaseTable: Sendable {
    struct Lease: Sendable {
        let id: LeaseID
        let grantedSeconds: Int64
        /// The instant of the caller's monotonic clock from which on the lease counts as expired.
        var deadline: Duration
        var keys: Set<Bytes> = []
    }

    private var leases: [LeaseID: Lease] = [:]
    /// No lease expires before this instant, so that most sweeps need not look at any lease.
    private var earliestDeadline: Duration?

    var count: Int { self.leases.count }
    var all: some Collection<Lease> { self.leases.values }

    subscript(id: LeaseID) -> Lease? { self.leases[id] }

    mutating func grant(_ id: LeaseID, seconds: Int64, now: Duration) {
        let deadline = now + .seconds(seconds)
        self.leases[id] = Lease(id: id, grantedSeconds: seconds, deadline: deadline)
        self.noteDeadline(deadline)
    }

    /// Removes a lease and returns it with the keys it had.
    mutating func remove(_ id: LeaseID) -> Lease? { self.leases.removeValue(forKey: id) }

    /// Restarts the lease's countdown and returns its time to live, or `nil` if it has expired or never was.
    mutating func renew(_ id: LeaseID, now: Duration) -> Int64? {
        // An expired lease must not come back to life, even if its keys are not deleted yet.
        guard let lease = self.leases[id], now < lease.deadline else { return nil }
        self.leases[id]?.deadline = now + .seconds(lease.grantedSeconds)
        return lease.grantedSeconds
    }

    /// Gives every lease its full time again, as after a restart nobody could renew while the store was away.
    mutating func restart(now: Duration) {
        self.earliestDeadline = nil
        for (id, lease) in self.leases {
            let deadline = now + .seconds(lease.grantedSeconds)
            self.leases[id]?.deadline = deadline
            self.noteDeadline(deadline)
        }
    }

    /// At most `limit` leases that have run out, the longest expired first.
    mutating func expired(now: Duration, limit: Int) -> [LeaseID] {
        guard let earliest = self.earliestDeadline, earliest <= now else { return [] }
        let expired = self.leases.values.filter { $0.deadline <= now }
            .sorted { ($0.deadline, $0.id) < ($1.deadline, $1.id) }
        if expired.count <= limit {
            self.earliestDeadline = self.leases.values.lazy.filter { $0.deadline > now }.map(\.deadline).min()
        }
        return expired.prefix(limit).map(\.id)
    }

    mutating func attach(_ key: Bytes, to id: LeaseID) {
        guard id != .none else { return }
        self.leases[id]?.keys.insert(key)
    }

    mutating func detach(_ key: Bytes, from id: LeaseID) {
        guard id != .none else { return }
        self.leases[id]?.keys.remove(key)
    }

    private mutating func noteDeadline(_ deadline: Duration) {
        self.earliestDeadline = min(self.earliestDeadline ?? deadline, deadline)
    }
}
