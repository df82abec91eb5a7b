import DisplayChannel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import PhotoServer

/// That the API's description says what the routes are.
struct DescriptionTests {
    @Test func `every route of the API is described, and nothing else is`() async throws {
        try await withServer { server, _ in
            let routes = server.parts.router().routes.map { "\($0.method) \($0.path)" }
            #expect(
                Set(routes.filter { $0.contains(" /api/v1/") }) == Set(Operations.byRoute.keys))
            #expect(Set(Operations.all.map(\.id)).count == Operations.all.count, "operation ids are names")
            for operation in Operations.all {
                #expect(APIDescription.chapter(of: operation) != "Other", "\(operation.route)")
            }
        }
    }

    @Test func `who may use a route is described as the access rules have it`() throws {
        for operation in Operations.all {
            let rule = try #require(AuthorisationMatrixTests.rules["\(operation.method) /api/v1/\(operation.path)"])
            switch (rule, operation.audience) {
            case (.people, .person), (.change, .person), (.guest, .guest), (.display, .display), (.open, .everybody),
                (.open, .applicant):
                break
            default:
                Issue.record("\(operation.route): \(rule) is described as \(String(describing: operation.audience))")
            }
        }
    }

    @Test func `every shape that is referred to is there, and every shape is referred to`() {
        var used: Set<String> = []
        func look(_ schema: Schema) {
            switch schema.kind {
            case .reference(let name): used.insert(name)
            case .array(let inner), .map(let inner): look(inner)
            case .either(let schemas): schemas.forEach(look)
            case .object(let members): members.forEach { look($0.schema) }
            default: break
            }
        }
        for schema in Schemas.all.values { look(schema) }
        for operation in Operations.all {
            if case .json(let schema) = operation.body { look(schema) }
            for case .json(let schema) in operation.answers.map(\.content) { look(schema) }
        }
        #expect(used.union(["Problem"]) == Set(Schemas.all.keys))
    }

    @Test func `the description is for those who may look, and is not sent twice`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let answer = try await client.send(.get, "/api/v1/openapi.json", session)
            #expect(answer.headers[.contentType] == "application/json; charset=utf-8")
            #expect(answer.json["openapi"] as? String == "3.1.0")
            let tag = try #require(answer.headers[.eTag])
            let again = try await client.send(.get, "/api/v1/openapi.json", session.with(.ifNoneMatch, tag))
            #expect(again.status == .notModified && again.body.readableBytes == 0)
            #expect(try await client.send(.get, "/api/v1/openapi.json").problemCode == "sign-in-required")
        }
    }

    @Test(
        arguments: [
            ("GET", "photos?limit=0", nil, "limit"), ("GET", "photos?limit=many", nil, "limit"),
            ("GET", "photos?shelf=attic", nil, "shelf"), ("GET", "audit?before=x", nil, "before"),
            ("PATCH", "uploads/00000000-0000-0000-0000-000000000000", nil, "offset"),
            ("POST", "albums", #"{"name":"Sea","ruel":{}}"#, "ruel"), ("POST", "albums", #"{"name":7}"#, "name"),
            ("POST", "albums/1/photos", #"{"photos":["1"]}"#, "photos.0"),
            ("POST", "tokens", #"{"name":"x"}"#, "scopes"),
            ("POST", "photos/changes", #"{"photos":[],"change":{"stars":3}}"#, "change.stars"),
        ] as [(String, String, String?, String)])
    func `what is not as described is refused, and named`(
        method: String, path: String, body: String?, member: String
    ) async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let answer = try await client.send(
                try #require(HTTPRequest.Method(method)), "/api/v1/" + path, session, body)
            #expect(answer.status == .badRequest && answer.problemCode == "bad-request")
            #expect((answer.json["detail"] as? String)?.contains("\"\(member)\"") == true, "\(answer.text)")
        }
    }

    @Test func `a method that an address does not know is named so, with those that it knows`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let answer = try await client.send(.put, "/api/v1/albums/1", session, "{}")
            #expect(answer.status == .methodNotAllowed && answer.problemCode == "method-not-allowed")
            #expect(answer.headers[.allow] == "DELETE, GET, HEAD, PATCH")
            #expect(try await client.send(.put, "/api/v1/nothing", session).status == .notFound)
        }
    }

    @Test func `a schema finds what it does not allow`() throws {
        let schema = Schema.request(
            "",
            [
                .always("name", .text("", 1...3)), .maybe("count", .integer("", 1...5)),
                .maybe("kind", .choice("", ["a", "b"])), .maybe("tags", .array("", of: .text(), 0...1)),
            ])
        func look(_ json: String) throws -> SchemaMismatch? {
            schema.mismatch(try #require(JSONValue(Array(json.utf8))), .init(schemas: [:]))
        }
        #expect(try look(#"{"name":"x","count":null}"#) == nil)
        #expect(try look(#"{"name":"x","count":5,"kind":"a","tags":["t"]}"#) == nil)
        for (json, kind) in [
            ("[]", SchemaMismatch.Kind.shape), ("{}", .shape), (#"{"name":1}"#, .shape), (#"{"name":null}"#, .shape),
            (#"{"name":"x","count":1.5}"#, .shape), (#"{"name":"x","more":1}"#, .shape),
            (#"{"name":"x","tags":[1]}"#, .shape), (#"{"name":""}"#, .value), (#"{"name":"four"}"#, .value),
            (#"{"name":"x","count":6}"#, .value), (#"{"name":"x","kind":"c"}"#, .value),
            (#"{"name":"x","tags":["a","b"]}"#, .value),
        ] {
            #expect(try look(json)?.kind == kind, "\(json)")
        }
    }
}
