/// A key with its value and where in the history they stand.
public struct KeyValue: Hashable, Sendable {
    /// The key.
    public var key: Key
    /// Empty when only keys were asked for, and in a deletion.
    public var value: Value
    /// The revision of the first put since the key was last deleted.
    public var createRevision: Revision
    /// The revision of the newest put; in a deletion, the revision of the deletion.
    public var modRevision: Revision
    /// Puts since the key was last deleted: 1 after the first.
    public var version: Int64
    /// The lease that the key dies with.
    public var lease: LeaseID?

    /// A key-value of these members.
    public init(
        key: Key, value: Value, createRevision: Revision, modRevision: Revision, version: Int64, lease: LeaseID? = nil
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
        self.lease = lease
    }
}
