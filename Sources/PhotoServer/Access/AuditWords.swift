/// Says in words what a request did, from its method, route and path.
enum AuditWords {
    private static let things: [Substring: String] = [
        "photos": "photos", "albums": "album", "displays": "display", "groups": "group", "pairings": "pairing",
        "schedules": "schedule",
        "users": "user", "tokens": "token", "sessions": "session", "session": "session", "invitations": "invitation",
        "upload-links": "upload link", "uploads": "upload", "keywords": "keywords", "edits": "edit", "bin": "bin",
    ]

    private static let verbs: [Substring: String] = [
        "POST": "made", "PUT": "changed", "PATCH": "changed", "DELETE": "deleted",
    ]

    /// - Parameters:
    ///   - action: Method and route: `POST displays/{id}/next`.
    ///   - subject: The path: `displays/hall/next`.
    /// - Returns: `display hall: next`.
    static func text(action: String, subject: String) -> String {
        let words = action.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return action }
        let route = words[1].split(separator: "/")
        let path = subject.split(separator: "/")
        guard let first = route.first, route.count == path.count else { return action }
        let name = Self.things[first] ?? String(first)
        let verb = Self.verbs[words[0]] ?? String(words[0])
        let given = zip(route, path).filter { $0.0.hasPrefix("{") }.map { String($0.1) }
        let steps = route.dropFirst().filter { !$0.hasPrefix("{") }.map { $0.replacing("-", with: " ") }
        let what = ([name] + given).joined(separator: " ")
        guard let last = steps.last else { return "\(what): \(verb)" }
        return words[0] == "POST" ? "\(what): \(last)" : "\(what): \(last) \(verb)"
    }
}
