import DisplayChannel
import HTTPTypes

/// The API as OpenAPI 3.1 describes it, made from ``Operations``, ``Schemas`` and ``AccessRules``.
struct APIDescription: Sendable {
    let site: Site

    /// The parts of the API as people look for them, in this order, with the first parts of their paths.
    static let chapters: [(title: String, about: String, things: [String])] = [
        (
            "Photos", "Listing, sending, changing, and the bin.",
            ["photos", "keywords", "cameras", "bin", "edits", "watched"]
        ),
        ("Uploads", "Files in parts, and links for guests.", ["uploads", "upload-links", "guest"]),
        ("Albums", "By hand and by rule.", ["albums"]),
        ("Displays", "What they show, and orders.", ["displays", "pairings"]),
        ("Groups", "Displays that hang together.", ["groups"]),
        (
            "People", "Accounts, sessions and tokens.",
            ["session", "sessions", "tokens", "users", "invitations", "audit"]
        ),
        ("Events", "What changes, as it changes.", ["events"]),
        ("Screens", "What displays themselves ask.", ["display"]),
        ("Description", "This description.", ["openapi.json"]),
    ]

    static func chapter(of operation: Operation) -> String {
        Self.chapters.first { $0.things.contains(operation.thing) }?.title ?? "Other"
    }

    /// The whole document.
    var json: JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for operation in Operations.all {
            paths["/" + operation.path, default: [:]][operation.method.lowercased()] = self.json(of: operation)
        }
        return .object([
            "openapi": .string("3.1.0"),
            "info": .object([
                "title": .string("Vitrine"), "version": .string("1"),
                "summary": .string("Photographs on screens, controlled from one place."),
                "description": .string(Self.introduction),
                "license": .object(["name": .string("Apache-2.0"), "identifier": .string("Apache-2.0")]),
            ]),
            "servers": .array([.object(["url": .string("/api/v1")])]),
            "tags": .array(
                Self.chapters.map { .object(["name": .string($0.title), "description": .string($0.about)]) }),
            "paths": .object(paths.mapValues { .object($0) }),
            "components": .object([
                "schemas": .object(Schemas.all.mapValues(\.json)),
                "securitySchemes": .object(self.securitySchemes),
            ]),
        ])
    }

    private static let introduction = """
        Errors are problem details (RFC 9457) with a stable `code` and, where there is one, a `remedy`. Lists that can be \
        long come in pages: give the `next` of one as the next one's `after` or `before`. Times are ISO 8601 in UTC unless \
        said otherwise. Answers may get further members in later versions.
        """

    // MARK: One operation

    private func json(of operation: Operation) -> JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(operation.id), "summary": .string(operation.summary),
            "tags": .array([.string(Self.chapter(of: operation))]),
            "security": .array(self.security(of: operation)),
        ]
        if !operation.about.isEmpty { members["description"] = .string(operation.about) }
        let parameters =
            operation.parameters.map { Self.json("path", $0, operation.parameter($0), isRequired: true) }
            + operation.query.map { Self.json("query", $0.name, $0.schema, isRequired: $0.isRequired) }
            + operation.allHeaders.map { Self.json("header", $0.name, $0.schema, isRequired: $0.isRequired) }
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        switch operation.body {
        case nil: break
        case .json(let schema):
            members["requestBody"] = .object([
                "required": .bool(operation.needsBody), "content": .object(["application/json": Self.content(schema)]),
            ])
        case .bytes(let types, let about, let isRequired):
            members["requestBody"] = .object([
                "required": .bool(isRequired), "description": .string(about),
                "content": .object(Dictionary(uniqueKeysWithValues: types.map { ($0, .object([:])) })),
            ])
        }
        members["responses"] = .object(Self.responses(of: operation))
        return .object(members)
    }

    private static func json(_ place: String, _ name: String, _ schema: Schema, isRequired: Bool) -> JSONValue {
        var plain = schema
        plain.about = ""
        return .object([
            "name": .string(name), "in": .string(place), "required": .bool(isRequired), "schema": plain.json,
            "description": .string(schema.about),
        ])
    }

    private static func content(_ schema: Schema) -> JSONValue { .object(["schema": schema.json]) }

    private static func responses(of operation: Operation) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        for answer in operation.answers {
            var response: [String: JSONValue] = ["description": .string(answer.about)]
            switch answer.content {
            case .none: break
            case .json(let schema): response["content"] = .object(["application/json": Self.content(schema)])
            case .media(let type): response["content"] = .object([type: .object([:])])
            }
            if operation.hasTag {
                response["headers"] = .object([
                    "ETag": .object([
                        "description": .string("The entity tag, for `If-None-Match` and `If-Match`."),
                        "schema": .object(["type": .string("string")]),
                    ])
                ])
            }
            responses["\(answer.status)"] = .object(response)
        }
        if operation.hasTag {
            responses["304"] = .object(["description": .string("It is what `If-None-Match` names.")])
        }
        for (status, about) in operation.allProblems {
            responses["\(status)"] = .object([
                "description": .string(about),
                "content": .object(["application/problem+json": Self.content(.reference("Problem"))]),
            ])
        }
        return responses
    }

    // MARK: Security

    private var securitySchemes: [String: JSONValue] {
        func bearer(_ about: String) -> JSONValue {
            .object(["type": .string("http"), "scheme": .string("bearer"), "description": .string(about)])
        }
        func key(_ place: String, _ name: String, _ about: String) -> JSONValue {
            .object([
                "type": .string("apiKey"), "in": .string(place), "name": .string(name), "description": .string(about),
            ])
        }
        return [
            "token": bearer(
                """
                A program's token, made on the page of one's account. Its scopes are among \
                \(Scope.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")).
                """),
            "session": key("cookie", self.site.sessionCookieName, "A browser's session."),
            "csrf": key(
                "header", "X-CSRF-Token",
                "With a session, the `csrfToken` of `GET session` for everything that changes."),
            "uploadLink": bearer("The secret in the link that a guest was given."),
            "display": bearer("What a display was given when it was let in."),
            "applicant": bearer("The secret with which a display registered."),
        ]
    }

    private func security(of operation: Operation) -> [JSONValue] {
        func only(_ name: String) -> [JSONValue] { [.object([name: .array([])])] }
        switch operation.audience {
        case nil, .everybody: return []
        case .guest: return only("uploadLink")
        case .display: return only("display")
        case .applicant: return only("applicant")
        case .person(let scope):
            let scopes = JSONValue.array([.string(scope.rawValue)])
            var session: [String: JSONValue] = ["session": scopes]
            if operation.method != "GET" { session["csrf"] = .array([]) }
            // A program must not be able to lock its owner out.
            if operation.id == "changePassword" { return [.object(session)] }
            return [.object(["token": scopes]), .object(session)]
        }
    }
}

extension Operation {
    /// Who may use it; nil where no rule says, and then nobody may.
    var audience: AccessRules.Audience? {
        HTTPRequest.Method(self.method).flatMap { AccessRules.audience($0, path: self.path) }
    }

    /// Whether leaving the body out is a mistake.
    var needsBody: Bool {
        guard case .json(let schema) = self.body else { return false }
        var resolved = schema
        if case .reference(let name) = schema.kind { resolved = Schemas.all[name] ?? schema }
        guard case .object(let members) = resolved.kind else { return true }
        return members.contains(where: \.isRequired)
    }

    /// Every status with which it can refuse, with the reason.
    var allProblems: [Int: String] {
        var all: [Int: String] = [503: "The server is stopping or has too much to do, or the store does not answer."]
        if !self.query.isEmpty { all[400] = "The query is not as described." }
        if !self.parameters.isEmpty { all[404] = "It is not there." }
        if case .json = self.body {
            all[400] = "The body is not as described."
            all[413] = "The body is too large."
            all[415] = "The body is not JSON."
        }
        switch self.audience {
        case .person:
            all[401] = "Nobody is signed in, or the token is void."
            all[403] = "The role or the token does not allow it, or `X-CSRF-Token` is missing."
        case .guest: all[401] = "The link has ended."
        case .display: all[401] = "The display is not, or no longer, admitted."
        case nil, .everybody, .applicant: break
        }
        all.merge(self.problems) { _, own in own }
        func also(_ status: Int, _ text: String) { all[status] = all[status].map { "\($0) Or: \(text)" } ?? text }
        if self.takesIfMatch { also(412, "It is not any more what `If-Match` names.") }
        if self.takesIdempotencyKey {
            also(400, "`Idempotency-Key` is too short or too long.")
            also(409, "A request with the same `Idempotency-Key` is under way, or its answer was lost.")
            also(422, "The `Idempotency-Key` was sent with another request.")
        }
        return all
    }

    /// Header fields that mean something here.
    var allHeaders: [Query] {
        var all = self.headers
        if self.hasTag {
            all.append(.init("If-None-Match", .text("Tags of what the program has; 304 if it is still so.")))
        }
        if self.takesIfMatch {
            all.append(
                .init("If-Match", .text("The tag of what the change is made to; 412 if that was changed meanwhile.")))
        }
        if self.takesIdempotencyKey {
            all.append(
                .init(
                    "Idempotency-Key",
                    .text(
                        "A name for this request, drawn at random: sent again it has no second effect, for a day.",
                        16...255, pattern: "^[!-~]{16,255}$")))
        }
        return all
    }
}
