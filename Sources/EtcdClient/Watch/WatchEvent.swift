import EtcdWire

/// One change of one key.
public struct WatchEvent: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case put, delete
    }

    public let kind: Kind
    /// The key as the change left it. Of a deletion only the key and ``KeyValue/modRevision`` are known.
    public let keyValue: KeyValue
    /// The key before the change, if asked for and still known.
    public let previous: KeyValue?

    /// The revision of the change.
    public var revision: Revision { self.keyValue.modRevision }

    public init(kind: Kind, keyValue: KeyValue, previous: KeyValue? = nil) {
        self.kind = kind
        self.keyValue = keyValue
        self.previous = previous
    }

    init(_ wire: Mvccpb_Event) {
        self.init(
            kind: wire.type == .delete ? .delete : .put, keyValue: KeyValue(wire.kv),
            previous: wire.hasPrevKv ? KeyValue(wire.prevKv) : nil)
    }
}
