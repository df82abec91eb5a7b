/// The description of the API for people: the chapters with their routes, and the shapes that they share.
struct APIPage: Sendable {
    struct Chapter: Sendable {
        let title: String
        let chapterAbout: String
        let anchor: String
        let routes: [Route]
    }

    struct Route: Sendable {
        let id: String
        let method: String
        let path: String
        let summary: String
        let routeAbout: String?
        let audience: String
        let parameters: [Row]
        let body: [Row]
        let bodyName: Row?
        let bodyText: String?
        let answers: [Answer]
    }

    struct Answer: Sendable {
        let status: Int
        let answerAbout: String
        let isGood: Bool
        let type: Row?
        let rows: [Row]
    }

    /// One member, one line. A text that is empty would count as one that is there, and one that is absent is looked for
    /// in what is around it: so each has a name of its own.
    struct Row: Sendable {
        let name: String
        let type: String
        /// The shape that it is of, if it has a name.
        var link: String?
        var rowAbout: String?
        var place: String?
        var isOptional = false
    }

    struct Shape: Sendable {
        let name: String
        let shapeAbout: String?
        let rows: [Row]
    }

    let chapters: [Chapter]
    let shapes: [Shape]
    let schemes = Scope.allCases.map { Row(name: $0.rawValue, type: "", rowAbout: $0.about) }

    init() {
        self.chapters = APIDescription.chapters.map { chapter in
            Chapter(
                title: chapter.title, chapterAbout: chapter.about, anchor: chapter.title.lowercased(),
                routes: Operations.all.filter { APIDescription.chapter(of: $0) == chapter.title }.map(Route.init))
        }
        self.shapes = Schemas.all.sorted { $0.key < $1.key }.map { name, schema in
            Shape(name: name, shapeAbout: schema.about.plain, rows: Row.rows(of: schema))
        }
    }
}

extension APIPage.Route {
    init(_ operation: Operation) {
        self.id = operation.id
        self.method = operation.method
        self.path = "/api/v1/" + operation.path
        self.summary = operation.summary
        self.routeAbout = operation.about.plain
        self.audience =
            switch operation.audience {
            case nil: "Nobody"
            case .everybody: "Everybody"
            case .person(let scope): "Scope \(scope.rawValue)"
            case .guest: "Guests with a link"
            case .display: "Displays"
            case .applicant: "Displays that wait"
            }
        self.parameters =
            operation.parameters.map { .init($0, operation.parameter($0), place: "path") }
            + operation.query.map { .init($0.name, $0.schema, place: "query", isOptional: !$0.isRequired) }
            + operation.allHeaders.map { .init($0.name, $0.schema, place: "header", isOptional: !$0.isRequired) }
        var rows: [APIPage.Row] = []
        var (named, text): (APIPage.Row?, String?)
        switch operation.body {
        case nil: break
        case .bytes(let types, let about, _): text = "\(about) \(types.joined(separator: " or "))"
        case .json(let schema):
            if case .reference = schema.kind { named = .init("", schema) } else { rows = APIPage.Row.rows(of: schema) }
            if rows.isEmpty, named == nil { text = schema.about }
        }
        (self.body, self.bodyName, self.bodyText) = (rows, named, text)
        self.answers =
            operation.answers.map { answer in
                var (type, rows): (APIPage.Row?, [APIPage.Row]) = (nil, [])
                switch answer.content {
                case .none: break
                case .media(let name): type = .init(name: "", type: name)
                case .json(let schema):
                    if case .reference = schema.kind {
                        type = .init("", schema)
                    } else {
                        rows = APIPage.Row.rows(of: schema)
                    }
                }
                return .init(
                    status: answer.status, answerAbout: answer.about.plain ?? "", isGood: true, type: type, rows: rows)
            }
            + operation.allProblems.sorted { $0.key < $1.key }.map {
                .init(status: $0.key, answerAbout: $0.value.plain ?? "", isGood: false, type: nil, rows: [])
            }
    }
}

extension APIPage.Row {
    init(_ name: String, _ schema: Schema, place: String? = nil, isOptional: Bool = false) {
        self.init(
            name: name, type: schema.typeText, link: schema.link, rowAbout: schema.about.plain,
            place: place,
            isOptional: isOptional)
    }

    /// The members of an object, those of objects inside it behind a point.
    static func rows(of schema: Schema, below prefix: String = "") -> [APIPage.Row] {
        switch schema.kind {
        case .object(let members):
            members.flatMap { member in
                let name = prefix + member.name
                return [Self(name, member.schema, isOptional: !member.isRequired)]
                    + Self.rows(of: member.schema, below: name + (member.schema.isList ? "[]." : "."))
            }
        case .array(let element): Self.rows(of: element, below: prefix)
        case .either(let schemas): schemas.flatMap { Self.rows(of: $0, below: prefix) }
        default: []
        }
    }
}

extension Schema {
    fileprivate var isList: Bool {
        switch self.kind {
        case .array: true
        case .either(let schemas): schemas.contains(where: \.isList)
        default: false
        }
    }

    /// The named shape in it.
    fileprivate var link: String? {
        switch self.kind {
        case .reference(let name): name
        case .array(let element): element.link
        case .map(let values): values.link
        case .either(let schemas): schemas.lazy.compactMap(\.link).first
        default: nil
        }
    }

    /// In a few words; a named shape is said by ``link``.
    fileprivate var typeText: String {
        switch self.kind {
        case .text:
            if let choices { return choices.joined(separator: " | ") }
            return (self.format ?? "text") + self.bounds(" characters")
        case .integer: return "whole number" + self.bounds("")
        case .number: return "number" + self.bounds("")
        case .flag: return "true or false"
        case .null: return "null"
        case .any: return "anything"
        case .array(let element):
            let inner = element.typeText
            return "list" + self.bounds(" of them") + (inner.isEmpty || inner == "object" ? " of" : " of \(inner)")
        case .object: return "object"
        case .map: return "object by name"
        case .reference: return ""
        case .either(let schemas):
            let texts = schemas.map(\.typeText).filter { !$0.isEmpty && $0 != "null" }
            var seen: Set<String> = []
            let parts = texts.filter { seen.insert($0).inserted }
            let mayBeNull = schemas.contains { if case .null = $0.kind { true } else { false } }
            return parts.joined(separator: " or ") + (mayBeNull ? (parts.isEmpty ? "or null" : " or null") : "")
        }
    }

    private func bounds(_ unit: String) -> String {
        func plain(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
        return switch (self.least, self.most) {
        case (let least?, let most?): ", \(plain(least)) to \(plain(most))\(unit)"
        case (let least?, nil): ", \(plain(least))\(unit) at least"
        case (nil, let most?): ", \(plain(most))\(unit) at most"
        case (nil, nil): ""
        }
    }
}

extension Scope {
    /// What it lets one do.
    fileprivate var about: String {
        switch self {
        case .see: "Look at photos, albums, displays and what they show."
        case .photos: "Add, change and delete photos and albums."
        case .displays: "Change what displays show and how, and send them orders."
        case .administer: "Look after people, links and the server itself."
        }
    }
}

extension String {
    /// Without the marks around code, and nil where there is nothing.
    fileprivate var plain: String? { self.isEmpty ? nil : self.replacing("`", with: "") }
}
