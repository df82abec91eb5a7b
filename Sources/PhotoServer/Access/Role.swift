/// What a person is here for.
package enum Role: String, CaseIterable, Codable, Sendable {
    /// May do everything.
    case administrator
    /// Looks after photos and albums.
    case editor
    /// Looks, and changes nothing.
    case viewer

    var scopes: Set<Scope> {
        switch self {
        case .administrator: Set(Scope.allCases)
        case .editor: [.see, .photos]
        case .viewer: [.see]
        }
    }

    /// The scopes of a role as it stands in the database; an unknown word allows nothing.
    static func scopes(of text: String) -> Set<Scope> { Role(rawValue: text)?.scopes ?? [] }
}
