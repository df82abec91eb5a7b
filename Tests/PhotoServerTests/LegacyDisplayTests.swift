import AsyncHTTPClient
import DisplayChannel
import EtcdClient
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import PhotoServer

/// The older system's display, as a program of our own that does what that one does: registers by form, downloads by
/// name, and follows its keys with python's etcd3 without a login.
@Suite(.serialized, .timeLimit(.minutes(3))) struct LegacyDisplayTests {
    private func withLegacyServer(_ body: (RunningServer, Int) async throws -> Void) async throws {
        let guests = try FreePort.next()
        try await RunningServer.withServer(
            arguments: ["--legacy-displays", "--legacy-etcd-listen", "127.0.0.1:\(guests)"]
        ) { try await body($0, guests) }
    }

    private func photo(_ server: RunningServer, _ session: HTTPHeaders, seed: Int, album: Int) async throws -> String {
        let bytes = try TestPhoto.bytes(folder: server.folder, seed: seed)
        let name = "photo-\(seed).jpg"
        var headers = session
        headers.replaceOrAdd(name: "content-type", value: "application/octet-stream")
        var request = HTTPClientRequest(url: server.base + "/api/v1/photos?filename=\(name)&album=\(album)")
        request.method = .POST
        request.headers = headers
        request.body = .bytes(bytes)
        let response = try await RunningServer.client.execute(request, timeout: .seconds(60))
        #expect((200..<300).contains(response.status.code))
        return name
    }

    private func makeAlbum(_ server: RunningServer, _ session: HTTPHeaders) async throws -> Int {
        let (_, _, text) = try await server.send(.POST, "/api/v1/albums", session, #"{"name":"Sea"}"#)
        struct Album: Decodable { let id: Int }
        return try JSONDecoder().decode(Album.self, from: Data(text.utf8)).id
    }

    @Test func `an older display registers, gets its photos, and follows its keys without a login`() async throws {
        try await self.withLegacyServer { server, guests in
            let session = try await server.signIn()
            let album = try await self.makeAlbum(server, session)
            let names = [
                try await self.photo(server, session, seed: 1, album: album),
                try await self.photo(server, session, seed: 2, album: album),
            ]
            let id = "0a1b2c3d-0000-4000-8000-00000000000f"
            let script = server.folder + "/older_display.py"
            try Data(Self.script.utf8).write(to: URL(fileURLWithPath: script))
            let display = try ChildProcess(
                PythonTools.python, [script, server.base, String(guests), id],
                environment: ["GRPC_VERBOSITY": "NONE"], log: server.folder + "/older_display.log")
            defer { display.kill() }
            func prints(_ line: String) async throws {
                try await eventually("the display printing \(line)", within: .seconds(100)) {
                    guard display.output.contains(line) else { throw NotInTime(description: display.output) }
                    return true
                }
            }
            try await prints("registered \(id) []")
            try await prints("watching")
            let path = "/api/v1/displays/\(id)"
            _ = try await server.send(.PATCH, path, session, #"{"album":\#(album),"name":"Kitchen"}"#)
            try await prints(#"images ["photo-1.jpg", "photo-2.jpg"]"#)
            for name in names { try await prints("downloaded \(name) True") }
            _ = try await server.send(.PATCH, path, session, #"{"settings":{"brightness":0.5,"fit":"cover"}}"#)
            try await prints(#"settings brightness '0.500' fit False"#)
            _ = try await server.send(.POST, path + "/next", session, "{}")
            _ = try await server.send(.POST, path + "/next", session, "{}")
            try await prints("change_photo forward\nchange_photo forward")
            for order in ["pause", "identify", "picture"] {
                #expect(try await server.send(.POST, path + "/\(order)", session, "{}").0 == .conflict)
            }
            _ = try await server.send(.PATCH, path, session, #"{"power":"off"}"#)
            try await prints("power_state off")

            // What was put for it: plain arrays, no playlist, commands without a lease.
            let root = try server.storeAsRoot()
            let keys = try await root.range(.prefix(Key("/\(id):")))
            let topics = keys.keyValues.compactMap { DisplayKey.parse($0.key)?.topic }
            #expect(Set(topics) == [.settings, .images, .powerState, .changePhoto])
            #expect(keys.keyValues.allSatisfy { $0.lease == nil })
            // Comparing everything again changes nothing: the display would draw anew each time.
            let revision = keys.revision
            let again = try await server.send(
                .POST, "/register", ["user-agent": "photoviewer"], "pkid=\(id)&freespace=5")
            #expect(again.2 == #"["\#(id)",["photo-1.jpg","photo-2.jpg"]]"#)
            #expect(
                try await root.range(.prefix(Key("/\(id):"))).keyValues.map(\.modRevision).max() ?? revision <= revision
            )
            await root.close()

            // Removed: it is let in nowhere, and was sent no value that is none.
            _ = try await server.send(.DELETE, path, session)
            try await eventually("the guest losing its keys") {
                let guest = EtcdClient(try .init(endpoints: "http://127.0.0.1:\(guests)"), logger: quietLogger)
                defer { Task { await guest.close() } }
                do {
                    _ = try await guest.range(.prefix(Key("/\(id):")))
                    return false
                } catch let error as EtcdError { return error.code == .permissionDenied }
            }
            #expect(try await server.send(.POST, "/register", ["user-agent": "photoviewer"], "pkid=\(id)").0 == .gone)
            #expect(display.isRunning, "\(display.output)")
            #expect(!display.output.contains("Traceback"), "\(display.output)")
        }
    }

    @Test func `guests read the older displays' keys, and nothing else`() async throws {
        try await self.withLegacyServer { server, guests in
            let session = try await server.signIn()
            _ = try await server.admitBrowser("hall")
            // The store's login may take its time on a busy machine.
            let text = try await eventually("the registration", within: .seconds(90)) {
                let answer = try await server.send(
                    .POST, "/register", ["user-agent": "photoviewer/1"], "pkid=attic&freespace=1")
                return answer.0 == .ok ? answer.2 : nil
            }
            let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any]
            let id = try #require(answer?.first as? String)
            #expect(DisplayID(id) != nil && (answer?.last as? [Any])?.isEmpty == true)
            let guest = EtcdClient(try .init(endpoints: "http://127.0.0.1:\(guests)"), logger: quietLogger)
            let own = KeyRange.prefix(Key("/\(id):"))
            try await eventually("its keys") { try await guest.range(own).keyValues.count == 3 }
            @Sendable func refused(_ what: String, _ work: @Sendable () async throws -> Void) async {
                let error = await #expect(throws: EtcdError.self, "\(what)") { try await work() }
                #expect(
                    [.permissionDenied, .unimplemented].contains(error?.code), "\(what): \(String(describing: error))")
            }
            for range in [
                KeyRange.all, .prefix("/"), .prefix("/hall:"), .prefix("/status/"), .key(Key("/status/\(id)")),
            ] {
                await refused("range \(range)") { _ = try await guest.range(range) }
                await refused("watch \(range)") { for try await _ in guest.watch(range) {} }
                await refused("delete \(range)") { _ = try await guest.delete(range) }
            }
            await refused("put") { _ = try await guest.put(Key("/\(id):settings"), "{}") }
            await refused("delete its own") { _ = try await guest.delete(own) }
            await refused("put in a transaction") {
                _ = try await guest.transaction(Transaction(compares: [], success: [.put(Key("/\(id):images"), "[]")]))
            }
            await refused("compact") { try await guest.compact(to: Revision(1)) }
            await refused("lease") { _ = try await guest.grantLease(ttl: .seconds(5)) }
            await refused("users") { _ = try await guest.auth.users() }
            await refused("switching the login off") { try await guest.auth.disable() }
            await guest.close()
            // By the store's own address nobody comes without a login.
            let stranger = EtcdClient(try .init(endpoints: "http://127.0.0.1:\(server.storePort)"), logger: quietLogger)
            await #expect(throws: EtcdError.self) { try await stranger.range(own) }
            await stranger.close()

            // A display with credentials is not to be taken over by its id, nor its photos by their names.
            let agent: HTTPHeaders = ["user-agent": "photoviewer"]
            #expect(try await server.send(.POST, "/register", agent, "pkid=hall").0 == .forbidden)
            #expect(try await server.send(.POST, "/register", agent, "pkid=a/b").0 == .badRequest)
            #expect(try await server.send(.POST, "/register", [:], "pkid=attic").0 == .forbidden)
            let album = try await self.makeAlbum(server, session)
            let name = try await self.photo(server, session, seed: 3, album: album)
            _ = try await server.send(.PATCH, "/api/v1/displays/hall", session, #"{"album":\#(album)}"#)
            #expect(try await server.send(.GET, "/download/\(name)").0 == .notFound)
            #expect(try await server.send(.GET, "/download/..%2F..%2Fetc%2Fpasswd").0 == .notFound)
            #expect(server.process.output.contains("without any credentials"))
            #expect(try await server.send(.GET, "/displays", session).2.contains("--legacy-displays"))
        }
    }

    @Test func `without the flag there is no such thing`() async throws {
        try await withServer { _, client in
            let register = try await client.send(.post, "/register", [.userAgent: "photoviewer"], "pkid=a")
            #expect(register.status == .notFound)
            let download = try await client.send(.get, "/download/x.jpg")
            #expect(download.status == .notFound)
        }
    }

    @Test(arguments: [
        ("0.0.0.0", "127.0.0.1", nil), ("127.0.0.1", "0.0.0.0", nil),
        ("127.0.0.1", "127.0.0.1", "https://photos.example"), ("127.0.0.1", nil, nil),
    ])
    func `what lets everybody in wants to be asked for by name`(listen: String, guests: String?, url: String?) throws {
        var configuration = PhotoServerConfiguration(
            dataDirectory: "/nowhere", listen: .init(host: listen, port: 8080),
            mediator: .embedded(.init(address: .init(host: "127.0.0.1", port: 2379))))
        configuration.tls = .init(certificateFile: "a", keyFile: "b")
        configuration.allowsLegacyDisplays = true
        configuration.legacyStoreAddress = guests.map { .init(host: $0, port: 2380) }
        configuration.publicURL = url.flatMap { URL(string: $0) }
        let error = #expect(throws: PhotoServerConfigurationError.self) { try configuration.validate() }
        #expect(error?.message.contains("--legacy") == true)
        guard guests != nil else { return }
        configuration.insecure = true
        try configuration.validate()
    }

    /// Written after the description of what the older display does; nothing of it is that program's.
    private static let script = """
        import json, sys, time, urllib.error, urllib.parse, urllib.request
        import etcd3

        base, port, pkid = sys.argv[1], int(sys.argv[2]), sys.argv[3]

        def say(*words):
            print(*words, flush=True)

        def fetch(path, form=None):
            data = urllib.parse.urlencode(form).encode() if form else None
            request = urllib.request.Request(base + path, data=data, headers={"User-Agent": "photoviewer"})
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read()

        for _ in range(90):
            try:
                pkid, names = json.loads(fetch("/register", {"pkid": pkid, "freespace": "12345"}))
                break
            except urllib.error.HTTPError as error:
                # The store may be late on a busy machine.
                if error.code != 503:
                    raise
                time.sleep(1)
        say("registered", pkid, names)
        client = etcd3.client(host="127.0.0.1", port=port, timeout=10)
        events, cancel = client.watch_prefix("/" + pkid + ":")
        for value, metadata in client.get_prefix("/" + pkid + ":"):
            json.loads(value)
        say("watching")
        for event in events:
            topic = event.key.decode().split(":", 1)[1]
            # As it is: an empty value is no JSON, and the end of this program.
            value = json.loads(event.value)
            if topic == "images":
                say("images", json.dumps(value))
                for name in value:
                    photo = fetch("/download/" + urllib.parse.quote(name))
                    say("downloaded", name, photo[:3] == b"\\xff\\xd8\\xff")
            elif topic == "settings":
                say("settings brightness", repr(value["brightness"]), "fit", "fit" in value)
            else:
                say(topic, value)
        """
}
