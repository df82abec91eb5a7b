/// What to read, and how.
public struct RangeOptions: Hashable, Sendable {
    /// What the answer is sorted by.
    public enum SortTarget: Hashable, Sendable, CaseIterable {
        case key, version, createRevision, modRevision, value
    }

    public enum SortOrder: Hashable, Sendable, CaseIterable {
        case ascending, descending
    }

    /// At most so many keys; `nil` for all.
    public var limit: Int?
    /// Read as of this revision; `nil` for now.
    public var revision: Revision?
    public var sortTarget: SortTarget
    public var sortOrder: SortOrder
    /// Ask the member at hand instead of the cluster: faster, perhaps stale.
    public var isSerializable: Bool
    public var keysOnly: Bool
    /// Answer with ``RangeResult/count`` only.
    public var countOnly: Bool
    /// Only keys last put at or after this.
    public var minModRevision: Revision?
    /// Only keys last put at or before this.
    public var maxModRevision: Revision?
    /// Only keys created at or after this.
    public var minCreateRevision: Revision?
    /// Only keys created at or before this.
    public var maxCreateRevision: Revision?

    public init(
        limit: Int? = nil, revision: Revision? = nil, sortTarget: SortTarget = .key, sortOrder: SortOrder = .ascending,
        isSerializable: Bool = false, keysOnly: Bool = false, countOnly: Bool = false,
        minModRevision: Revision? = nil, maxModRevision: Revision? = nil,
        minCreateRevision: Revision? = nil, maxCreateRevision: Revision? = nil
    ) {
        self.limit = limit
        self.revision = revision
        self.sortTarget = sortTarget
        self.sortOrder = sortOrder
        self.isSerializable = isSerializable
        self.keysOnly = keysOnly
        self.countOnly = countOnly
        self.minModRevision = minModRevision
        self.maxModRevision = maxModRevision
        self.minCreateRevision = minCreateRevision
        self.maxCreateRevision = maxCreateRevision
    }
}

/// What a range holds.
public struct RangeResult: Hashable, Sendable {
    public let kvs: [KeyValue]
    /// The store's revision when it answered; watch from ``Revision/next`` to miss nothing.
    public let revision: Revision
    /// How many keys the range has, whatever the limit.
    public let count: Int
    /// Whether the limit left keys out.
    public let more: Bool
    public let clusterID: ClusterID
}
