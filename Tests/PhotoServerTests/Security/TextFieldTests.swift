import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import PhotoServer

/// That no text which somebody may send was forgotten by ``ScriptTests``: the list comes from the API's description.
struct TextFieldTests {
    /// Those that are hostile in ``ScriptHouse``.
    static let attacked: Set<String> = [
        "makeAlbum.name", "makeAlbum.rule.value", "changePhotos.change.name", "changePhotos.change.title",
        "changePhotos.change.caption", "changePhotos.change.addKeywords", "makeToken.name", "beginUpload.filename",
        "uploadPhoto?filename", "makeUploadLink.label", "changeDisplay.name", "changeDisplay.settings.description",
        "changeDisplay.settings.log_level", "makeGroup.name", "registerDisplay.name", "pairDisplay.name", "signIn.name",
        "sendStatus", "listPhotos?text", "listPhotos?camera", "listPhotos?keyword",
    ]

    /// Those that are no free texts: what is sent as them is refused, see below.
    static let refused: [String: (method: HTTPRequest.Method, path: String, body: String)] = {
        func settings(_ name: String) -> (HTTPRequest.Method, String, String) {
            (.patch, "displays/hall", #"{"settings":{"\#(name)":?}}"#)
        }
        func line(_ owner: String, _ member: String) -> (HTTPRequest.Method, String, String) {
            (.put, "\(owner)/schedule", #"{"rules":[{"album":1,"\#(member)":?}]}"#)
        }
        return [
            "changeDisplay.settings.brightness": settings("brightness"),
            "changeDisplay.settings.contrast": settings("contrast"),
            "changeDisplay.settings.saturation": settings("saturation"),
            "changeDisplay.settings.interval_base": settings("interval_base"),
            "changeDisplay.settings.time_zone": settings("time_zone"),
            "changeDisplay.settings.language": settings("language"),
            "changeGroup.displays": (.patch, "groups/1", #"{"displays":[?]}"#),
            "makeGroup.displays": (.post, "groups", #"{"name":"x","displays":[?]}"#),
            "changePhotos.change.taken": (.post, "photos/changes", #"{"photos":[1],"change":{"taken":?}}"#),
            "pairDisplay.code": (.post, "pairings", #"{"code":?}"#),
            "pairDisplay.replaces": (.post, "pairings", #"{"code":"ABCDEF","replaces":?}"#),
            "setDisplaySchedule.rules.firstDay": line("displays/hall", "firstDay"),
            "setDisplaySchedule.rules.lastDay": line("displays/hall", "lastDay"),
            "setGroupSchedule.rules.firstDay": line("groups/1", "firstDay"),
            "setGroupSchedule.rules.lastDay": line("groups/1", "lastDay"),
            "getPlan?at": (.get, "displays/hall/plan?at=?", ""),
            "listPhotos?after": (.get, "photos?after=?", ""),
        ]
    }()

    /// Those that another one stands for, or that are shown nowhere.
    static let spared: [String: String] = [
        "changeAlbum.name": "kept as makeAlbum.name", "changeAlbum.rule.value": "kept as makeAlbum.rule.value",
        "previewRule.rule.value": "compared with photos", "beginGuestUpload.filename": "kept as beginUpload.filename",
        "changeDisplay.settings.name": "kept as changeDisplay.name", "changeGroup.name": "kept as makeGroup.name",
        "changePhotos.change.keywords": "kept as addKeywords", "changePhotos.change.removeKeywords": "compared",
        "renameKeyword.from": "compared", "renameKeyword.to": "kept as addKeywords",
        "changePassword.present": "compared by its hash", "changePassword.password": "kept as a hash",
        "signIn.password": "compared by its hash", "registerDisplay.secret": "kept as a hash",
        "registerDisplay.token": "compared", "getPreview?v": "looked at by browsers' caches alone",
        "getThumbnail?v": "looked at by browsers' caches alone", "listAudit?who": "compared",
        "listKeywords?prefix": "compared", "listDisplayPhotos?text": "compared", "explainPhoto?photo": "compared",
        "followEvents?after": "compared", "followEvents?display": "compared",
    ]

    /// The texts of a body that are neither one of a few words nor held to a pattern.
    private static func texts(_ schema: Schema, _ name: String, within references: Set<String> = []) -> Set<String> {
        switch schema.kind {
        case .text: schema.choices == nil && schema.pattern == nil && schema.format == nil ? [name] : []
        case .any: [name]
        case .array(let element), .map(let element): Self.texts(element, name, within: references)
        case .either(let schemas): schemas.reduce(into: []) { $0.formUnion(Self.texts($1, name, within: references)) }
        // Described elsewhere.
        case .object(let members) where members.isEmpty: [name]
        case .object(let members):
            members.reduce(into: []) {
                // A rule within a rule is no other field.
                let isWrapper = ["all", "any", "not"].contains($1.name)
                $0.formUnion(Self.texts($1.schema, isWrapper ? name : "\(name).\($1.name)", within: references))
            }
        case .reference(let reference):
            if references.contains(reference) {
                []
            } else {
                Schemas.all[reference].map { Self.texts($0, name, within: references.union([reference])) } ?? []
            }
        case .integer, .number, .flag, .null: []
        }
    }

    @Test func `every text of the API's description is attacked, or spared for a reason`() {
        var all: Set<String> = []
        for operation in Operations.all {
            if case .json(let schema) = operation.body { all.formUnion(Self.texts(schema, operation.id)) }
            for query in operation.query { all.formUnion(Self.texts(query.schema, "\(operation.id)?\(query.name)")) }
        }
        let known = Self.attacked.union(Self.spared.keys).union(Self.refused.keys)
        #expect(all.subtracting(known).sorted() == [], "texts that nobody has thought of")
        #expect(known.subtracting(all).sorted() == [], "texts that are no more")
        #expect(known.count == Self.attacked.count + Self.spared.count + Self.refused.count)
        #expect(Self.spared.values.allSatisfy { !$0.isEmpty })
    }

    @Test func `what is no free text is refused, in an answer that no browser takes for a page`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.admitDisplay()
            _ = try await server.album()
            _ = try await client.send(.post, "/api/v1/groups", session, #"{"name":"Wall","displays":["hall"]}"#)
            let short = "<svg onload=ran=1>"
            for (field, (method, path, body)) in Self.refused.sorted(by: { $0.key < $1.key }) {
                for text in [HostileText.of(field), short] {
                    let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
                    let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    let query = path.split(separator: "?", maxSplits: 1)
                    let uri = query.count == 2 ? "\(query[0])?\(query[1].replacing("?", with: encoded))" : path
                    let answer = try await client.send(
                        method, "/api/v1/\(uri)", session, body.isEmpty ? nil : body.replacing("?", with: quoted))
                    #expect([400, 403, 404, 409, 422].contains(answer.status.code), "\(field): \(answer.text)")
                    #expect(answer.problemCode != nil && answer.headers[.xContentTypeOptions] == "nosniff", "\(field)")
                }
            }
        }
    }

    /// Pages by the router: what a page is called there, with something in place of its parameters.
    @Test(.timeLimit(.minutes(1)))
    func `every page has a strict policy, and every answer with what somebody wrote says that it is no page`()
        async throws
    {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.admitDisplay()
            _ = try await server.album()
            _ = try await client.send(.post, "/api/v1/groups", session, #"{"name":"Wall","displays":["hall"]}"#)
            var pages: Set<String> = []
            for route in server.parts.router().routes where route.method == .get {
                guard route.path != "/api/v1/events" else { continue }
                let uri = "\(route.path)".replacing("/displays/{id}", with: "/displays/hall").replacing(
                    "{id}", with: "1"
                )
                .replacing("{name}", with: "app.css").replacing("{code}", with: "ABCDEF")
                for headers in [session, [:]] {
                    let answer = try await client.send(.get, uri, headers)
                    let type = answer.headers[.contentType] ?? ""
                    #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(uri)")
                    let policy = answer.headers[.contentSecurityPolicy] ?? ""
                    #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "\(uri)")
                    guard type.hasPrefix("text/html") else { continue }
                    pages.insert("\(route.path)")
                    for directive in [
                        "script-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
                    ] {
                        #expect(policy.contains(directive), "\(uri)")
                    }
                    #expect(!policy.contains("*") && !policy.contains("http"), "\(uri)")
                    #expect(answer.headers[.frameOptions] == "DENY" && answer.headers[.referrerPolicy] == "same-origin")
                    #expect(answer.headers[.crossOriginOpenerPolicy] == "same-origin", "\(uri)")
                    #expect(answer.headers[.permissionsPolicy] != nil, "\(uri)")
                    // Nothing in it that such a policy would have to forbid.
                    let text = answer.text
                    #expect(!text.contains(/\son[a-z]+=/) && !text.contains("javascript:"), "\(uri)")
                    #expect(!text.contains(/\sstyle="/) && !text.contains("<style"), "\(uri)")
                    for script in text.matches(of: /<script[^>]*>/) {
                        #expect(
                            script.output.contains("src=\"/static/") || script.output.contains("application/json"),
                            "\(uri)")
                    }
                }
            }
            let rules = AuthorisationMatrixTests.rules.filter { $0.key.hasPrefix("GET ") && $0.value == .page }
            let asked = Set(rules.keys.map { String($0.dropFirst("GET ".count)) }).subtracting(["/"])
            #expect(asked.isSubset(of: pages), "\(asked.subtracting(pages))")
            #expect(pages.isSuperset(of: ["/signin", "/setup", "/invite", "/reset", "/guest", "/display"]), "\(pages)")
        }
    }
}
