import HTTPTypes

/// What one route of the API is for, what it takes and what it answers. Who may use it is not said here: that follows from
/// ``AccessRules``.
struct Operation: Sendable {
    /// A member of the query.
    struct Query: Sendable {
        let name: String
        let schema: Schema
        var isRequired = false

        init(_ name: String, _ schema: Schema, isRequired: Bool = false) {
            self.name = name
            self.schema = schema
            self.isRequired = isRequired
        }
    }

    enum Body: Sendable {
        case json(Schema)
        /// The bytes of a file.
        case bytes(mediaTypes: [String], about: String, isRequired: Bool = true)
    }

    struct Answer: Sendable {
        enum Content: Sendable {
            case none
            case json(Schema)
            case media(String)
        }

        let status: Int
        let about: String
        let content: Content

        static func json(_ status: Int, _ about: String, _ schema: Schema) -> Answer {
            Answer(status: status, about: about, content: .json(schema))
        }

        static func json(_ about: String, _ schema: Schema) -> Answer { .json(200, about, schema) }

        static func media(_ status: Int, _ about: String, _ type: String) -> Answer {
            Answer(status: status, about: about, content: .media(type))
        }

        static func media(_ about: String, _ type: String) -> Answer { .media(200, about, type) }
        static func none(_ about: String) -> Answer { Answer(status: 204, about: about, content: .none) }
    }

    /// Method and path below `/api/v1/`: `POST albums/{id}/photos`.
    let route: String
    /// A name for generated programs: `addPhotosToAlbum`.
    let id: String
    /// In a few words.
    let summary: String
    /// More of it.
    var about = ""
    var query: [Query] = []
    /// Header fields that mean something here, beside those that follow from its shape.
    var headers: [Query] = []
    var body: Body?
    let answers: [Answer]
    /// Statuses of problems beside those that follow from its shape, with what they mean here.
    var problems: [Int: String] = [:]

    init(
        _ route: String, _ id: String, _ summary: String, _ about: String, query: [Query] = [],
        headers: [Query] = [], body: Body? = nil, _ answers: [Answer], problems: [Int: String] = [:]
    ) {
        self.route = route
        self.id = id
        self.summary = summary
        self.about = about
        self.query = query
        self.headers = headers
        self.body = body
        self.answers = answers
        self.problems = problems
    }

    /// One with a single answer.
    init(
        _ route: String, _ id: String, _ summary: String, _ about: String, query: [Query] = [],
        headers: [Query] = [], body: Body? = nil, _ answer: Answer, problems: [Int: String] = [:]
    ) {
        self.init(
            route, id, summary, about, query: query, headers: headers, body: body, [answer], problems: problems)
    }

    /// One that its summary says all of, with several answers.
    init(
        _ route: String, _ id: String, _ summary: String, query: [Query] = [], headers: [Query] = [],
        body: Body? = nil, _ answers: [Answer], problems: [Int: String] = [:]
    ) {
        self.init(route, id, summary, "", query: query, headers: headers, body: body, answers, problems: problems)
    }

    /// One that its summary says all of.
    init(
        _ route: String, _ id: String, _ summary: String, query: [Query] = [], headers: [Query] = [],
        body: Body? = nil, _ answer: Answer, problems: [Int: String] = [:]
    ) {
        self.init(route, id, summary, "", query: query, headers: headers, body: body, [answer], problems: problems)
    }

    var method: String { String(self.route.prefix { $0 != " " }) }
    /// Below `/api/v1/`.
    var path: String { String(self.route.drop { $0 != " " }.dropFirst()) }
    /// What it deals with: the first part of its path.
    var thing: String { String(self.path.prefix { $0 != "/" }) }
    /// The names in its path that stand for something.
    var parameters: [String] {
        self.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// What its `{name}` is.
    func parameter(_ name: String) -> Schema {
        switch (self.thing, name) {
        case ("displays", "id"): .text("The display's id.", 1...64, pattern: "^[a-z0-9-]{1,64}$")
        case ("displays", "request"): .text("What the answer to the order for a picture said.", 1...64)
        case ("uploads", _), ("guest", _): .text("The upload's id.")
        case ("sessions", _): .text("The session's id, as the list has it.", 1...128)
        case ("pairings", _): .text("The code on the screen; small letters, spaces and hyphens are fine.", 1...64)
        case ("display", "sha256"): .text("The playlist's SHA-256, as the store names it.", pattern: "^[0-9a-f]{64}$")
        case ("display", "rendition"): .text("The photo's rendition, as the playlist names it.", 1...128)
        case ("display", "name"): .text("The photo's name.", 1...255)
        case ("display", "request"): .text("What the command `current_display` named.", 1...64)
        case ("display", _): .text("The id under which the display registered.", 1...64, pattern: "^[a-z0-9-]{1,64}$")
        default: .number64("Its number.")
        }
    }
}

extension [Operation.Answer] {
    /// A file that never changes under its address, whole or in part.
    static func file(_ about: String, _ type: String) -> Self {
        [
            .media(about, type), .media(206, "The part of it that the header `Range` names.", type),
            Operation.Answer(status: 304, about: "It is what `If-None-Match` names.", content: .none),
        ]
    }
}
