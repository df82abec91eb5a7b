import Foundation
import GRDB

extension PhotoRule {
    /// The rule as a condition on the table `photo`. Every value is an argument.
    var sql: SQL { self.sql(isBelowNot: false) }

    private func sql(isBelowNot: Bool) -> SQL {
        switch self {
        case .all(let rules):
            rules.isEmpty
                ? SQL("1") : "(\(rules.map { $0.sql(isBelowNot: isBelowNot) }.joined(separator: " AND ")))"
        case .any(let rules):
            rules.isEmpty
                ? SQL("0") : "(\(rules.map { $0.sql(isBelowNot: isBelowNot) }.joined(separator: " OR ")))"
        case .not(let rule): "(NOT \(rule.sql(isBelowNot: true)))"
        // A date that is not there is NULL, neither before nor after another. For "not" to mean what people mean by it
        // that must be a no; elsewhere it is one anyway, and without the function SQLite can use its indexes.
        case .test(let test): isBelowNot ? "coalesce((\(test.sql)), 0)" : "(\(test.sql))"
        }
    }

    /// The parts that all must hold and that an index of their own answers, each as a query for ids, and the rest of the rule.
    var splitByIndex: (queries: [SQL], rest: PhotoRule) {
        switch self {
        case .all(let rules):
            let parts = rules.map(\.splitByIndex)
            return (parts.flatMap(\.queries), .all(parts.map(\.rest).filter { $0 != .all([]) }))
        case .test(let test):
            guard let query = test.idQuery else { return ([], self) }
            return ([query], .all([]))
        case .any, .not: return ([], self)
        }
    }

    /// The words of a search field as an FTS5 query: all of them, each as a beginning.
    ///
    /// - Returns: `nil` where there is no word.
    static func searchQuery(_ text: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace).prefix(12)
            .map { $0.filter { $0 != "\"" && $0 != "\0" } }
            .filter { $0.contains { $0.isLetter || $0.isNumber } }
        return words.isEmpty ? nil : words.map { "\"\($0)\"*" }.joined(separator: " ")
    }
}

extension PhotoRule.Test {
    /// A query for the ids of its photos, where an index of their own has them.
    fileprivate var idQuery: SQL? {
        switch (self.field, self.comparison) {
        case (.text, _):
            PhotoRule.searchQuery(self.value).map { query in
                "SELECT rowid FROM photoSearch WHERE photoSearch MATCH \(query)"
            } ?? SQL("SELECT 0 WHERE 0")
        case (.keyword, .equals): "SELECT photoID FROM photoKeyword WHERE keyword = \(self.value)"
        default: nil
        }
    }

    fileprivate var sql: SQL {
        if let query = self.idQuery { return "photo.id IN (\(query))" }
        switch self.field {
        case .text: return SQL("0")
        case .keyword:
            if self.comparison == .isEmpty {
                return "NOT EXISTS (SELECT 1 FROM photoKeyword WHERE photoID = photo.id)"
            }
            return "EXISTS (SELECT 1 FROM photoKeyword WHERE photoID = photo.id AND \(self.compare("keyword")))"
        case .name: return self.compare("photo.name")
        case .title: return self.compare("photo.title")
        case .caption: return self.compare("photo.caption")
        case .camera: return self.compare("photo.camera")
        case .lens: return self.compare("photo.lens")
        case .format: return "photo.format = \(self.value)"
        case .orientation:
            switch self.value {
            case "landscape": return SQL("photo.width > photo.height")
            case "portrait": return SQL("photo.width < photo.height")
            default: return SQL("photo.width = photo.height")
            }
        case .taken:
            // A photo with a date stands in the library's order by it, which the index of that order makes use of.
            return "(\(self.compareDay("photo.takenLocal")) AND \(self.compareDay("photo.sortKey")))"
        case .added: return self.compareDay("replace(photo.addedAt, ' ', 'T')")
        case .year: return self.compareNumber("CAST(substr(photo.takenLocal, 1, 4) AS INTEGER)")
        case .rating: return self.compareNumber("photo.rating")
        case .favourite: return "photo.isFavourite = \(self.value == "yes" ? 1 : 0)"
        case .shown: return self.value == "yes" ? SQL("photo.shownAt IS NOT NULL") : SQL("photo.shownAt IS NULL")
        case .album:
            return """
                EXISTS (SELECT 1 FROM albumPhoto WHERE albumID = \(Int64(self.value) ?? 0) AND photoID = photo.id)
                """
        }
    }

    private func compare(_ column: String) -> SQL {
        let name = SQL(sql: column)
        let escaped = self.value.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
        switch self.comparison {
        case .contains: return "\(name) LIKE \("%\(escaped)%") ESCAPE '\\'"
        case .startsWith: return "\(name) LIKE \("\(escaped)%") ESCAPE '\\'"
        case .endsWith: return "\(name) LIKE \("%\(escaped)") ESCAPE '\\'"
        case .isEmpty: return "coalesce(\(name), '') = ''"
        default: return "\(name) = \(self.value) COLLATE NOCASE"
        }
    }

    /// Compares as much of the date as the value gives: "2024" is the whole year. Without a function around the column, so
    /// that an index can answer.
    private func compareDay(_ column: String) -> SQL {
        let date = SQL(sql: column)
        // After everything that begins so, since a date has no tilde.
        let end = self.value + "~"
        switch self.comparison {
        case .before: return "\(date) < \(self.value)"
        case .onOrBefore: return "\(date) < \(end)"
        case .after: return "\(date) > \(end)"
        case .onOrAfter: return "\(date) >= \(self.value)"
        default: return "(\(date) >= \(self.value) AND \(date) < \(end))"
        }
    }

    private func compareNumber(_ expression: String) -> SQL {
        let number = Int64(self.value) ?? 0
        let left = SQL(sql: expression)
        switch self.comparison {
        case .before: return "\(left) < \(number)"
        case .onOrBefore: return "\(left) <= \(number)"
        case .after: return "\(left) > \(number)"
        case .onOrAfter: return "\(left) >= \(number)"
        default: return "\(left) = \(number)"
        }
    }
}
