import Foundation

/// A smart album's rules as the older system kept them: a JSON list of conditions that all must hold, such as
/// `[{"keywords": {"Must contain": "sea"}}, {"year": {"2019": null}}]`, with `(` and `)` around groups.
struct LegacyRules {
    struct Untranslatable: Error { let reason: String }

    private struct Condition {
        let field: String
        let comparison: String
        let value: String
    }

    private let conditions: [Condition]

    /// - Throws: ``Untranslatable``.
    init(json: String) throws {
        guard let list = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]] else {
            throw Untranslatable(reason: "they are no list of conditions")
        }
        self.conditions = try list.map { item in
            guard item.count == 1, let field = item.first else {
                throw Untranslatable(reason: "a condition has not one field")
            }
            // A bracket has nothing to compare by.
            let comparison = (field.value as? [String: Any])?.first
            return Condition(
                field: field.key, comparison: comparison?.key.lowercased() ?? "",
                value: (comparison?.value as? String) ?? (comparison?.value as? NSNumber)?.stringValue ?? "")
        }
    }

    /// - Parameter album: The album that a value names, by its id or its name there.
    /// - Throws: ``Untranslatable``.
    func rule(album: (String) -> AlbumID?) throws -> PhotoRule {
        var rest = self.conditions[...]
        let rule = try Self.group(&rest, depth: 0, album: album)
        guard rest.isEmpty else { throw Untranslatable(reason: "a bracket closes that did not open") }
        return rule
    }

    private static func group(
        _ rest: inout ArraySlice<Condition>, depth: Int, album: (String) -> AlbumID?
    ) throws -> PhotoRule {
        var all: [PhotoRule] = []
        // "May contain" is a choice among all of them.
        var choices: [PhotoRule] = []
        while let condition = rest.first {
            if condition.field == ")" && depth > 0 { break }
            rest.removeFirst()
            switch condition.field {
            case "(":
                guard depth < PhotoRule.depthMaximum else { throw Untranslatable(reason: "brackets are too deep") }
                all.append(try Self.group(&rest, depth: depth + 1, album: album))
                guard rest.popFirst()?.field == ")" else { throw Untranslatable(reason: "a bracket does not close") }
            case "keywords" where condition.comparison == "may contain":
                choices += Self.keywords(condition.value)
            default: all.append(try Self.test(condition, album: album))
            }
        }
        if !choices.isEmpty { all.append(.any(choices)) }
        return all.count == 1 ? all[0] : .all(all)
    }

    private static func keywords(_ text: String) -> [PhotoRule] {
        LegacyDump.keywords(text).map { .test(.init(.keyword, .equals, $0)) }
    }

    private static func test(_ condition: Condition, album: (String) -> AlbumID?) throws -> PhotoRule {
        func unknown() -> Untranslatable {
            Untranslatable(reason: "“\(condition.field) \(condition.comparison) \(condition.value)” is not known")
        }
        switch condition.field {
        case "keywords":
            let words = Self.keywords(condition.value)
            guard !words.isEmpty else { throw unknown() }
            switch condition.comparison {
            case "must contain": return words.count == 1 ? words[0] : .all(words)
            // So it was before it had three of them: one of the words was enough.
            case "contains": return words.count == 1 ? words[0] : .any(words)
            case "must not contain", "does not contain": return .not(words.count == 1 ? words[0] : .any(words))
            default: throw unknown()
            }
        case "name":
            let comparisons: [String: PhotoRule.Comparison] = [
                "equals": .equals, "starts with": .startsWith, "ends with": .endsWith, "contains": .contains,
            ]
            guard let comparison = comparisons[condition.comparison], !condition.value.isEmpty else { throw unknown() }
            return .test(.init(.name, comparison, condition.value))
        case "orientation":
            let values = ["h": "landscape", "v": "portrait", "s": "square"]
            guard let value = values[String(condition.comparison.prefix(1))] else { throw unknown() }
            return .test(.init(.orientation, .equals, value))
        case "created":
            guard let comparison = Self.comparisons[condition.comparison], let day = Self.day(condition.value) else {
                throw unknown()
            }
            return .test(.init(.taken, comparison, day))
        case "year":
            guard let year = Int(condition.comparison) ?? Int(condition.value) else { throw unknown() }
            return .test(.init(.year, .equals, String(year)))
        case "album":
            guard let id = album(condition.value) else {
                throw Untranslatable(reason: "the album “\(condition.value)” is not in the tables")
            }
            let member = PhotoRule.test(.init(.album, .equals, String(id.rawValue)))
            return condition.comparison.contains("not a member") ? .not(member) : member
        default: throw unknown()
        }
    }

    private static let comparisons: [String: PhotoRule.Comparison] = [
        "equals": .equals, "before": .before, "after": .after, "on or before": .onOrBefore, "on or after": .onOrAfter,
    ]

    /// The days that people write: 2019-06-21, 2019/6/21, 6/21/2019 (the month first, as its parser took it), 2019.
    static func day(_ text: String) -> String? {
        let parts = text.split(separator: " ").first?.split { "-/.".contains($0) }.map { Int($0) } ?? []
        let numbers = parts.compactMap { $0 }
        guard numbers.count == parts.count else { return nil }
        let (year, month, day): (Int, Int, Int)
        switch numbers.count {
        case 1 where (1_800...9_999).contains(numbers[0]): return String(numbers[0])
        case 3 where numbers[0] > 31: (year, month, day) = (numbers[0], numbers[1], numbers[2])
        case 3 where numbers[2] > 31: (year, month, day) = (numbers[2], numbers[0], numbers[1])
        default: return nil
        }
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
        let written = "\(year)-\(padded(month))-\(padded(day))"
        return LegacyDump.date(written) == nil ? nil : written
    }
}
