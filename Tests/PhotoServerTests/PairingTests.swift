import EtcdClient
import Foundation
import HTTPTypes
import HummingbirdTesting
import PhotoLibrary
import TestSupport
import Testing

@testable import PhotoServer

/// Letting a display in by the code on its screen, over HTTP.
struct PairingTests {
    /// Registers a display and returns what the server says.
    private func register(
        _ id: String, _ client: any TestClientProtocol, secret: String? = nil, kind: String = "browser"
    ) async throws -> TestResponse {
        let members: [String: Any] = [
            "id": id, "secret": secret ?? TestServer.secret(of: id), "name": "Screen \(id)", "kind": kind,
            "width": 640, "height": 360,
        ]
        let body = String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
        return try await client.send(
            .post, "/api/v1/display/registrations", [.contentType: "application/json"], body)
    }

    private func wait(_ id: String, _ client: any TestClientProtocol) async throws -> TestResponse {
        try await client.send(.get, "/api/v1/display/registrations/\(id)", .bearer(TestServer.secret(of: id)))
    }

    @Test func `somebody types the code, and the waiting display hears of it at once`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let pending = try await self.register("attic", client)
            #expect(pending.status == .accepted)
            #expect(pending.json["registration"] as? String == "attic")
            let code = try #require(pending.json["code"] as? String)
            #expect(pending.json["expiresInSeconds"] as? Int == 599 || pending.json["expiresInSeconds"] as? Int == 600)
            #expect((pending.json["pairingURL"] as? String)?.hasSuffix("/pair?code=\(code)") == true)
            #expect(try await server.library.displays().isEmpty, "a stranger wrote into the database")

            let found = try await client.send(.get, "/api/v1/pairings/\(code.lowercased())", session)
            #expect(found.json["name"] as? String == "Screen attic" && found.json["width"] as? Int == 640)

            async let waiting = self.wait("attic", client)
            let album = try await server.library.createAlbum(named: "Sea").id
            let paired = try await client.send(
                .post, "/api/v1/pairings", session,
                #"{"code":"\#(code)","name":"Attic","album":\#(album.rawValue)}"#)
            #expect(paired.status == .created)
            #expect(paired.json["name"] as? String == "Attic")
            #expect(paired.json["album"] as? Int64 == album.rawValue)
            let answer = try await waiting
            #expect(answer.status == .ok)
            let token = try #require(answer.json["token"] as? String)
            #expect(answer.json["etcd"] == nil, "a browser has no use for the store")

            // The answer was lost; the display asks again with its secret, and the first token is void.
            let again = try await self.wait("attic", client)
            let newToken = try #require(again.json["token"] as? String)
            let name = "/api/v1/display/photos/by-name/x.jpg"
            #expect(try await client.send(.get, name, .bearer(token)).status == .unauthorized)
            #expect(try await client.send(.get, name, .bearer(newToken)).status == .notFound)
            // The code is used up.
            let twice = try await client.send(.post, "/api/v1/pairings", session, #"{"code":"\#(code)"}"#)
            #expect(twice.status == .notFound && twice.problemCode == "code-unknown")
        }
    }

    @Test func `another secret, a removed display and an unknown one learn nothing`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let code = try #require(try await self.register("attic", client).json["code"] as? String)
            let stolen = try await self.register("attic", client, secret: "another secret, just as long")
            #expect(stolen.status == .forbidden && stolen.json["code"] as? String == "another-display")
            for (id, secret) in [("attic", "wrong secret, long enough"), ("cellar", TestServer.secret(of: "cellar"))] {
                let answer = try await client.send(.get, "/api/v1/display/registrations/\(id)", .bearer(secret))
                #expect(answer.status == .notFound)
            }
            _ = try await client.send(.post, "/api/v1/pairings", session, #"{"code":"\#(code)"}"#)
            #expect(try await client.send(.delete, "/api/v1/displays/attic", session).status == .noContent)
            #expect(try await self.wait("attic", client).status == .notFound)
            // Its id is never used again.
            #expect(try await self.register("attic", client).status == .gone)
        }
    }

    @Test func `of many who type one code at once, one gets the display`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let code = try #require(try await self.register("attic", client).json["code"] as? String)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await client.send(
                            .post, "/api/v1/pairings", session, #"{"code":"\#(code)","name":"Attic \#(number)"}"#
                        ).status.code
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 201 }.count == 1)
            #expect(statuses.filter { $0 == 404 }.count == 7)
            #expect(try await server.library.displays().count == 1)
        }
    }

    @Test func `a pairing that fails leaves the code good`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let code = try #require(try await self.register("attic", client).json["code"] as? String)
            for wrong in [#"{"code":"\#(code)","album":77}"#, #"{"code":"\#(code)","replaces":"nobody"}"#] {
                #expect(try await client.send(.post, "/api/v1/pairings", session, wrong).status == .notFound)
            }
            let paired = try await client.send(.post, "/api/v1/pairings", session, #"{"code":"\#(code)"}"#)
            #expect(paired.status == .created)
        }
    }

    @Test func `wrong guesses end after ten, and what is no code is no guess`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let code = try #require(try await self.register("attic", client).json["code"] as? String)
            for _ in 0..<20 {
                let answer = try await client.send(.get, "/api/v1/pairings/K7M4P0", session)
                #expect(answer.status == .unprocessableContent && answer.problemCode == "code-malformed")
            }
            for symbol in PairingCode.symbols.prefix(10) {
                let answer = try await client.send(
                    .get, "/api/v1/pairings/\(String(repeating: symbol, count: 6))", session)
                #expect(answer.status == .notFound)
            }
            // The right one comes too late.
            let late = try await client.send(.post, "/api/v1/pairings", session, #"{"code":"\#(code)"}"#)
            #expect(late.status == .tooManyRequests && late.problemCode == "too-many-guesses")
            #expect(Int(late.headers[.retryAfter] ?? "") ?? 0 > 200)
            #expect(try await server.library.displays().isEmpty)
        }
    }

    @Test func `a new display takes the place of a broken one`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let old = try await server.admitDisplay("hall")
            let album = try await server.album()
            try await server.give(album)
            _ = try await server.library.updateDisplay("hall") { $0.name = "Hall" }
            let code = try #require(try await self.register("hall-2", client).json["code"] as? String)
            let paired = try await client.send(
                .post, "/api/v1/pairings", session, #"{"code":"\#(code)","replaces":"hall"}"#)
            #expect(paired.status == .created)
            #expect(paired.json["name"] as? String == "Hall" && paired.json["id"] as? String == "hall-2")
            #expect(paired.json["album"] as? Int64 == album.rawValue)
            let name = "/api/v1/display/photos/by-name/x.jpg"
            #expect(try await client.send(.get, name, .bearer(old)).status == .unauthorized)
            let list = try await client.send(.get, "/api/v1/displays", session)
            #expect((list.json["displays"] as? [Any])?.count == 1)
        }
    }

    @Test func `strangers cannot fill the list of waiting displays without end`() async throws {
        try await withServer { server, client in
            var statuses: [Int] = []
            for number in 0..<(RequestLimits.pendingDisplays + 3) {
                statuses.append(try await self.register("d\(number)", client).status.code)
            }
            // All come from one address here.
            #expect(statuses.filter { $0 == 202 }.count == 20)
            #expect(statuses.last == 503)
            #expect(try await server.library.displays().isEmpty)
        }
    }

    @Test func `the page takes the code of a QR code, and shows nobody else's input`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let text = try await client.send(.get, "/pair?code=k7m-4px", session).text
            #expect(text.contains(#"value="K7M4PX""#))
            let hostile = try await client.send(.get, "/pair?code=%22%3E%3Cscript%3E", session).text
            #expect(!hostile.contains("\"><script>"))
            let stranger = try await client.send(.get, "/pair?code=K7M4PX", [:])
            #expect(stranger.headers[.location] == "/signin?next=/pair%3Fcode%3DK7M4PX")
        }
    }
}
