/// Names a lease. Never 0; negative numbers are allowed.
public struct LeaseID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let number: Int64

    public init(_ number: Int64) {
        self.number = number
    }

    /// As `etcdctl` prints it: hexadecimal.
    public var description: String { String(UInt64(bitPattern: self.number), radix: 16) }

    public init(from decoder: any Decoder) throws {
        self.number = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.number)
    }
}
