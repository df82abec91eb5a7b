/// What a key holds: any bytes, also none.
///
/// etcd refuses requests above 1.5 MiB.
public struct Value: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Makes a value from the text's UTF-8.
    public init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// The value as text. Bytes that are not UTF-8 come out as U+FFFD.
    public var string: String { String(decoding: self.bytes, as: UTF8.self) }

    public var description: String { self.string }
}
