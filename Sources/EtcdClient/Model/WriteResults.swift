/// How a key is put.
public struct PutOptions: Hashable, Sendable {
    /// Return the value before.
    public var previous = false
    /// Keep the value and change only the lease. The key must exist.
    public var ignoreValue = false
    /// Keep the lease and change only the value. The key must exist.
    public var ignoreLease = false

    /// A plain put.
    public init() {}
}

/// What a put did.
public struct PutResult: Hashable, Sendable {
    /// The revision that the put made.
    public var revision: Revision
    /// The value before, when it was asked for and there was one.
    public var previous: KeyValue?

    /// A result of these members.
    public init(revision: Revision, previous: KeyValue? = nil) {
        self.revision = revision
        self.previous = previous
    }
}

/// What a delete did.
public struct DeleteResult: Hashable, Sendable {
    /// The store's revision afterwards. Deleting nothing makes no new one.
    public var revision: Revision
    /// How many keys were deleted.
    public var deleted: Int64
    /// What they were, when it was asked for.
    public var previous: [KeyValue]

    /// A result of these members.
    public init(revision: Revision, deleted: Int64, previous: [KeyValue] = []) {
        self.revision = revision
        self.deleted = deleted
        self.previous = previous
    }
}
