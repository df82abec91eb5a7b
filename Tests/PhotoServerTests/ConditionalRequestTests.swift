import HTTPTypes
import HummingbirdTesting
import NIOCore
import PhotoLibrary
import TestSupport
import Testing

@testable import PhotoServer

/// Entity tags, and changes that are made only to what was read.
struct ConditionalRequestTests {
    /// A thing, a change of it, and what both do to it.
    static let changes: [(path: String, method: HTTPRequest.Method, change: String, body: String?)] = [
        ("albums/1", .patch, "albums/1", #"{"name":"Lake"}"#),
        ("albums/1", .post, "albums/1/photos", #"{"photos":[2]}"#),
        ("albums/1", .delete, "albums/1/photos", #"{"photos":[1]}"#), ("albums/1", .delete, "albums/1", nil),
        ("photos/1", .delete, "photos/1", nil), ("displays/hall", .patch, "displays/hall", #"{"name":"Stairs"}"#),
        ("displays/hall", .delete, "displays/hall", nil), ("groups/1", .patch, "groups/1", #"{"inStep":true}"#),
        ("groups/1", .delete, "groups/1", nil),
        ("displays/hall/schedule", .put, "displays/hall/schedule", #"{"rules":[{"album":1}]}"#),
        ("groups/1/schedule", .put, "groups/1/schedule", #"{"rules":[{"album":1,"days":["sun"]}]}"#),
    ]

    /// Something of everything: photos 1 and 2, of which album 1 has the first; display `hall` in group 1.
    private static func fill(_ server: TestServer, _ client: any TestClientProtocol, _ session: HTTPFields) async throws
    {
        _ = try await server.album("Sea")
        let path = "\(server.folder)/second.jpg"
        try TestPhoto.make(path, seed: 7)
        _ = try await server.library.ingest(file: path)
        _ = try await server.admitDisplay()
        let group = try await client.send(.post, "/api/v1/groups", session, #"{"name":"Wall","displays":["hall"]}"#)
        #expect(group.status == .created)
        await server.parts.board.reload("hall")
    }

    @Test(arguments: ConditionalRequestTests.changes.indices)
    func `a change under the condition of a tag is made to what was read, and to nothing else`(index: Int) async throws
    {
        let (path, method, change, body) = Self.changes[index]
        try await withServer { server, client in
            let session = try await server.signIn()
            try await Self.fill(server, client, session)
            let read = try await client.send(.get, "/api/v1/\(path)", session)
            let tag = try #require(read.headers[.eTag])
            let known = try await client.send(.get, "/api/v1/\(path)", session.with(.ifNoneMatch, tag))
            #expect(known.status == .notModified && known.body.readableBytes == 0)

            let void = try await client.send(method, "/api/v1/\(change)", session.with(.ifMatch, "\"abc.def\""), body)
            #expect(void.status == .preconditionFailed && void.problemCode == "stale")
            #expect(try await client.send(.get, "/api/v1/\(path)", session).headers[.eTag] == tag, "nothing happened")
            let weak = try await client.send(method, "/api/v1/\(change)", session.with(.ifMatch, "W/\(tag)"), body)
            #expect(weak.status == .preconditionFailed)

            let list = "\"abc.def\", \(tag)"
            let done = try await client.send(method, "/api/v1/\(change)", session.with(.ifMatch, list), body)
            #expect(done.status.kind == .successful, "\(done.text)")
            let again = try await client.send(.get, "/api/v1/\(path)", session)
            #expect(again.headers[.eTag] != tag)
            // The second of two who read the same is told, unless the thing is gone.
            let late = try await client.send(method, "/api/v1/\(change)", session.with(.ifMatch, tag), body)
            #expect(late.status == (again.status == .notFound ? .notFound : .preconditionFailed), "\(late.text)")
            let any = try await client.send(method, "/api/v1/\(change)", session.with(.ifMatch, "*"), body)
            #expect(any.status == (again.status == .notFound ? .notFound : .ok))
        }
    }

    @Test func `of many who change the same at once under the same tag, one does`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.album("Sea")
            let tag = try #require(try await client.send(.get, "/api/v1/albums/1", session).headers[.eTag])
            let statuses = try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        try await client.send(
                            .patch, "/api/v1/albums/1", session.with(.ifMatch, tag), #"{"name":"Sea \#(number)"}"#
                        ).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count(where: { $0 == .ok }) == 1)
            #expect(statuses.count(where: { $0 == .preconditionFailed }) == 9)
        }
    }

    @Test func `a condition on a route that would not look at it is refused`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let answer = try await client.send(
                .post, "/api/v1/albums", session.with(.ifMatch, "\"x\""), #"{"name":"Sea"}"#)
            #expect(answer.status == .badRequest && answer.problemCode == "condition-not-known")
            #expect(try await server.library.albums().isEmpty)
        }
    }
}
