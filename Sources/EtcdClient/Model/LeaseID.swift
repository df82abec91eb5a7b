/// The identity of a lease. Never 0, which on the wire means "no lease".
public struct LeaseID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The number on the wire; may be negative.
    public let rawValue: Int64

    /// A lease of this number; nil for 0.
    public init?(_ rawValue: Int64) {
        guard rawValue != 0 else { return nil }
        self.rawValue = rawValue
    }

    /// In hexadecimal, as `etcdctl` prints it.
    public var description: String { String(UInt64(bitPattern: self.rawValue), radix: 16) }
}
