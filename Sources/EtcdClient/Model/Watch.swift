/// How a range is watched.
public struct WatchOptions: Hashable, Sendable {
    /// Leave out puts.
    public var excludesPuts = false
    /// Leave out deletions.
    public var excludesDeletes = false
    /// Give the value before each event, unless it was compacted away.
    public var previous = false
    /// Deliver reports of progress too: batches without events, which say that nothing up to their revision is missing.
    /// Servers send one every ten minutes of quiet, and on ``EtcdClient/requestWatchProgress()``.
    public var reportsProgress = false
    /// Deliver a batch without events whenever the server has accepted the watch, at first and after each interruption.
    ///
    /// A read that is made after it, with ``endsWhenInterrupted``, leaves no gap: what the watch does not tell is in the
    /// read, and a store that is replaced between the two ends the watch.
    public var reportsCreation = false
    /// Keep this watch off the stream that the client's watches share. For watches with so much traffic that it would
    /// hold the others up.
    public var ownStream = false
    /// End with ``EtcdError/Code/unavailable`` when a server that was heard is heard no more, or one that was asked did not
    /// answer, instead of going on where the watch was. For those who must find out whether what they hear next is still the history that they know: a store
    /// that was set back to a backup, and has been written to since, cannot be told from one that was not.
    public var endsWhenInterrupted = false
    /// What may wait for a reader that is slower than the store.
    public var buffer = WatchBufferOptions()

    /// Every event, without the values before.
    public init() {}
}

/// How much of a watch may wait for its reader, and what happens beyond that. The bounds may be passed by one message of
/// the server.
public struct WatchBufferOptions: Hashable, Sendable {
    /// What happens when the buffer is full.
    public enum Policy: Sendable {
        /// The server is held back: nothing is lost, and no other watch waits. The watch leaves the shared stream and
        /// goes on, on a stream of its own, when half of the buffer has been read. If the store is compacted beyond what
        /// was read meanwhile, the watch ends with ``EtcdError/Code/compacted``.
        case backPressure
        /// What waits is reduced to the newest event of each key, in one batch. For readers who want the present state
        /// and not the way to it. When even that fills the buffer, as ``backPressure``.
        case coalesceByKey
        /// The watch ends with ``EtcdError/Code/overflow`` after what waits was read; ``EtcdError/nextRevision`` tells
        /// where to go on.
        case fail
    }

    /// What happens when the buffer is full.
    public var policy: Policy
    /// At least 1.
    public var events: Int
    /// Of keys and values, at least 1.
    public var bytes: Int

    /// Bounds of these sizes.
    public init(_ policy: Policy = .backPressure, events: Int = 2_048, bytes: Int = 1 << 20) {
        self.policy = policy
        self.events = max(1, events)
        self.bytes = max(1, bytes)
    }
}

/// One change of one key.
public struct WatchEvent: Hashable, Sendable {
    /// What happened to the key.
    public enum Kind: Sendable { case put, delete }

    /// What happened.
    public var kind: Kind
    /// The key afterwards; for a deletion only its key and the revision of the deletion.
    public var keyValue: KeyValue
    /// The key before, when it was asked for, existed, and is not compacted away.
    public var previous: KeyValue?

    /// An event of these members.
    public init(kind: Kind, keyValue: KeyValue, previous: KeyValue? = nil) {
        self.kind = kind
        self.keyValue = keyValue
        self.previous = previous
    }
}

/// Events of one or more whole revisions, ascending: a revision is never split over two batches.
public struct WatchBatch: Hashable, Sendable {
    /// In order of revision and, within one, of operation. Empty only in a report of progress or of
    /// creation, see ``WatchOptions/reportsProgress`` and ``WatchOptions/reportsCreation``.
    public var events: [WatchEvent]
    /// The store's revision when it sent the batch; not below the last event's. In a report of progress, the revision up
    /// to which everything has been delivered.
    public var revision: Revision
    /// The store's revision when the watch was last (re)created: events at or below it are replayed history, later ones
    /// happened while the watch was listening.
    public var createdRevision: Revision
    /// The cluster that sent it.
    public var clusterID: ClusterID

    /// A batch of these members.
    public init(events: [WatchEvent], revision: Revision, createdRevision: Revision, clusterID: ClusterID) {
        self.events = events
        self.revision = revision
        self.createdRevision = createdRevision
        self.clusterID = clusterID
    }
}
