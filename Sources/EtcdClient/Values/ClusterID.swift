/// Names a cluster. Another number at the same address means another history: revisions do not compare.
public struct ClusterID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }

    /// As `etcdctl` prints it: hexadecimal.
    public var description: String { String(self.number, radix: 16) }

    public init(from decoder: any Decoder) throws {
        self.number = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.number)
    }
}
