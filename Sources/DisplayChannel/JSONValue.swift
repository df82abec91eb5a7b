import Foundation

/// A JSON value of any shape, read leniently: numbers may come as strings, as the older system sends them.
package enum JSONValue: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Nil when `bytes` is not JSON.
    package init?(_ bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
        self = value
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value):
            // Whole numbers are written without a fraction: other readers of the key may want an integer.
            if let whole = Int64(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    package var text: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// A number, also when it was written as a string; never NaN or infinite.
    package var double: Double? {
        switch self {
        case .number(let value): value
        case .string(let text):
            Double(text.trimmingCharacters(in: .whitespaces)).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }

    /// A truth value, also when written as 0/1 or "true"/"false".
    package var truth: Bool? {
        switch self {
        case .bool(let value): value
        case .number(let value): value != 0
        case .string(let text):
            switch text.lowercased() {
            case "true", "1", "yes", "on": true
            case "false", "0", "no", "off", "": false
            default: nil
            }
        default: nil
        }
    }

    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var object: [String: JSONValue]? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Canonical JSON: keys sorted, no escaped slashes, so that equal values are equal bytes.
    package var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding this type cannot fail: every number in it is finite.
        return (try? encoder.encode(self)).map(Array.init) ?? Array("null".utf8)
    }
}
