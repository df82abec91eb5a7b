import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PhotoLibrary
import TestSupport
import Testing

@testable import PhotoServer

/// Requests that are sent again and have their effect once.
struct IdempotencyTests {
    private static let key = "6f1f6a3e-1c1b-4b52-a0c0-5a0b8d6f3a11"

    @Test func `the same request with the same key has one effect and one answer, also after a restart`() async throws {
        try await withTemporaryFolder { folder in
            var first: TestResponse?
            for _ in 0..<2 {
                let server = try await TestServer(folder: folder)
                defer { try? server.library.close() }
                let session = try await server.signIn().with(.idempotencyKey, Self.key)
                let before = first
                first = try await server.application.http().test(.router) { client in
                    let answer = try await client.send(.post, "/api/v1/albums", session, #"{"name":"Sea"}"#)
                    let again = try await client.send(.post, "/api/v1/albums", session, #"{"name":"Sea"}"#)
                    #expect(answer.status == .created && again.status == .created)
                    #expect(again.text == answer.text && again.headers[.location] == "/api/v1/albums/1")
                    #expect(again.headers[.idempotencyReplayed] == "true")
                    if let before { #expect(answer.text == before.text) }
                    let albums = try await server.library.albums()
                    #expect(albums.count == 1)
                    let audit = try await server.library.audit(before: nil, who: nil, limit: 10)
                    #expect(audit.count(where: { $0.action == "POST albums" }) == 1, "noted once")
                    return answer
                }
            }
        }
    }

    @Test func `the same key with another request, or by another person, is another matter`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn().with(.idempotencyKey, Self.key)
            #expect(try await client.send(.post, "/api/v1/albums", session, #"{"name":"Sea"}"#).status == .created)
            for (path, body) in [("albums", #"{"name":"Lake"}"#), ("groups", #"{"name":"Sea"}"#)] {
                let answer = try await client.send(.post, "/api/v1/\(path)", session, body)
                #expect(answer.status == .unprocessableContent && answer.problemCode == "key-used")
            }
            let editor = try await server.signIn(as: .editor).with(.idempotencyKey, Self.key)
            let taken = try await client.send(.post, "/api/v1/albums", editor, #"{"name":"Sea"}"#)
            #expect(taken.problemCode == "name-taken")
            let short = session.with(.idempotencyKey, "1")
            #expect(try await client.send(.post, "/api/v1/albums", short, #"{"name":"Pond"}"#).status == .badRequest)
        }
    }

    @Test func `of many equal requests at once one is carried out, and what was refused can be sent again`()
        async throws
    {
        try await withServer { server, client in
            let session = try await server.signIn().with(.idempotencyKey, Self.key)
            let answers = try await withThrowingTaskGroup(of: TestResponse.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await client.send(.post, "/api/v1/albums", session, #"{"name":"Sea"}"#) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for answer in answers where answer.status != .created {
                #expect(answer.status == .conflict && answer.problemCode == "request-under-way")
                #expect(answer.headers[.retryAfter] == "1")
            }
            #expect(Set(answers.filter { $0.status == .created }.map(\.text)).count == 1)
            #expect(try await server.library.albums().count == 1)

            let other = session.with(.idempotencyKey, Self.key + "-2")
            #expect(
                try await client.send(.post, "/api/v1/albums", other, #"{"name":"Sea"}"#).problemCode == "name-taken")
            _ = try await server.library.deleteAlbum(AlbumID(1))
            #expect(try await client.send(.post, "/api/v1/albums", other, #"{"name":"Sea"}"#).status == .created)
        }
    }

    @Test func `what was done when the server died is not done again`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn().with(.idempotencyKey, Self.key)
            let request = RequestKey(caller: "user 1", key: SecretToken.hash(of: Self.key))
            // As the route does it, to the point where the change is committed and nothing else.
            let body = #"{"name":"Sea"}"#
            let fingerprint = IdempotencyMiddleware.fingerprint("POST", "/api/v1/albums", body.utf8)
            #expect(try await server.library.noteRequest(request, fingerprint: fingerprint) == .none)
            _ = try await server.library.doing(request) { try await server.library.createAlbum(named: "Sea") }
            let answer = try await client.send(.post, "/api/v1/albums", session, body)
            #expect(answer.status == .conflict && answer.problemCode == "answer-lost")
            #expect(try await server.library.albums().count == 1)
        }
    }

    @Test func `an answer with a secret is not readable in the database`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn().with(.idempotencyKey, Self.key)
            let body = #"{"name":"a program","scopes":["see"]}"#
            let made = try await client.send(.post, "/api/v1/tokens", session, body)
            let secret = try #require(made.json["secret"] as? String)
            let again = try await client.send(.post, "/api/v1/tokens", session, body)
            #expect(again.json["secret"] as? String == secret)
            for file in ["library.sqlite", "library.sqlite-wal"] {
                let data = try Data(contentsOf: URL(fileURLWithPath: "\(server.folder)/data/\(file)"))
                #expect(data.range(of: Data(secret.utf8)) == nil, "\(file)")
                #expect(data.range(of: Data(Self.key.utf8)) == nil, "\(file)")
            }
        }
    }
}
