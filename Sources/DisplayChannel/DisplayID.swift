/// The name a display goes by in keys: 1 to 64 of `a-z 0-9 -`.
///
/// The alphabet has no `:` and no `/`, so `/<id>:` is never a prefix of another display's keys.
/// An id is never used again after its display is removed.
package struct DisplayID: Hashable, Sendable, Codable, CustomStringConvertible {
    package static let maximumLength = 64

    package let text: String

    /// Nil unless `text` is 1 to 64 of `a-z 0-9 -`.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard (1...Self.maximumLength).contains(bytes.count), bytes.allSatisfy(Self.allowed) else { return nil }
        self.text = text
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = DisplayID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "a display id is 1 to 64 of a-z, 0-9 and -, not \(text.debugDescription)")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.text)
    }

    package var description: String { self.text }

    private static func allowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
