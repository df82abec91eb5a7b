import Foundation

/// Any JSON value. What the server says is kept whole, so that a program sees members that this version has no name for.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// - Throws: ``APIError`` of kind `unintelligible`.
    package init(data: Data) throws {
        do {
            self = try JSONDecoder().decode(JSON.self, from: data)
        } catch {
            throw APIError(.unintelligible, "The answer is no JSON.")
        }
    }

    package subscript(_ member: String) -> JSON? {
        if case .object(let members) = self { members[member] } else { nil }
    }

    package var text: String? { if case .string(let text) = self { text } else { nil } }

    package var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }

    /// As a typed value.
    ///
    /// - Throws: ``APIError`` of kind `unintelligible` when a member is missing or of another type.
    package func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        do {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            return try decoder.decode(type, from: try self.data)
        } catch let error as DecodingError {
            throw APIError(
                .unintelligible, "The server's answer is not what this version expects: \(error.member)",
                remedy: "Use a photoctl of the server's version.")
        }
    }

    package var data: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }

    /// For people and files: indented, members in the order of their names, and nothing in it that a terminal obeys.
    ///
    /// - Parameter lines: Whether it may have several.
    package func text(inLines lines: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if lines { encoder.outputFormatting.insert(.prettyPrinted) }
        let text = String(decoding: try encoder.encode(self), as: UTF8.self)
        // JSON itself asks for escapes of U+0000 to U+001F only.
        guard text.unicodeScalars.contains(where: \.isDangerous) else { return text }
        return text.unicodeScalars.reduce(into: "") { text, scalar in
            text += scalar.isDangerous ? "\\u" + String(scalar.value, radix: 16).leftPadded(to: 4) : "\(scalar)"
        }
    }
}

extension Unicode.Scalar {
    /// Obeyed by terminals though JSON allows it: C1 controls, and what changes the direction of text.
    fileprivate var isDangerous: Bool {
        switch self.value {
        case 0x7f...0x9f, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}

extension String {
    fileprivate func leftPadded(to count: Int) -> String {
        String(repeating: "0", count: max(0, count - self.count)) + self
    }
}

extension JSON: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements) { $1 })
    }

    /// An object of those members that have a value.
    package static func members(_ members: [String: JSON?]) -> JSON { .object(members.compactMapValues { $0 }) }
}

extension DecodingError {
    /// Which member is wrong.
    fileprivate var member: String {
        func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        return switch self {
        case .keyNotFound(let key, let context): "\"\(path(context, key))\" is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\"\(path(context))\" has another type."
        @unknown default: "\(self)"
        }
    }
}
