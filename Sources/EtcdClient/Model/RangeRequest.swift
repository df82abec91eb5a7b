/// How a range is read.
public struct RangeOptions: Hashable, Sendable {
    /// What results are sorted by.
    public enum SortTarget: Sendable { case key, version, createRevision, modRevision, value }
    /// Which end of the order comes first.
    public enum SortOrder: Sendable { case ascending, descending }

    /// The most keys to return; 0 means all.
    public var limit: Int64 = 0
    /// Read as of this revision; nil means now.
    public var revision: Revision?
    /// The order of the results; nil means by key, ascending.
    public var sort: (target: SortTarget, order: SortOrder)? {
        get { self.sortTarget.map { ($0, self.sortOrder) } }
        set {
            self.sortTarget = newValue?.target
            self.sortOrder = newValue?.order ?? .ascending
        }
    }
    /// May be answered by one member from what it has, which may be out of date.
    public var serializable = false
    /// Leave out the values.
    public var keysOnly = false
    /// Return only the count.
    public var countOnly = false
    /// Leave out keys last changed before this revision.
    public var minModRevision: Revision?
    /// Leave out keys last changed after this revision.
    public var maxModRevision: Revision?
    /// Leave out keys created before this revision.
    public var minCreateRevision: Revision?
    /// Leave out keys created after this revision.
    public var maxCreateRevision: Revision?

    private var sortTarget: SortTarget?
    private var sortOrder = SortOrder.ascending

    /// The newest values of all keys, in key order.
    public init() {}
}

/// What a range found.
public struct RangeResult: Hashable, Sendable {
    /// The keys found, at most the limit asked for.
    public var keyValues: [KeyValue]
    /// Keys in the range, whatever the limit.
    public var count: Int64
    /// Whether the limit cut the result.
    public var more: Bool
    /// The store's revision when it answered: a watch from the next one misses nothing.
    public var revision: Revision
    /// The cluster that answered.
    public var clusterID: ClusterID

    /// A result of these members.
    public init(keyValues: [KeyValue], count: Int64, more: Bool, revision: Revision, clusterID: ClusterID) {
        self.keyValues = keyValues
        self.count = count
        self.more = more
        self.revision = revision
        self.clusterID = clusterID
    }
}
