/// A point in the store's history. An empty store is at 1; every write that changes something makes the next one.
public struct Revision: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: Int64

    public init(_ number: Int64) {
        self.number = number
    }

    /// The revision after this one.
    public var next: Revision { Revision(self.number + 1) }

    public var description: String { String(self.number) }

    public init(from decoder: any Decoder) throws {
        self.number = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.number)
    }

    public static func < (lhs: Revision, rhs: Revision) -> Bool { lhs.number < rhs.number }
}
