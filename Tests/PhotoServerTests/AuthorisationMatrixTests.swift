import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import PhotoServer

/// Who may use which route. The routes come from the router itself: a new one without a rule here fails.
struct AuthorisationMatrixTests {
    enum Rule {
        /// For everybody.
        case open
        /// A page: whoever is not signed in is sent to the sign-in page.
        case page
        /// For people who are signed in.
        case people
        /// For people who are signed in, with their CSRF token.
        case change
        /// For admitted displays.
        case display
        /// For guests with an upload link.
        case guest
    }

    static let rules: [String: Rule] = [
        "GET /health": .open, "GET /ready": .open, "GET /metrics": .people, "GET /static/{name}": .open,
        "GET /display": .open, "GET /display-worker.js": .open,
        "GET /setup": .open, "POST /setup": .open, "GET /signin": .open, "POST /signin": .open, "POST /signout": .open,
        "GET /": .page, "GET /displays": .page, "GET /pair": .page, "GET /photos": .page, "GET /albums": .page,
        "GET /albums/{id}": .page,
        "GET /api": .page, "GET /api/v1/openapi.json": .people,
        "GET /displays/{id}": .page, "GET /groups": .page, "GET /groups/{id}": .page,
        "POST /api/v1/session": .open, "GET /api/v1/session": .people, "DELETE /api/v1/session": .change,
        "GET /api/v1/events": .people,
        "GET /api/v1/displays": .people, "GET /api/v1/displays/{id}": .people,
        "PATCH /api/v1/displays/{id}": .change, "DELETE /api/v1/displays/{id}": .change,
        "GET /api/v1/pairings/{code}": .people, "POST /api/v1/pairings": .change,
        "POST /api/v1/displays/{id}/next": .change,
        "POST /api/v1/displays/{id}/previous": .change, "POST /api/v1/displays/{id}/pause": .change,
        "POST /api/v1/displays/{id}/resume": .change, "POST /api/v1/displays/{id}/show": .change,
        "POST /api/v1/displays/{id}/identify": .change, "POST /api/v1/displays/{id}/picture": .change,
        "POST /api/v1/displays/{id}/restart-screen": .change, "POST /api/v1/displays/{id}/reboot": .change,
        "GET /api/v1/displays/{id}/photos": .people,
        "GET /api/v1/displays/{id}/picture/{request}": .people,
        "GET /api/v1/displays/{id}/schedule": .people, "PUT /api/v1/displays/{id}/schedule": .change,
        "GET /api/v1/displays/{id}/week": .people, "GET /api/v1/displays/{id}/plan": .people,
        "GET /api/v1/displays/{id}/why": .people, "GET /api/v1/displays/{id}/history": .people,
        "POST /api/v1/displays/{id}/history/{edit}/revert": .change,
        "GET /api/v1/groups": .people, "POST /api/v1/groups": .change, "GET /api/v1/groups/{id}": .people,
        "PATCH /api/v1/groups/{id}": .change, "DELETE /api/v1/groups/{id}": .change,
        "GET /api/v1/groups/{id}/schedule": .people, "PUT /api/v1/groups/{id}/schedule": .change,
        "GET /api/v1/groups/{id}/week": .people, "GET /api/v1/groups/{id}/history": .people,
        "POST /api/v1/groups/{id}/history/{edit}/revert": .change,
        "GET /api/v1/albums": .people, "POST /api/v1/albums": .change, "GET /api/v1/albums/{id}": .people,
        "PATCH /api/v1/albums/{id}": .change, "DELETE /api/v1/albums/{id}": .change,
        "POST /api/v1/albums/{id}/photos": .change, "DELETE /api/v1/albums/{id}/photos": .change,
        "GET /api/v1/photos": .people, "POST /api/v1/photos": .change, "DELETE /api/v1/photos/{id}": .change,
        "GET /api/v1/photos/{id}/thumbnail": .people, "GET /api/v1/photos/{id}": .people,
        "GET /api/v1/photos/{id}/preview": .people, "POST /api/v1/photos/changes": .change,
        "GET /api/v1/keywords": .people, "POST /api/v1/keywords/rename": .change, "GET /api/v1/cameras": .people,
        "GET /api/v1/watched": .people, "GET /api/v1/edits": .people, "POST /api/v1/edits/{id}/undo": .change,
        "POST /api/v1/bin/empty": .change,
        "POST /api/v1/albums/{id}/order": .change, "POST /api/v1/albums/preview": .change,
        "GET /api/v1/uploads": .people, "POST /api/v1/uploads": .change, "GET /api/v1/uploads/{id}": .people,
        "PATCH /api/v1/uploads/{id}": .change, "DELETE /api/v1/uploads/{id}": .change,
        "GET /invite": .open, "POST /invite": .open, "GET /reset": .open, "POST /reset": .open, "GET /guest": .open,
        "GET /people": .page, "GET /account": .page,
        "POST /api/v1/session/password": .change, "GET /api/v1/sessions": .people,
        "DELETE /api/v1/sessions/{id}": .change, "GET /api/v1/tokens": .people, "POST /api/v1/tokens": .change,
        "DELETE /api/v1/tokens/{id}": .change, "GET /api/v1/users": .people, "PATCH /api/v1/users/{id}": .change,
        "DELETE /api/v1/users/{id}": .change, "DELETE /api/v1/users/{id}/sessions": .change,
        "POST /api/v1/users/{id}/disable": .change, "POST /api/v1/users/{id}/enable": .change,
        "POST /api/v1/users/{id}/password-link": .change, "GET /api/v1/invitations": .people,
        "POST /api/v1/invitations": .change, "DELETE /api/v1/invitations/{id}": .change,
        "GET /api/v1/upload-links": .people, "POST /api/v1/upload-links": .change,
        "DELETE /api/v1/upload-links/{id}": .change, "GET /api/v1/audit": .people,
        "POST /api/v1/guest/uploads": .guest, "GET /api/v1/guest/uploads/{id}": .guest,
        "PATCH /api/v1/guest/uploads/{id}": .guest,
        "POST /api/v1/display/registrations": .open, "GET /api/v1/display/registrations/{id}": .open,
        "GET /api/v1/display/playlists/{sha256}": .display, "GET /api/v1/display/photos/{rendition}": .display,
        "GET /api/v1/display/photos/by-name/{name}": .display, "PUT /api/v1/display/screen/{request}": .display,
        "GET /api/v1/display/events": .display, "PUT /api/v1/display/status": .display,
    ]

    @Test func `every route has a rule, and every rule a route`() async throws {
        try await withServer { server, _ in
            let routes = Set(server.parts.router().routes.map { "\($0.method) \($0.path)" })
            #expect(routes == Set(Self.rules.keys))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `each route answers exactly those it is for`() async throws {
        try await withServer { server, client in
            let bearer = try await server.admitDisplay()
            for (route, rule) in Self.rules.sorted(by: { $0.key < $1.key }) {
                let parts = route.split(separator: " ")
                let method = try #require(HTTPRequest.Method(String(parts[0])))
                let uri = parts[1].replacing("{id}", with: "999").replacing("{name}", with: "nothing.css")
                    .replacing("{request}", with: "nothing").replacing("{code}", with: "nothing")
                    .replacing("{edit}", with: "999").replacing("{sha256}", with: "nothing")
                    .replacing("{rendition}", with: "nothing")
                let session = try await server.signIn()
                func ask(_ headers: HTTPFields) async throws -> TestResponse {
                    try await client.send(method, String(uri), headers)
                }

                let stranger = try await ask([:])
                let display = try await ask(.bearer(bearer))
                let voidDisplay = try await ask(.bearer(SecretToken().text))
                let voidSession = try await ask(session.with(.cookie, "vitrine-session=\(SecretToken().text)"))
                switch rule {
                case .open:
                    for answer in [stranger, display] {
                        #expect(answer.problemCode != "sign-in-required", "\(route)")
                        #expect(answer.problemCode != "display-token-void", "\(route)")
                    }
                case .page:
                    for answer in [stranger, display, voidSession] {
                        #expect(answer.status == .seeOther, "\(route)")
                        #expect(answer.headers[.location]?.hasPrefix("/signin") == true, "\(route)")
                    }
                    let answer = try await ask(session)
                    #expect(answer.headers[.location]?.hasPrefix("/signin") != true, "\(route)")
                case .people, .change:
                    for answer in [stranger, display, voidDisplay, voidSession] {
                        #expect(answer.status == .unauthorized, "\(route)")
                        #expect(answer.problemCode == "sign-in-required", "\(route)")
                    }
                    // An open event stream never ends; that it begins is tested elsewhere.
                    guard route != "GET /api/v1/events" else { break }
                    if rule == .change {
                        for headers in [
                            session.with(.csrfToken, nil), session.with(.csrfToken, SecretToken().text),
                            session.with(.origin, "https://evil.example"), session.with(.origin, "null"),
                            session.with(.secFetchSite, "cross-site"), session.with(.secFetchSite, "same-site"),
                        ] {
                            let answer = try await ask(headers)
                            #expect(answer.status == .forbidden, "\(route)")
                            #expect(answer.problemCode == "cross-site", "\(route)")
                        }
                    }
                    let answer = try await ask(
                        session.with(.origin, "http://localhost").with(.secFetchSite, "same-origin"))
                    #expect(![.unauthorized, .forbidden].contains(answer.status), "\(route)")
                case .guest:
                    for answer in [stranger, display, voidDisplay, try await ask(session)] {
                        #expect(answer.status == .unauthorized, "\(route)")
                        #expect(answer.problemCode == "upload-link-void", "\(route)")
                    }
                case .display:
                    for answer in [stranger, voidDisplay, try await ask(session)] {
                        #expect(answer.status == .unauthorized, "\(route)")
                        #expect(answer.problemCode == "display-token-void", "\(route)")
                    }
                    #expect(display.status != .unauthorized, "\(route)")
                }
            }
        }
    }

    @Test func `every answer carries the headers that protect a browser`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            for uri in ["/signin", "/displays", "/nothing", "/api/v1/albums", "/api/v1/nothing", "/static/app.js"] {
                let headers = try await client.send(.get, uri, session).headers
                let policy = try #require(headers[.contentSecurityPolicy])
                #expect(!policy.contains("unsafe"))
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
                #expect(headers[.xContentTypeOptions] == "nosniff")
                #expect(headers[.referrerPolicy] == "same-origin")
            }
        }
    }
}
