/// Everything durable, captured at one moment; shares all values with the store it was taken from.
package struct StoreSnapshot: Sendable {
    package let identity: Store.Identity
    package let head: Revision
    package let compacted: Revision
    package let appliedIndex: UInt64
    /// Each lease and its granted time to live in seconds, by lease.
    package let leases: [(id: LeaseID, seconds: Int64)]
    /// Users and roles.
    package let auth: AuthTable
    package let alarms: [StoreAlarm]
    private let versions: [KeyVersion]

    init(_ store: Store) {
        precondition(store.head == store.committed, "a snapshot of what is not durable yet")
        self.identity = store.identity
        self.head = store.head
        self.compacted = store.compacted
        self.appliedIndex = store.appliedIndex
        self.auth = store.auth
        self.alarms = store.alarms
        self.leases = store.leases.all.map { ($0.id, $0.grantedSeconds) }
        self.versions = store.index.allVersions(compactedAt: store.compacted)
    }

    /// All kept versions in the order they were made. Sorting takes a while: call it outside any lock.
    package func history() -> [KeyVersion] { self.versions.sorted { $0.precedes($1) } }
}

extension Store {
    /// Captures the store; everything applied must be committed.
    package func snapshot() -> StoreSnapshot { StoreSnapshot(self) }

    /// Begins a store from the outline of a snapshot; its leases and history follow through
    /// ``restoreLease(_:seconds:)``, ``restore(_:)`` and ``replay(_:)``.
    package init(
        restoring identity: Identity, compacted: Revision, appliedIndex: UInt64,
        watchLimits: WatchHub.Limits = .init()
    ) {
        self.init(identity: identity, watchLimits: watchLimits)
        self.compacted = compacted
        self.dropsBefore = compacted
        self.appliedIndex = appliedIndex
    }

    /// Adds the next version of a snapshot's history.
    package mutating func restore(_ version: KeyVersion) {
        self.install(version)
        self.head = max(self.head, version.modRevision)
    }

    /// Adds a snapshot's next lease. Leases come before the history, so that keys find theirs.
    package mutating func restoreLease(_ id: LeaseID, seconds: Int64) {
        self.leases.grant(id, seconds: seconds, now: .zero)
    }

    /// Repeats a record of the log. Never fails: the log holds effects, not requests.
    package mutating func replay(_ record: StoreRecord) {
        self.appliedIndex += 1
        switch record {
        case .changes(let versions):
            for version in versions { self.restore(version) }
        case .leaseGranted(let id, let seconds):
            self.restoreLease(id, seconds: seconds)
        case .leaseRevoked(let id):
            _ = self.leases.remove(id)
        case .compacted(let revision):
            self.compacted = max(self.compacted, revision)
        case .auth, .alarm:
            self.restoreState(record)
        }
    }

    /// Adds a snapshot's users, roles and alarms.
    package mutating func restoreState(_ record: StoreRecord) {
        switch record {
        case .auth(let changes, let revision): self.auth.apply(changes, revision: revision)
        case .alarm(let alarm, let isActive):
            self.alarms.removeAll { $0 == alarm }
            if isActive { self.alarms.append(alarm) }
        case .changes, .leaseGranted, .leaseRevoked, .compacted: break
        }
    }

    /// Ends the recovery: everything is durable, and every lease has its full time again.
    package mutating func finishRecovery(head: Revision, now: Duration) {
        self.head = max(self.head, head)
        self.committed = self.head
        self.committedAuth = self.auth
        self.leases.restart(now: now)
    }
}
