import AsyncHTTPClient
import EtcdClient
import EtcdServer
import Foundation
import NIOCore
import NIOHTTP1
import PhotoLibrary
import TestSupport
import Testing

@testable import PhotoServer

/// The program's `backup` and `restore`, on a server that is at work.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BackupTests {
    private struct Display: Decodable {
        struct Etcd: Decodable {
            let user: String
            let password: String
            let ca: String?
        }
        let etcd: Etcd
    }

    private static let display =
        #"{"id":"hall","secret":"long enough a secret","name":"Hall","width":640,"height":360"#

    private func photoserver(_ arguments: [String], _ folder: String) async throws -> String {
        let log = "\(folder)/\(UUID().uuidString).log"
        let process = try ChildProcess(try BuiltProgram.photoserver, arguments, log: log)
        let status = try await process.finished(within: .seconds(120))
        guard status == 0 else { throw NotInTime(description: "\(arguments) ended with \(status): \(process.output)") }
        return process.output
    }

    /// Lets the display in by the file on the server's machine, as at its first start.
    private func admit(_ server: RunningServer) async throws -> Display {
        let token = try String(contentsOfFile: "\(server.folder)/data/display-token", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let (_, _, text) = try await server.send(
            .POST, "/api/v1/display/registrations", ["content-type": "application/json"],
            Self.display + #","token":"\#(token)"}"#)
        return try JSONDecoder().decode(Display.self, from: Data(text.utf8))
    }

    private func albumOfDisplay(
        _ server: RunningServer, _ session: HTTPHeaders, photos: Int
    ) async throws -> Int64 {
        struct Album: Decodable { let id: Int64 }
        let (_, _, made) = try await server.send(.POST, "/api/v1/albums", session, #"{"name":"Sea"}"#)
        let album = try JSONDecoder().decode(Album.self, from: Data(made.utf8)).id
        let changed = try await server.send(.PATCH, "/api/v1/displays/hall", session, #"{"album":\#(album)}"#)
        #expect(changed.0.code < 300, "\(changed.2)")
        return album
    }

    private func upload(_ number: Int, to album: Int64, _ server: RunningServer, _ session: HTTPHeaders) async throws {
        var request = HTTPClientRequest(url: "\(server.base)/api/v1/photos?filename=\(number).jpg&album=\(album)")
        request.method = .POST
        request.headers = session
        request.headers.replaceOrAdd(name: "content-type", value: "image/jpeg")
        request.body = .bytes(try TestPhoto.bytes(folder: server.folder, seed: number + 1))
        let answer = try await RunningServer.client.execute(request, timeout: .seconds(60))
        guard answer.status == .created else { throw NotInTime(description: "upload \(number): \(answer.status)") }
        _ = try await answer.body.collect(upTo: 1 << 20)
    }

    /// What the display finds with the credentials that it has kept.
    private func keys(of display: Display, _ server: RunningServer) async throws -> [String: String] {
        let ca = "\(server.folder)/display-ca.pem"
        try #require(display.etcd.ca).write(toFile: ca, atomically: true, encoding: .utf8)
        return try await withClient("https://127.0.0.1:\(server.storePort)") {
            $0.credentials = .init(user: display.etcd.user, password: display.etcd.password)
            $0.tls = .init(caFile: ca)
            $0.requestTimeout = .seconds(60)
        } _: { client in
            Dictionary(
                uniqueKeysWithValues: try await client.range(.prefix("/hall:")).keyValues.map {
                    ("\($0.key)", "\($0.value)")
                })
        }
    }

    @Test func `a backup made while 100 photos come in brings back library, store and the displays' logins`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let (first, second, backup) = ("\(folder)/first", "\(folder)/second", "\(folder)/backup")
            for path in [first, second] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            let (display, acknowledged) = try await RunningServer.withServer(storeHost: "0.0.0.0", folder: first) {
                server in
                let session = try await server.signIn()
                let display = try await self.admit(server)
                let album = try await self.albumOfDisplay(server, session, photos: 0)
                let done = Shared(0)
                let acknowledged = try await withThrowingTaskGroup(of: Void.self) { group in
                    for lane in 0..<4 {
                        group.addTask {
                            for number in stride(from: lane, to: 100, by: 4) {
                                try await self.upload(number, to: album, server, session)
                                done.update { $0 += 1 }
                            }
                        }
                    }
                    try await eventually("some photos being there") { done.get() >= 20 }
                    // Twice: the second finds the first one's files.
                    _ = try await self.photoserver(["backup", "--data", "\(first)/data", backup], folder)
                    let before = done.get()
                    #expect(before < 100, "the uploads were over before the backup began")
                    let said = try await self.photoserver(["backup", "--data", "\(first)/data", backup], folder)
                    #expect(said.contains("and the store"), "\(said)")
                    try await group.waitForAll()
                    return before
                }
                #expect(try await self.keys(of: display, server).count == 4)
                return (display, acknowledged)
            }

            // That server was killed; nobody runs the store now.
            let stopped = try await self.photoserver(
                ["backup", "--data", "\(first)/data", "\(folder)/other"], folder)
            #expect(stopped.contains("100 photos") && stopped.contains("and the store"), "\(stopped)")

            let said = try await self.photoserver(["restore", "--data", "\(second)/data", backup], folder)
            #expect(said.contains("and the store with"), "\(said)")
            #expect(
                try await self.photoserver(["check", "--data", "\(second)/data", "--read-all"], folder)
                    .contains("The library is sound."))
            // Before a server has looked at it, the display's keys and its user are in the store.
            let snapshot = "\(folder)/restored.snapshot"
            let isThere = try await EtcdServer.saveSnapshot(
                ofStopped: "\(second)/data/store", to: snapshot, logger: quietLogger)
            #expect(isThere)
            #expect(try EtcdServer.inspect(snapshot: snapshot).keyCount >= 4)

            try await RunningServer.withServer(storeHost: "0.0.0.0", folder: second) { server in
                let session = try await self.signInAgain(server)
                let keys = try await self.keys(of: display, server)
                #expect(keys.count == 4)
                struct Listed: Decodable { let photoCount: Int }
                let (_, _, albums) = try await server.send(.GET, "/api/v1/albums", session)
                let lists = try JSONDecoder().decode([String: [Listed]].self, from: Data(albums.utf8))
                let count = lists.values.joined().map(\.photoCount).max() ?? 0
                #expect(count >= acknowledged && count <= 100, "\(albums)")
                // The publisher agrees: the display's list is as long as its album, and nothing waits.
                try await eventually("the store saying what the library says", within: .seconds(60)) {
                    let list = try await self.keys(of: display, server).values.joined(separator: "\n")
                    let (_, _, hall) = try await server.send(.GET, "/api/v1/displays/hall", session)
                    return list.contains(".jpg") && !hall.contains(#""deliveryState":"waiting""#)
                }
            }
        }
    }

    @Test func `an etcd outside is named, and left to its own backup`() async throws {
        try await withTemporaryFolder { folder in
            let server = try await TestServer(folder: folder, mediator: "http://127.0.0.1:9")
            defer { try? server.library.close() }
            let (manifest, store) = try await ServerBackup.make(
                of: "\(folder)/data", to: "\(folder)/backup", logger: quietLogger)
            guard case .outside(let addresses) = store else {
                Issue.record("\(store)")
                return
            }
            #expect(addresses == ["http://127.0.0.1:9"])
            // The key that displays' passwords follow from is in it all the same.
            #expect(manifest.others.keys.sorted() == [DisplayLogins.keyFile])
        }
    }

    private func signInAgain(_ server: RunningServer) async throws -> HTTPHeaders {
        struct Session: Decodable { let csrfToken: String }
        let (_, headers, text) = try await server.send(
            .POST, "/api/v1/session", ["content-type": "application/json"],
            #"{"name":"ada","password":"four words in a row"}"#)
        let session = try JSONDecoder().decode(Session.self, from: Data(text.utf8))
        let cookie = headers["set-cookie"].first?.split(separator: ";").first.map(String.init) ?? ""
        return ["cookie": cookie, "x-csrf-token": session.csrfToken, "content-type": "application/json"]
    }
}
