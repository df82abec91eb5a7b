/// What somebody, or a program with a token, may do. A role has some of them; a token has some of its owner's.
package enum Scope: String, CaseIterable, Codable, Sendable {
    /// Look at photos, albums, displays and what they show.
    case see
    /// Add, change and delete photos and albums.
    case photos
    /// Change what displays show and how, and send them commands.
    case displays
    /// Look after people, links and the server itself.
    case administer

    /// As a set is kept and shown: in this order, with spaces between.
    static func text(_ scopes: Set<Scope>) -> String {
        Self.allCases.filter(scopes.contains).map(\.rawValue).joined(separator: " ")
    }

    /// Reads what ``text(_:)`` wrote. A word that no longer means anything allows nothing.
    static func set(_ text: String) -> Set<Scope> {
        Set(text.split(separator: " ").compactMap { Scope(rawValue: "\($0)") })
    }
}
