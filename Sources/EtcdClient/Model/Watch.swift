/// How a range is watched.
public struct WatchOptions: Hashable, Sendable {
    /// Leave out puts.
    public var excludesPuts = false
    /// Leave out deletions.
    public var excludesDeletes = false
    /// Give the value before each event, unless it was compacted away.
    public var previous = false

    /// Every event, without the values before.
    public init() {}
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
    /// In order of revision and, within one, of operation. Never empty.
    public var events: [WatchEvent]
    /// The store's revision when it sent the batch; not below the last event's.
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
