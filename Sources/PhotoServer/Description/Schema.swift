import DisplayChannel

/// What a JSON value may be: the part of JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) that this API needs.
///
/// One value says it for all: the description that programs read, the page that people read, and the check of what
/// arrives.
struct Schema: Sendable {
    indirect enum Kind: Sendable {
        case text, integer, number, flag, null
        /// Anything at all.
        case any
        case array(of: Schema)
        case object([Member])
        /// An object whose members' names are data.
        case map(of: Schema)
        /// One of ``APIDescription/schemas``.
        case reference(String)
        /// At least one of them.
        case either([Schema])
    }

    struct Member: Sendable {
        let name: String
        var schema: Schema
        let isRequired: Bool
    }

    var kind: Kind
    /// For people.
    var about = ""
    /// The texts that it may be; nil for any.
    var choices: [String]?
    /// Of a number its value, of a text its characters, of an array its elements.
    var least: Double?
    var most: Double?
    /// JSON Schema's word for what a text stands for, such as `date-time`.
    var format: String?
    /// A regular expression of ECMA-262 that a text has to match.
    var pattern: String?
    /// Whether an object has these members and no others.
    var isClosed = false
    /// Whether the route itself says in its own words what is wrong inside.
    var isCheckedByRoute = false

    // MARK: Making

    static func text(
        _ about: String = "", _ length: ClosedRange<Int>? = nil, format: String? = nil, pattern: String? = nil
    ) -> Schema {
        var schema = Schema(kind: .text, about: about)
        schema.limit(length)
        schema.format = format
        schema.pattern = pattern
        return schema
    }

    static func choice(_ about: String = "", _ choices: [String]) -> Schema {
        Schema(kind: .text, about: about, choices: choices)
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ about: String = "", _ type: Choice.Type
    ) -> Schema { .choice(about, type.allCases.map(\.rawValue)) }

    static func integer(_ about: String = "", _ range: ClosedRange<Int>? = nil) -> Schema {
        var schema = Schema(kind: .integer, about: about)
        schema.limit(range)
        return schema
    }

    /// A number that the database gave, or might.
    static func number64(_ about: String) -> Schema {
        var schema = Schema(kind: .integer, about: about)
        schema.format = "int64"
        return schema
    }

    static func number(_ about: String = "", _ range: ClosedRange<Double>? = nil) -> Schema {
        Schema(kind: .number, about: about, least: range?.lowerBound, most: range?.upperBound)
    }

    static func flag(_ about: String = "") -> Schema { Schema(kind: .flag, about: about) }
    static func time(_ about: String) -> Schema { .text(about, format: "date-time") }
    static func seconds(_ about: String) -> Schema { .number(about + " Seconds since 1970-01-01 00:00 UTC.") }
    static func address(_ about: String) -> Schema { .text(about, format: "uri-reference") }
    static func any(_ about: String) -> Schema { Schema(kind: .any, about: about) }
    static let null = Schema(kind: .null)

    static func array(_ about: String = "", of element: Schema, _ count: ClosedRange<Int>? = nil) -> Schema {
        var schema = Schema(kind: .array(of: element), about: about)
        schema.limit(count)
        return schema
    }

    /// What is answered. Later versions may say more, so a reader has to pass over what it does not know.
    static func object(_ about: String = "", _ members: [Member]) -> Schema {
        Schema(kind: .object(members), about: about)
    }

    /// What is sent. A member that is not known is refused, for it would be a mistake that nobody hears of; `null` is as
    /// good as leaving an optional member out.
    static func request(_ about: String = "", _ members: [Member]) -> Schema {
        let members = members.map { member in
            member.isRequired ? member : Member(name: member.name, schema: member.schema.orNull, isRequired: false)
        }
        return Schema(kind: .object(members), about: about, isClosed: true)
    }

    static func map(_ about: String, of values: Schema) -> Schema { Schema(kind: .map(of: values), about: about) }
    static func reference(_ name: String) -> Schema { Schema(kind: .reference(name)) }
    static func either(_ about: String = "", _ schemas: [Schema]) -> Schema {
        Schema(kind: .either(schemas), about: about)
    }

    var orNull: Schema {
        if case .any = self.kind { return self }
        return Schema(kind: .either([self, .null]), about: self.about)
    }

    var checkedByRoute: Schema {
        var schema = self
        schema.isCheckedByRoute = true
        return schema
    }

    private mutating func limit(_ range: ClosedRange<Int>?) {
        self.least = range.map { Double($0.lowerBound) }
        self.most = range.map { Double($0.upperBound) }
    }
}

extension Schema.Member {
    /// A member that is always there.
    static func always(_ name: String, _ schema: Schema) -> Self { Self(name: name, schema: schema, isRequired: true) }
    /// A member that may be absent.
    static func maybe(_ name: String, _ schema: Schema) -> Self { Self(name: name, schema: schema, isRequired: false) }
}

// MARK: As JSON Schema

extension Schema {
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        if !self.about.isEmpty { members["description"] = .string(self.about) }
        if let choices { members["enum"] = .array(choices.map { .string($0) }) }
        if let format { members["format"] = .string(format) }
        if let pattern { members["pattern"] = .string(pattern) }
        let bounds: (least: String, most: String) =
            switch self.kind {
            case .text: ("minLength", "maxLength")
            case .array: ("minItems", "maxItems")
            default: ("minimum", "maximum")
            }
        if let least { members[bounds.least] = .number(least) }
        if let most { members[bounds.most] = .number(most) }
        switch self.kind {
        case .text: members["type"] = .string("string")
        case .integer: members["type"] = .string("integer")
        case .number: members["type"] = .string("number")
        case .flag: members["type"] = .string("boolean")
        case .null: members["type"] = .string("null")
        case .any: break
        case .array(let element):
            members["type"] = .string("array")
            members["items"] = element.json
        case .map(let values):
            members["type"] = .string("object")
            members["additionalProperties"] = values.json
        case .reference(let name): members["$ref"] = .string("#/components/schemas/\(name)")
        case .either(let schemas):
            members["anyOf"] = .array(
                schemas.map { schema in
                    // Its words stand above already.
                    var schema = schema
                    if schema.about == self.about { schema.about = "" }
                    return schema.json
                })
        case .object(let parts):
            members["type"] = .string("object")
            members["properties"] = .object(
                Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0.schema.json) }))
            let required = parts.filter(\.isRequired).map { JSONValue.string($0.name) }
            if !required.isEmpty { members["required"] = .array(required) }
            if self.isClosed { members["additionalProperties"] = .bool(false) }
        }
        return .object(members)
    }
}
