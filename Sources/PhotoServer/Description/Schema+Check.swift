import DisplayChannel
import Foundation

/// Where a value is not what a schema says, as a sentence for people; never with the value itself.
struct SchemaMismatch: Error, Equatable {
    enum Kind: Sendable {
        /// Another type, a member that is missing, or one that is not known.
        case shape
        /// The right type, but a value that is not allowed.
        case value
    }

    let kind: Kind
    let sentence: String
}

extension Schema {
    /// How to look.
    struct Manner: Sendable {
        /// What ``Kind/reference(_:)`` names.
        let schemas: [String: Schema]
        /// Refuses members that the schema does not name in open objects too: for tests of answers.
        var knowsAll = false
        /// Leaves out what routes check in their own words.
        var leavesToRoutes = false
    }

    /// - Returns: The first mismatch; nil where there is none.
    func mismatch(_ value: JSONValue, at path: String = "", _ manner: Manner) -> SchemaMismatch? {
        if self.isCheckedByRoute, manner.leavesToRoutes { return nil }
        let what = path.isEmpty ? "The body" : "The member \"\(path)\""
        func wrong(_ type: String) -> SchemaMismatch {
            SchemaMismatch(kind: .shape, sentence: "\(what) has the wrong type: it must be \(type).")
        }
        switch (self.kind, value) {
        case (.any, _), (.null, .null): return nil
        case (.reference(let name), _): return manner.schemas[name]?.mismatch(value, at: path, manner)
        case (.either(let schemas), _):
            let mismatches = schemas.compactMap { $0.mismatch(value, at: path, manner) }
            guard mismatches.count == schemas.count else { return nil }
            // What is said of the case that was meant, as far as one can tell.
            return mismatches.first { $0.kind == .value } ?? mismatches.first
        case (.flag, .bool): return nil
        case (.flag, _): return wrong("true or false")
        case (.null, _): return wrong("null")
        case (.integer, .number(let number)):
            guard number == number.rounded(), abs(number) < 9.3e18 else { return wrong("a whole number") }
            return self.bounded(number, what)
        case (.integer, _): return wrong("a whole number")
        case (.number, .number(let number)): return self.bounded(number, what)
        case (.number, _): return wrong("a number")
        case (.text, .string(let text)): return self.checked(text, what)
        case (.text, _): return wrong("a text")
        case (.array(let element), .array(let values)):
            for (index, value) in values.enumerated() {
                let place = path.isEmpty ? "\(index)" : "\(path).\(index)"
                if let mismatch = element.mismatch(value, at: place, manner) { return mismatch }
            }
            return self.counted(values.count, what, "elements")
        case (.array, _): return wrong("a list")
        case (.map(let schema), .object(let values)):
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                if let mismatch = schema.mismatch(value, at: Self.join(path, name), manner) { return mismatch }
            }
            return nil
        case (.object(let members), .object(let values)):
            for member in members {
                guard let value = values[member.name] else {
                    if !member.isRequired { continue }
                    return SchemaMismatch(
                        kind: .shape, sentence: "The member \"\(Self.join(path, member.name))\" is missing.")
                }
                if let mismatch = member.schema.mismatch(value, at: Self.join(path, member.name), manner) {
                    return mismatch
                }
            }
            guard self.isClosed || manner.knowsAll else { return nil }
            let known = Set(members.map(\.name))
            return values.keys.filter { !known.contains($0) }.min().map { stranger in
                SchemaMismatch(
                    kind: .shape,
                    sentence: "There is no member \"\(Self.join(path, String(stranger.prefix(60))))\" here.")
            }
        case (.map, _), (.object, _): return wrong("an object")
        }
    }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private func bounded(_ number: Double, _ what: String) -> SchemaMismatch? {
        if let least, number < least { return Self.value("\(what) must be \(Self.plain(least)) at least.") }
        if let most, number > most { return Self.value("\(what) must be \(Self.plain(most)) at most.") }
        return nil
    }

    private func checked(_ text: String, _ what: String) -> SchemaMismatch? {
        if let choices, !choices.contains(text) {
            return Self.value("\(what) must be one of \(choices.joined(separator: ", ")).")
        }
        // JSON Schema counts code points. The length first: the rest takes longer, the longer a text is.
        if let mismatch = self.counted(text.unicodeScalars.count, what, "characters") { return mismatch }
        if let pattern, text.range(of: pattern, options: .regularExpression) == nil {
            return Self.value("\(what) does not look as it must.")
        }
        if self.format == "date-time", (try? Date(text, strategy: .iso8601)) == nil {
            return Self.value("\(what) must be a time such as 2026-11-29T07:00:00Z.")
        }
        return nil
    }

    private func counted(_ count: Int, _ what: String, _ unit: String) -> SchemaMismatch? {
        if let least, Double(count) < least {
            return Self.value("\(what) must have \(Self.plain(least)) \(unit) at least.")
        }
        if let most, Double(count) > most {
            return Self.value("\(what) must have \(Self.plain(most)) \(unit) at most.")
        }
        return nil
    }

    private static func value(_ sentence: String) -> SchemaMismatch { SchemaMismatch(kind: .value, sentence: sentence) }

    private static func plain(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
}
