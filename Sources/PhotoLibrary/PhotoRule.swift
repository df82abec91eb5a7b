import Foundation

/// A question about a photo that is answered with yes or no: the rule of a smart album, or a filter.
///
/// As JSON: `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}`, or a test
/// `{"field": "keyword", "is": "equals", "value": "sea"}`.
package indirect enum PhotoRule: Hashable, Sendable {
    /// Every one of them; of none, true.
    case all([PhotoRule])
    /// One of them at least; of none, false.
    case any([PhotoRule])
    case not(PhotoRule)
    case test(Test)

    package struct Test: Hashable, Sendable, Codable {
        package let field: Field
        package let comparison: Comparison
        package let value: String

        package init(_ field: Field, _ comparison: Comparison, _ value: String) {
            self.field = field
            self.comparison = comparison
            self.value = value
        }

        private enum CodingKeys: String, CodingKey {
            case field, value
            case comparison = "is"
        }
    }

    package enum Field: String, Codable, Sendable, CaseIterable {
        /// Words anywhere in names, titles, captions, keywords, cameras: as the search field finds them.
        case text
        case keyword, name, title, caption, camera, lens, format
        /// `landscape`, `portrait` or `square`, as it is shown.
        case orientation
        /// A day, `yyyy-MM-dd`, or the beginning of one.
        case taken, added
        case year, rating
        /// `yes` or `no`.
        case favourite, shown
        /// An album's number.
        case album

        /// What it can be compared by. The first is the usual one.
        package var comparisons: [Comparison] {
            switch self {
            case .text: [.contains]
            case .keyword, .name, .title, .caption, .camera, .lens:
                [.equals, .contains, .startsWith, .endsWith, .isEmpty]
            case .format, .orientation, .favourite, .shown: [.equals]
            case .album: [.equals]
            case .taken, .added: [.equals, .before, .onOrBefore, .after, .onOrAfter]
            case .year, .rating: [.equals, .before, .onOrBefore, .after, .onOrAfter]
            }
        }
    }

    package enum Comparison: String, Codable, Sendable, CaseIterable {
        case equals, contains, startsWith, endsWith, isEmpty
        /// Below, for numbers.
        case before
        /// At most, for numbers.
        case onOrBefore
        /// Above, for numbers.
        case after
        /// At least, for numbers.
        case onOrAfter
    }

    /// How deep and how long a rule may be.
    package static let depthMaximum = 8
    package static let testsMaximum = 100
    private static let valueMaximum = 200

    /// The albums whose members it asks for.
    package var albums: Set<AlbumID> {
        switch self {
        case .all(let rules), .any(let rules): rules.reduce(into: []) { $0.formUnion($1.albums) }
        case .not(let rule): rule.albums
        case .test(let test): test.field == .album ? Set(Int64(test.value).map { [AlbumID($0)] } ?? []) : []
        }
    }

    /// - Throws: ``PhotoLibraryError`` with code `invalidRule`, naming what is wrong.
    package func validate() throws {
        var tests = 0
        try self.validate(depth: 1, tests: &tests)
        guard tests <= Self.testsMaximum else {
            throw PhotoLibraryError(.invalidRule, "A rule has \(Self.testsMaximum) conditions at most.")
        }
    }

    private func validate(depth: Int, tests: inout Int) throws {
        guard depth <= Self.depthMaximum else {
            throw PhotoLibraryError(.invalidRule, "A rule has \(Self.depthMaximum) levels at most.")
        }
        switch self {
        case .all(let rules), .any(let rules):
            for rule in rules { try rule.validate(depth: depth + 1, tests: &tests) }
        case .not(let rule): try rule.validate(depth: depth + 1, tests: &tests)
        case .test(let test):
            tests += 1
            try test.validate()
        }
    }

    // MARK: Stored form

    init?(stored text: String) {
        guard let rule = try? JSONDecoder().decode(PhotoRule.self, from: Data(text.utf8)) else { return nil }
        self = rule
    }

    func stored() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension PhotoRule.Test {
    fileprivate func validate() throws {
        func refuse(_ what: String) -> PhotoLibraryError {
            PhotoLibraryError(.invalidRule, "The condition on “\(self.field.rawValue)” \(what).")
        }
        guard self.field.comparisons.contains(self.comparison) else {
            throw refuse("cannot be compared by “\(self.comparison.rawValue)”")
        }
        guard self.value.count <= 200 else { throw refuse("has a value of more than 200 characters") }
        guard self.comparison != .isEmpty else { return }
        switch self.field {
        case .text, .keyword, .name, .title, .caption, .camera, .lens, .format:
            guard !self.value.trimmingCharacters(in: .whitespaces).isEmpty else { throw refuse("has no value") }
        case .orientation:
            guard ["landscape", "portrait", "square"].contains(self.value) else {
                throw refuse("must be landscape, portrait or square")
            }
        case .favourite, .shown:
            guard ["yes", "no"].contains(self.value) else { throw refuse("must be yes or no") }
        case .year, .rating, .album:
            guard Int64(self.value) != nil else { throw refuse("must be a number") }
        case .taken, .added:
            let digits = self.value.filter { $0.isASCII && $0.isNumber }
            guard digits.count >= 4, self.value.count <= 19,
                self.value.allSatisfy({ $0.isNumber || $0 == "-" || $0 == ":" || $0 == "T" })
            else { throw refuse("must be a day such as 2024-06-21") }
        }
    }
}

extension PhotoRule: Codable {
    private enum CodingKeys: CodingKey { case all, any, not, field }

    package init(from decoder: any Decoder) throws {
        // Before the JSON of a stranger makes this recurse as deep as it likes.
        guard decoder.codingPath.count <= 4 * Self.depthMaximum else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a rule that is too deep"))
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let rules = try container.decodeIfPresent([PhotoRule].self, forKey: .all) {
            self = .all(rules)
        } else if let rules = try container.decodeIfPresent([PhotoRule].self, forKey: .any) {
            self = .any(rules)
        } else if let rule = try container.decodeIfPresent(PhotoRule.self, forKey: .not) {
            self = .not(rule)
        } else {
            self = .test(try Test(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .all(let rules):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(rules, forKey: .all)
        case .any(let rules):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(rules, forKey: .any)
        case .not(let rule):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(rule, forKey: .not)
        case .test(let test): try test.encode(to: encoder)
        }
    }
}
