extension PhotoRule {
    /// In words, for people: `keyword is sea and year is at least 2020`.
    ///
    /// - Parameter albumName: What an album that the rule asks about is called.
    package func sentence(albumName: (AlbumID) -> String?) -> String { self.sentence(albumName, isInner: false) }

    private func sentence(_ albumName: (AlbumID) -> String?, isInner: Bool) -> String {
        func joined(_ rules: [PhotoRule], by word: String, none: String) -> String {
            guard !rules.isEmpty else { return none }
            let text = rules.map { $0.sentence(albumName, isInner: rules.count > 1) }.joined(separator: " \(word) ")
            return isInner && rules.count > 1 ? "(\(text))" : text
        }
        switch self {
        case .all(let rules): return joined(rules, by: "and", none: "any photo")
        case .any(let rules): return joined(rules, by: "or", none: "no photo")
        case .not(let rule): return "not \(rule.sentence(albumName, isInner: true))"
        case .test(let test):
            if test.field == .album {
                return "in \(Int64(test.value).flatMap { albumName(AlbumID($0)) } ?? "an album that is gone")"
            }
            if test.comparison == .isEmpty { return "no \(test.field.rawValue)" }
            return "\(test.field.rawValue) \(Self.words(test)) \(test.value)"
        }
    }

    private static func words(_ test: Test) -> String {
        let isNumber = [.year, .rating].contains(test.field)
        switch test.comparison {
        case .equals: return "is"
        case .contains: return "contains"
        case .startsWith: return "starts with"
        case .endsWith: return "ends with"
        case .isEmpty: return "is empty"
        case .before: return isNumber ? "is less than" : "is before"
        case .onOrBefore: return isNumber ? "is at most" : "is or is before"
        case .after: return isNumber ? "is more than" : "is after"
        case .onOrAfter: return isNumber ? "is at least" : "is or is after"
        }
    }
}
