/// A key: any bytes, compared as unsigned bytes. Often UTF-8 text.
public struct Key: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The key's bytes. etcd refuses an empty key.
    public let bytes: [UInt8]

    /// A key of any bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The UTF-8 bytes of `text`.
    public init(_ text: String) { self.bytes = Array(text.utf8) }

    /// The UTF-8 bytes of a literal.
    public init(stringLiteral text: String) { self.init(text) }

    /// The bytes as text; what is not UTF-8 is shown as U+FFFD.
    public var string: String { String(decoding: self.bytes, as: UTF8.self) }

    /// The bytes as text.
    public var description: String { self.string }

    /// Byte by byte, as etcd orders keys.
    public static func < (left: Key, right: Key) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}
