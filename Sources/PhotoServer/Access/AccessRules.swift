import HTTPTypes

/// Who may use which route: the one table. A route that it does not know is for nobody.
///
/// The first part of a path names what is dealt with, and that decides; so a new route of an old thing has its rule, and
/// a new thing needs a row.
enum AccessRules {
    /// What looking at a thing asks for, and what changing it does.
    private struct Rule {
        let reading: Scope
        let changing: Scope

        init(_ reading: Scope, changing: Scope) {
            self.reading = reading
            self.changing = changing
        }
    }

    private static let api: [Substring: Rule] = [
        // Everybody's own.
        "session": Rule(.see, changing: .see),
        "sessions": Rule(.see, changing: .see),
        "tokens": Rule(.see, changing: .see),
        "events": Rule(.see, changing: .administer),
        // Photos.
        "photos": Rule(.see, changing: .photos),
        "albums": Rule(.see, changing: .photos),
        "keywords": Rule(.see, changing: .photos),
        "cameras": Rule(.see, changing: .photos),
        "edits": Rule(.see, changing: .photos),
        "bin": Rule(.see, changing: .photos),
        "uploads": Rule(.photos, changing: .photos),
        "upload-links": Rule(.photos, changing: .photos),
        // Displays.
        "displays": Rule(.see, changing: .displays),
        "groups": Rule(.see, changing: .displays),
        "pairings": Rule(.displays, changing: .displays),
        // The house.
        "users": Rule(.administer, changing: .administer),
        "invitations": Rule(.administer, changing: .administer),
        "audit": Rule(.administer, changing: .administer),
        "watched": Rule(.see, changing: .administer),
        // What a program's author reads.
        "openapi.json": Rule(.see, changing: .administer),
    ]

    private static let pages: [Substring: Scope] = [
        "": .see, "displays": .see, "pair": .displays, "photos": .see, "albums": .see, "groups": .see,
        "account": .see, "api": .see,
        "people": .administer, "metrics": .see,
    ]

    /// What a request asks for.
    ///
    /// - Parameters:
    ///   - method: The request's.
    ///   - route: The route's path with its parameters' names, such as `/api/v1/displays/{id}`.
    /// - Returns: `nil` where no rule says.
    static func scope(_ method: HTTPRequest.Method, route: String) -> Scope? {
        let isReading = method == .get || method == .head
        let parts = route.split(separator: "/")
        guard parts.starts(with: ["api", "v1"]) else { return isReading ? Self.pages[parts.first ?? ""] : nil }
        guard parts.count > 2, let rule = Self.api[parts[2]] else { return nil }
        return isReading ? rule.reading : rule.changing
    }

    /// Who a route of the API is for.
    enum Audience: Equatable, Sendable {
        case everybody
        /// Somebody who is signed in, or a program with a token, with this scope.
        case person(Scope)
        /// Somebody with an upload link.
        case guest
        case display
        /// A display that waits to be let in, with the secret that it registered.
        case applicant
    }

    /// - Parameters:
    ///   - method: The request's.
    ///   - path: Below `/api/v1/`, with its parameters' names.
    /// - Returns: `nil` where no rule says.
    static func audience(_ method: HTTPRequest.Method, path: String) -> Audience? {
        let parts = path.split(separator: "/")
        switch parts.first {
        case "guest": return .guest
        case "display" where parts.count > 1 && parts[1] == "registrations":
            return method == .post ? .everybody : .applicant
        case "display": return .display
        case "session" where method == .post && parts.count == 1: return .everybody
        default: return Self.scope(method, route: "/api/v1/\(path)").map { .person($0) }
        }
    }
}
