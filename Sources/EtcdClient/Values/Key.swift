/// A key: any bytes but none at all. Keys are ordered byte by byte.
///
/// ```swift
/// let key: Key = "/hall:settings"
/// ```
public struct Key: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let bytes: [UInt8]

    /// Makes a key from bytes. The server refuses an empty key with ``EtcdError/Code-swift.struct/invalidArgument``.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Makes a key from the text's UTF-8.
    public init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// The key as text. Bytes that are not UTF-8 come out as U+FFFD.
    public var string: String { String(decoding: self.bytes, as: UTF8.self) }

    public var description: String { self.string }

    public static func < (lhs: Key, rhs: Key) -> Bool { lhs.bytes.lexicographicallyPrecedes(rhs.bytes) }
}
