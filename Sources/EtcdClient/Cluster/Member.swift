import EtcdWire

/// The identity of a member of a cluster.
public struct MemberID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt64

    /// A member of this number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// In hexadecimal, as `etcdctl` prints it.
    public var description: String { String(self.rawValue, radix: 16) }
}

/// A member of a cluster.
public struct Member: Hashable, Sendable {
    /// Its identity, given when it was added.
    public var id: MemberID
    /// Its own name; empty until it has started.
    public var name: String
    /// Where other members reach it.
    public var peerURLs: [String]
    /// Where it tells clients to reach it; empty until it has started. Not always an address that a client can use.
    public var clientURLs: [String]
    /// Whether it only receives changes and does not vote.
    public var isLearner: Bool

    /// A member of these members.
    public init(id: MemberID, name: String, peerURLs: [String], clientURLs: [String], isLearner: Bool) {
        self.id = id
        self.name = name
        self.peerURLs = peerURLs
        self.clientURLs = clientURLs
        self.isLearner = isLearner
    }
}

extension Member {
    init(_ wire: Etcdserverpb_Member) {
        self.init(
            id: MemberID(wire.id), name: wire.name, peerURLs: wire.peerUrls, clientURLs: wire.clientUrls,
            isLearner: wire.isLearner)
    }
}
