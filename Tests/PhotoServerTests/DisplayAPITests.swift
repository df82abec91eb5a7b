import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PhotoLibrary
import Renditions
import TestSupport
import Testing

@testable import PhotoServer

struct DisplayAPITests {
    private let json: HTTPFields = [.contentType: "application/json"]

    private func registration(_ id: String, token: String? = nil, secret: String? = nil) throws -> String {
        var members: [String: Any] = [
            "id": id, "secret": secret ?? TestServer.secret(of: id), "name": "Screen \(id)", "kind": "browser",
            "width": 640, "height": 360,
        ]
        members["token"] = token
        return String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
    }

    @Test func `a display that shows the local token is let in at once, and the token is used up`() async throws {
        try await withServer { server, client in
            let path = server.parts.localToken.path
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            let token = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
            let first = try await client.send(
                .post, "/api/v1/display/registrations", self.json, try self.registration("hall", token: token))
            #expect(first.status == .ok)
            #expect(first.json["state"] as? String == "approved")
            let bearer = try #require(first.json["token"] as? String)
            #expect(try String(contentsOfFile: path, encoding: .utf8) != token + "\n")

            let second = try await client.send(
                .post, "/api/v1/display/registrations", self.json, try self.registration("attic", token: token))
            #expect(second.status == .accepted)

            // Only the hash is kept.
            let record = try #require(try await server.library.display("hall"))
            #expect(record.tokenHash == SecretToken.hash(of: bearer))
        }
    }

    @Test(arguments: [
        #"{"id":"a/b"}"#, #"{"id":"hall","secret":"short","width":640,"height":360}"#,
        #"{"id":"hall","secret":"long enough a secret","width":0,"height":360}"#,
        #"{"id":"hall","secret":"long enough a secret","width":640,"height":99999}"#, "[]", "nonsense",
    ])
    func `a registration that makes no sense is refused`(body: String) async throws {
        try await withServer { server, client in
            let answer = try await client.send(.post, "/api/v1/display/registrations", self.json, body)
            #expect(answer.status == .badRequest)
            #expect(try await server.library.displays().isEmpty)
        }
    }

    @Test func `a display reaches its own photos and playlists, and no other display's`() async throws {
        try await withServer { server, client in
            let hall = try await server.admitDisplay("hall")
            let attic = try await server.admitDisplay("attic")
            try await server.give(try await server.album("Hall", photos: 2, seed: 1), to: "hall")
            try await server.give(try await server.album("Attic", photos: 1, seed: 5), to: "attic")
            let publication = try #require(try await server.library.publication(for: "hall"))
            let playlist = publication.playlist
            let rendition = try #require(playlist.renditions.first)
            let name = try #require(playlist.names.first)
            let paths = ["playlists/\(playlist.sha256)", "photos/\(rendition.text)", "photos/by-name/\(name)"]
            for path in paths {
                let own = try await client.send(.get, "/api/v1/display/\(path)", .bearer(hall))
                #expect(own.status == .ok, "\(path)")
                #expect(own.body.readableBytes > 0)
                let other = try await client.send(.get, "/api/v1/display/\(path)", .bearer(attic))
                #expect(other.status == .notFound, "\(path)")
            }
            // A display that was removed is out at once.
            let session = try await server.signIn()
            _ = try await client.send(.delete, "/api/v1/displays/hall", session)
            for path in paths {
                #expect(try await client.send(.get, "/api/v1/display/\(path)", .bearer(hall)).status == .unauthorized)
            }
        }
    }

    @Test func `a rendition can be had in parts, and not again when it is known`() async throws {
        try await withServer { server, client in
            let hall = try await server.admitDisplay("hall")
            try await server.give(try await server.album())
            let rendition = try #require(try await server.library.publication(for: "hall")?.playlist.renditions.first)
            let uri = "/api/v1/display/photos/\(rendition.text)"
            let whole = try await client.send(.get, uri, .bearer(hall))
            #expect(whole.headers[.cacheControl]?.contains("immutable") == true)
            #expect(whole.headers[.contentType] == "image/jpeg")
            let size = whole.body.readableBytes

            let part = try await client.send(.get, uri, .bearer(hall).with(.range, "bytes=10-19"))
            #expect(part.status == .partialContent)
            #expect(part.headers[.contentRange] == "bytes 10-19/\(size)")
            #expect(part.body == whole.body.getSlice(at: 10, length: 10))
            let tag = try #require(whole.headers[.eTag])
            let known = try await client.send(.get, uri, .bearer(hall).with(.ifNoneMatch, tag))
            #expect(known.status == .notModified)
            let past = try await client.send(.get, uri, .bearer(hall).with(.range, "bytes=\(size)-"))
            #expect(past.status == .rangeNotSatisfiable)
        }
    }

    @Test func `a picture of the screen goes from the display that was asked to the person who asked`() async throws {
        try await withServer { server, client in
            let hall = try await server.admitDisplay("hall")
            let attic = try await server.admitDisplay("attic")
            let session = try await server.signIn()
            let request = try server.parts.pictures.expect(from: "hall")
            let picture = try TestPhoto.bytes(folder: server.folder)
            func deliver(_ bearer: String, _ body: ByteBuffer) async throws -> TestResponse {
                try await client.execute(
                    uri: "/api/v1/display/screen/\(request)", method: .put, headers: .bearer(bearer), body: body
                ) { $0 }
            }
            #expect(try await deliver(attic, picture).status == .notFound)
            #expect(try await deliver(hall, ByteBuffer(string: "<script>")).status == .unsupportedMediaType)
            async let shown = client.send(.get, "/api/v1/displays/hall/picture/\(request)", session)
            #expect(try await deliver(hall, picture).status == .noContent)
            let answer = try await shown
            #expect(answer.status == .ok && answer.body == picture)
            #expect(try await deliver(hall, picture).status == .notFound)
        }
    }
}

struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-9", ByteRange.satisfiable(0...9)), ("bytes=5-", .satisfiable(5...99)),
        ("bytes=-10", .satisfiable(90...99)), ("bytes=-1000", .satisfiable(0...99)),
        ("bytes=90-1000", .satisfiable(90...99)), ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
    ])
    func `one range is read`(header: String, range: ByteRange) {
        #expect(ByteRange(header: header, size: 100) == range)
    }

    @Test(arguments: ["bytes=", "bytes=-", "bytes=9-5", "bytes=a-b", "items=0-1", "bytes=0-1,5-6", "bytes=+1-2", ""])
    func `anything else means the whole`(header: String) {
        #expect(ByteRange(header: header, size: 100) == nil)
    }
}
