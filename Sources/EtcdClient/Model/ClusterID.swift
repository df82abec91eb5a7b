/// The identity of a cluster: revisions of different clusters cannot be compared.
public struct ClusterID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt64

    /// A cluster of this number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// In hexadecimal, as `etcdctl` prints it.
    public var description: String { String(self.rawValue, radix: 16) }
}
