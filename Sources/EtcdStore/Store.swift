/// The multi-version key-value store: keys, leases and watches, as etcd defines them.
///
/// Pure and deterministic: no I/O, no clock, no lock. Writes change the *head*, which no reader sees. The owner takes
/// the records of what changed (``takeRecords()``), makes them durable, and then calls ``commit()``, which shows them
/// to readers and watchers. So nobody ever sees a write that a crash could take back.
package struct Store: Sendable {
    /// The random numbers by which clients know this store; they live as long as its data.
    package struct Identity: Hashable, Sendable {
        package let clusterID: UInt64
        package let memberID: UInt64

        package init(clusterID: UInt64, memberID: UInt64) {
            self.clusterID = clusterID
            self.memberID = memberID
        }
    }

    package let identity: Identity
    /// The newest revision there is, perhaps not durable yet.
    package internal(set) var head = Revision.first
    /// The newest revision that is durable; reads and watches end here.
    package internal(set) var committed = Revision.first
    /// Revisions below this one cannot be read any more.
    package internal(set) var compacted = Revision.neverCompacted
    /// Rises with each request that changed something; stands in for etcd's raft index.
    package internal(set) var appliedIndex: UInt64 = 1

    var index = KeyIndex()
    var changes = ChangeLog()
    var leases = LeaseTable()
    /// Users and roles at the head: what writes are checked against.
    package internal(set) var auth = AuthTable()
    /// Users and roles as far as they are durable: what reads are checked against.
    package internal(set) var committedAuth = AuthTable()
    package internal(set) var alarms: [StoreAlarm] = []
    var watches: WatchHub
    var pendingRecords: [StoreRecord] = []
    /// The compaction that is being carried out in small steps; above what was physically dropped already.
    var dropsBefore = Revision.neverCompacted

    package init(identity: Identity, watchLimits: WatchHub.Limits = .init()) {
        self.identity = identity
        self.watches = WatchHub(limits: watchLimits)
    }

    /// How many bytes keys, history and leases may take; beyond it nothing is added until something is deleted or
    /// compacted, and the alarm ended. 0 is no bound; everything is in memory, so a client could end the process then.
    package var quotaBytes = 2 << 30

    /// About how many bytes the kept versions and the leases take.
    package var cost: Int { self.index.cost + self.leases.count * Self.leaseCost }
    private static let leaseCost = 256
    package var keyCount: Int { self.index.keyCount }
    package var leaseCount: Int { self.leases.count }
    package var hasPendingRecords: Bool { !self.pendingRecords.isEmpty }

    /// What has to be made durable before the next ``commit()``.
    package mutating func takeRecords() -> [StoreRecord] {
        defer { self.pendingRecords = [] }
        return self.pendingRecords
    }

    /// Shows everything up to the head to readers and watchers: it is durable now.
    ///
    /// - Returns: The watch streams that have something to send and did not know it yet.
    package mutating func commit() -> [WatchStreamID] {
        let news = self.changes.changes(from: self.committed.next, through: self.head)
        self.committed = self.head
        if self.isAuthChanged {
            self.isAuthChanged = false
            self.committedAuth = self.auth
        }
        return self.watches.publish(news, index: self.index, compacted: self.compacted)
    }

    private var isAuthChanged = false

    mutating func note(_ record: StoreRecord) {
        if case .auth = record { self.isAuthChanged = true }
        self.pendingRecords.append(record)
        self.appliedIndex += 1
    }

    /// Puts one change in force everywhere.
    mutating func install(_ version: KeyVersion) {
        if let previous = self.index.live(version.key, at: version.modRevision) {
            self.leases.detach(version.key, from: previous.lease)
        }
        self.leases.attach(version.key, to: version.lease)
        self.index.append(version)
        self.changes.append(version)
    }
}
