import EtcdWire

/// A key with its value and history, as of one revision.
public struct KeyValue: Hashable, Sendable {
    public let key: Key
    /// Empty when only keys were asked for, and in the deletion of a key.
    public let value: Value
    /// When the key came into being, last time it did.
    public let createRevision: Revision
    /// When the key was last put.
    public let modRevision: Revision
    /// How often the key was put since it came into being; 0 in the deletion of a key.
    public let version: Int64
    /// The lease the key dies with, if any.
    public let lease: LeaseID?

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

    init(_ wire: Mvccpb_KeyValue) {
        self.init(
            key: Key(bytes: Array(wire.key)), value: Value(bytes: Array(wire.value)),
            createRevision: Revision(wire.createRevision), modRevision: Revision(wire.modRevision),
            version: wire.version, lease: wire.lease == 0 ? nil : LeaseID(wire.lease))
    }
}
