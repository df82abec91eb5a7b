/// A point in the history of the whole store. Every write transaction makes the next one; an empty store is at 1.
public struct Revision: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: Int64

    /// A revision of this number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }

    /// The revision after this one: where a watch starts that has seen everything up to this one.
    public var next: Revision { Revision(self.rawValue + 1) }

    /// The number.
    public var description: String { String(self.rawValue) }

    /// By age.
    public static func < (left: Revision, right: Revision) -> Bool { left.rawValue < right.rawValue }
}
