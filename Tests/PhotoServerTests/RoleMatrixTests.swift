import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import PhotoServer

/// What each role, and a token of each scope, may do: every route of the router that asks for a sign-in, against all of
/// them. A thing that has no row here fails.
struct RoleMatrixTests {
    /// By the first part of the path: the scopes that looking and changing ask for.
    static let rows: [String: (looking: Scope, changing: Scope)] = [
        "session": (.see, .see), "sessions": (.see, .see), "tokens": (.see, .see), "events": (.see, .administer),
        "photos": (.see, .photos), "albums": (.see, .photos), "keywords": (.see, .photos), "cameras": (.see, .photos),
        "edits": (.see, .photos), "bin": (.see, .photos), "uploads": (.photos, .photos),
        "upload-links": (.photos, .photos),
        "displays": (.see, .displays), "groups": (.see, .displays),
        "pairings": (.displays, .displays), "pair": (.displays, .displays),
        "users": (.administer, .administer), "invitations": (.administer, .administer),
        "audit": (.administer, .administer), "watched": (.see, .administer),
        // Pages.
        "": (.see, .see), "api": (.see, .see), "openapi.json": (.see, .administer), "account": (.see, .see),
        "people": (.administer, .administer),
        "metrics": (.see, .see),
    ]

    static let roles: [Role: Set<Scope>] = [
        .administrator: [.see, .photos, .displays, .administer], .editor: [.see, .photos], .viewer: [.see],
    ]

    private static func asked(_ route: String) throws -> (method: HTTPRequest.Method, uri: String, scope: Scope) {
        let parts = route.split(separator: " ")
        let method = try #require(HTTPRequest.Method(String(parts[0])))
        let path = parts[1].hasPrefix("/api/v1/") ? parts[1].dropFirst("/api/v1/".count) : parts[1].dropFirst()
        let thing = String(path.split(separator: "/").first ?? "")
        let row = try #require(Self.rows[thing], "\(route) has no row")
        var uri = ""
        for part in parts[1].split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            uri += "/" + (part.hasPrefix("{") ? "999" : part)
        }
        return (method, uri, method == .get ? row.looking : row.changing)
    }

    private static let routes = AuthorisationMatrixTests.rules
        .filter { rule in
            switch rule.value {
            case .page, .people, .change: true
            default: false
            }
        }
        // Those end the session that asks, or never end.
        .filter { !["DELETE /api/v1/session", "GET /api/v1/events"].contains($0.key) }
        .map(\.key).sorted()

    @Test(.timeLimit(.minutes(2)), arguments: Role.allCases)
    func `each role may do what it is there for, and nothing else`(role: Role) async throws {
        try await withServer { server, client in
            let headers = try await server.signIn(as: role)
            for route in Self.routes {
                let (method, uri, scope) = try Self.asked(route)
                let answer = try await client.send(method, uri, headers)
                let mayDo = try #require(Self.roles[role]).contains(scope)
                let isRefused = answer.problemCode == "not-allowed" || answer.status == .forbidden
                #expect(isRefused == !mayDo, "\(route)")
            }
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: Scope.allCases)
    func `a token may do what its scope says, without a CSRF token`(scope: Scope) async throws {
        try await withServer { server, client in
            let headers = try await server.signIn()
            let made = try await client.send(
                .post, "/api/v1/tokens", headers, #"{"name": "a program", "scopes": ["\#(scope.rawValue)"]}"#)
            let secret = try #require(made.json["secret"] as? String)
            for route in Self.routes where !route.hasSuffix("session/password") {
                let (method, uri, asked) = try Self.asked(route)
                let answer = try await client.send(method, uri, .bearer(secret).with(.contentType, "application/json"))
                let isRefused = answer.problemCode == "not-allowed" || answer.status == .forbidden
                #expect(isRefused == (asked != scope), "\(route)")
            }
        }
    }
}

extension TestServer {
    /// Signs in somebody with this role, made by an invitation of the administrator.
    func signIn(as role: Role, name: String? = nil) async throws -> HTTPFields {
        guard role != .administrator || name != nil else { return try await self.signIn() }
        _ = try await self.signIn()
        let accounts = self.parts.accounts
        let administrator = try await accounts.signIn(name: Self.user, password: Self.password, address: "test")
        let link = try await accounts.invite(role: role, by: administrator.session)
        let new = try await accounts.accept(
            link.token, name: name ?? "somebody \(role.rawValue)", password: Self.password, from: .init())
        return [
            .cookie: "vitrine-session=\(new.token)", .csrfToken: new.session.csrfToken,
            .contentType: "application/json",
        ]
    }
}
