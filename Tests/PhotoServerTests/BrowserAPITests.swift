import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PhotoLibrary
import Renditions
import TestSupport
import Testing

@testable import PhotoServer

struct BrowserAPITests {
    @Test func `albums are made, filled, emptied, renamed and deleted`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let made = try await client.send(.post, "/api/v1/albums", session, #"{"name":"Holiday"}"#)
            #expect(made.status == .created)
            let id = try #require(made.json["id"] as? Int)
            let taken = try await client.send(.post, "/api/v1/albums", session, #"{"name":"holiday"}"#)
            #expect(taken.status == .conflict && taken.problemCode == "name-taken")

            let uploaded = try await client.execute(
                uri: "/api/v1/photos?filename=dune%201.jpg", method: .post, headers: session,
                body: try TestPhoto.bytes(folder: server.folder)
            ) { $0 }
            #expect(uploaded.status == .created)
            let photo = try #require((uploaded.json["photo"] as? [String: Any])?["id"] as? Int)
            let filled = try await client.send(
                .post, "/api/v1/albums/\(id)/photos", session, #"{"photos":[\#(photo)]}"#)
            #expect(filled.json["photoCount"] as? Int == 1)
            let listed = try await client.send(.get, "/api/v1/photos?album=\(id)", session)
            #expect((listed.json["photos"] as? [[String: Any]])?.first?["name"] as? String == "dune 1.jpg")
            let thumbnail = try await client.send(.get, "/api/v1/photos/\(photo)/thumbnail", session)
            #expect(thumbnail.status == .ok && thumbnail.headers[.contentType] == "image/jpeg")

            let emptied = try await client.send(
                .delete, "/api/v1/albums/\(id)/photos", session, #"{"photos":[\#(photo)]}"#)
            #expect(emptied.json["photoCount"] as? Int == 0)
            let renamed = try await client.send(.patch, "/api/v1/albums/\(id)", session, #"{"name":"Sea"}"#)
            #expect(renamed.json["name"] as? String == "Sea")
            #expect(try await client.send(.delete, "/api/v1/albums/\(id)", session).json["edit"] != nil)
            #expect(try await client.send(.get, "/api/v1/albums/\(id)", session).problemCode == "album-not-found")
        }
    }

    @Test func `the same file twice is one photo`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let body = try TestPhoto.bytes(folder: server.folder)
            var answers: [TestResponse] = []
            for _ in 0..<2 {
                answers.append(
                    try await client.execute(
                        uri: "/api/v1/photos?filename=a.jpg", method: .post, headers: session, body: body
                    ) { $0 })
            }
            #expect(answers.map(\.status) == [.created, .ok])
            #expect(answers[1].json["duplicate"] as? Bool == true)
            #expect(try await server.library.photoCount() == 1)
        }
    }

    @Test(arguments: [
        ("photo.jpg", "this is no photo", 415, "unsupported-format"), ("photo.jpg", "", 422, "empty"),
        ("", "x", 400, "bad-request"), ("photo.svg", "<svg onload='alert(1)'/>", 415, "unsupported-format"),
    ])
    func `what is no photo is refused with a reason, and nothing is left of it`(
        filename: String, body: String, status: Int, code: String
    ) async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let answer = try await client.send(.post, "/api/v1/photos?filename=\(filename)", session, body)
            #expect(answer.status.code == status)
            #expect(answer.problemCode == code)
            #expect(try await server.library.photoCount() == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: server.folder + "/data/incoming").isEmpty)
        }
    }

    @Test func `a body that is too large, no JSON or of another type is refused`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let large = #"{"name":""# + String(repeating: "x", count: 2 << 20) + #""}"#
            #expect(try await client.send(.post, "/api/v1/albums", session, large).status == .contentTooLarge)
            #expect(try await client.send(.post, "/api/v1/albums", session, "{").problemCode == "bad-request")
            #expect(try await client.send(.post, "/api/v1/albums", session, "{}").text.contains("name"))
            let form = session.with(.contentType, "application/x-www-form-urlencoded")
            #expect(try await client.send(.post, "/api/v1/albums", form, "name=x").status == .unsupportedMediaType)
            let many = #"{"photos":["# + Array(repeating: "1", count: 5001).joined(separator: ",") + "]}"
            #expect(try await client.send(.post, "/api/v1/albums/1/photos", session, many).status == .badRequest)
        }
    }

    @Test func `a display takes a new name, album, power and some settings; the others stay`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.admitDisplay()
            let album = try await server.album()
            let body = """
                {"name":"Hall","album":\(album.rawValue),"power":"off",
                 "settings":{"interval_time":45,"fit":"cover","rotation":90}}
                """
            let changed = try await client.send(.patch, "/api/v1/displays/hall", session, body)
            #expect(changed.status == .ok)
            #expect(changed.json["name"] as? String == "Hall")
            #expect(changed.json["album"] as? Int == Int(album.rawValue))
            #expect(changed.json["power"] as? String == "off")
            #expect(changed.json["deliveryState"] as? String == "waiting")
            let settings = try #require(changed.json["settings"] as? [String: Any])
            #expect(settings["interval_time"] as? Int == 45)
            #expect(settings["transition"] as? String == "crossfade")
            let record = try #require(try await server.library.display("hall"))
            #expect(record.fit == .cover && record.rotation == .quarter)

            let one = try await client.send(
                .patch, "/api/v1/displays/hall", session, #"{"settings":{"interval_units":"minutes"}}"#)
            let kept = try #require(one.json["settings"] as? [String: Any])
            #expect(kept["interval_time"] as? Int == 45 && kept["interval_units"] as? String == "minutes")
            #expect(kept["fit"] as? String == "cover")

            let none = try await client.send(.patch, "/api/v1/displays/hall", session, #"{"album":null}"#)
            #expect(none.json["album"] == nil || none.json["album"] is NSNull)
        }
    }

    @Test(arguments: [
        (#"{"settings":{"interval_time":-1}}"#, 422, "setting-invalid"),
        (#"{"settings":{"rotation":45}}"#, 422, "setting-invalid"),
        (#"{"settings":{"nonsense":1}}"#, 422, "setting-unknown"),
        (#"{"album":4711}"#, 404, "not-found"), (#"{"power":"blue"}"#, 400, "bad-request"),
        (#"{"name":""}"#, 422, "invalid-name"),
    ])
    func `a change that cannot be is refused whole`(body: String, status: Int, code: String) async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.admitDisplay()
            let before = try await server.library.display("hall")
            let answer = try await client.send(.patch, "/api/v1/displays/hall", session, body)
            #expect(answer.status.code == status)
            #expect(answer.problemCode == code)
            #expect(try await server.library.display("hall") == before)
        }
    }

    @Test func `an order while the store is away is refused at once, and says so`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.admitDisplay()
            let answer = try await client.send(.post, "/api/v1/displays/hall/next", session)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.problemCode == "mediator-unavailable")
        }
    }

    @Test func `names of others cannot put anything into a page`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let hostile = #"</title><script>alert("x")</script>{{csrfToken}}'><img src=x onerror=alert(1)>"#
            _ = try await server.admitDisplay()
            _ = try await server.library.updateDisplay("hall") { $0.name = String(hostile.prefix(100)) }
            _ = try await server.library.admitDisplay(
                NewDisplay(id: "attic", name: String(hostile.prefix(100)), secretHash: "x", width: 640, height: 360))
            let album = try await server.library.createAlbum(named: hostile)
            let path = "\(server.folder)/x.jpg"
            try TestPhoto.make(path)
            _ = try await server.library.ingest(file: path, filename: hostile + ".jpg", into: album.id)
            await server.parts.board.reload("hall")
            await server.parts.board.reload("attic")
            for uri in [
                "/displays", "/pair", "/photos", "/albums", "/albums/\(album.id.rawValue)",
                "/photos?album=%3Cscript%3E",
            ] {
                let text = try await client.send(.get, uri, session).text
                #expect(!text.contains("<script>alert"), "\(uri)")
                #expect(!text.contains("<img src=x"), "\(uri)")
                #expect(!text.contains("'><img"), "\(uri)")
            }
            let signIn = try await client.send(.get, "/signin?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
            #expect(!signIn.text.contains("<script>alert"))
        }
    }

    @Test func `the scripts and the style sheet are asked for again only when they changed`() async throws {
        try await withServer { _, client in
            let first = try await client.send(.get, "/static/wall.js")
            #expect(first.headers[.contentType] == "text/javascript; charset=utf-8")
            let tag = try #require(first.headers[.eTag])
            #expect(try await client.send(.get, "/static/wall.js", [.ifNoneMatch: tag]).status == .notModified)
            #expect(try await client.send(.get, "/static/../secret").status == .notFound)
        }
    }
}
