import EtcdClient
import Foundation
import Logging
import NIOHTTP1
import TestSupport
import Testing

@testable import PhotoServer

@Suite(.serialized, .timeLimit(.minutes(5)))
struct MediatorTests {
    private struct Answer: Decodable {
        struct Etcd: Decodable {
            let endpoints: [String]
            let ca: String?
        }
        let token: String
        let etcd: Etcd
    }

    /// Admits a display by the token of the data folder.
    private func admit(_ server: RunningServer) async throws -> Answer.Etcd {
        let token = try String(contentsOfFile: "\(server.folder)/data/display-token", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        // Its user is made in the store, which on a busy machine may take longer than one call does: it asks again then.
        return try await eventually("the display's credentials", within: .seconds(60)) {
            let (status, _, text) = try await server.send(
                .POST, "/api/v1/display/registrations", ["content-type": "application/json"],
                #"{"id":"hall","secret":"long enough a secret","width":640,"height":360,"token":"\#(token)"}"#)
            return status == .ok ? try JSONDecoder().decode(Answer.self, from: Data(text.utf8)).etcd : nil
        }
    }

    /// A login is slow on purpose, and more so where the cores belong to others.
    private static let patience = Duration.seconds(60)

    private func client(_ endpoint: String, ca: String?, password: String? = nil) throws -> EtcdClient {
        var configuration = try EtcdClient.Configuration(endpoints: endpoint)
        configuration.tls = ca.map { .init(caFile: $0) }
        configuration.credentials = password.map { .init(user: "root", password: $0) }
        configuration.requestTimeout = Self.patience
        return EtcdClient(configuration, logger: quietLogger)
    }

    private func password(_ folder: String) throws -> String {
        let path = folder + "/data/store/root-password"
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    @Test func `beyond this machine the store speaks TLS, and the server alone is its root`() async throws {
        try await withTemporaryFolder { folder in
            let first = try await RunningServer.withServer(storeHost: "0.0.0.0", folder: folder) { server in
                let etcd = try await self.admit(server)
                // As the display itself came by this address.
                #expect(etcd.endpoints == ["https://127.0.0.1:\(server.storePort)"])
                let ca = folder + "/given-ca.pem"
                try (etcd.ca ?? "").write(toFile: ca, atomically: true, encoding: .utf8)
                let stranger = try self.client(etcd.endpoints[0], ca: ca)
                await #expect(throws: EtcdError.self) { try await stranger.get("/hall:settings") }
                let password = try self.password(folder)
                #expect(!server.process.output.contains(password))
                let root = try self.client(etcd.endpoints[0], ca: ca, password: password)
                // What the server published came through its own login.
                try await eventually("the display's settings", within: .seconds(120)) {
                    try await root.get("/hall:settings") != nil
                }
                // Somebody locks the server out, by mistake or not.
                try await root.auth.changePassword(of: "root", to: "mine")
                await stranger.close()
                await root.close()
                return password
            }
            // From now on on loopback alone: the login stays, and the server is let in again.
            try await RunningServer.withServer(folder: folder) { server in
                #expect(try self.password(folder) == first)
                let endpoint = "http://127.0.0.1:\(server.storePort)"
                let stranger = try self.client(endpoint, ca: nil)
                await #expect(throws: EtcdError.self) { try await stranger.get("/hall:settings") }
                let root = try self.client(endpoint, ca: nil, password: first)
                #expect(try await root.get("/hall:settings") != nil)
                await stranger.close()
                await root.close()
            }
        }
    }

    @Test func `a given certificate is trusted by what it says of itself, whatever address the server comes by`()
        async throws
    {
        try await withTemporaryFolder { folder in
            // Self-signed, and for a name alone.
            let openssl = try ChildProcess(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=photos.example", "-addext", "subjectAltName=DNS:*.photos.example", "-keyout",
                    "\(folder)/own.key", "-out", "\(folder)/own.pem",
                ], log: "\(folder)/openssl.log")
            #expect(try await openssl.finished() == 0)
            let arguments = [
                "--etcd-listen-cert", "\(folder)/own.pem", "--etcd-listen-key", "\(folder)/own.key",
                "--display-etcd-endpoints", "https://etcd.photos.example:2379",
            ]
            try await RunningServer.withServer(storeHost: "0.0.0.0", folder: folder, arguments: arguments) { server in
                let etcd = try await self.admit(server)
                #expect(etcd.endpoints == ["https://etcd.photos.example:2379"])
                #expect(etcd.ca == (try String(contentsOfFile: "\(folder)/own.pem", encoding: .utf8)))
                var configuration = try EtcdClient.Configuration(endpoints: "https://127.0.0.1:\(server.storePort)")
                configuration.tls = .init(caFile: "\(folder)/own.pem", serverName: "etcd.photos.example")
                configuration.credentials = .init(user: "root", password: try self.password(folder))
                configuration.requestTimeout = Self.patience
                let root = EtcdClient(configuration, logger: quietLogger)
                try await eventually("the display's settings", within: .seconds(120)) {
                    try await root.get("/hall:settings") != nil
                }
                await root.close()
            }
        }
    }

    @Test(arguments: [
        (["--etcd-listen-cert", "a"], "belong together"), (["--etcd-ca", "a"], "needs --etcd-listen-cert"),
        (["--etcd-user", "root"], "there is none"),
        (["--etcd-listen-cert", "none.pem", "--etcd-listen-key", "none.pem"], "none.pem cannot be used"),
    ])
    func `what does not fit together is refused with the reason`(arguments: [String], text: String) async throws {
        try await withTemporaryFolder { folder in
            let process = try ChildProcess(
                BuiltProgram.photoserver,
                ["serve", "--data", folder + "/data", "--listen", "127.0.0.1:0", "--etcd-listen", "127.0.0.1:0"]
                    + arguments, log: folder + "/log")
            #expect(try await process.finished() != 0)
            #expect(process.output.contains(text), "\(process.output)")
        }
    }

    @Test(arguments: MediatorBackend.allCases)
    func `users are made and removed as often as one likes, and may do what was said last`(backend: MediatorBackend)
        async throws
    {
        try await backend.lend { endpoint in
            let credentials = EtcdClient.Credentials(user: "root", password: "secret")
            var configuration = try EtcdClient.Configuration(endpoints: endpoint)
            configuration.credentials = credentials
            configuration.requestTimeout = .seconds(60)
            let root = EtcdClient(configuration, logger: quietLogger)
            let users = MediatorUsers(client: root, credentials: credentials)
            #expect(try await !users.areAskedFor())
            try await users.set("root", password: "secret", permissions: [])
            try await root.auth.grantRole("root", to: "root")
            try await root.auth.enable()
            // Its token of the time without users is none.
            #expect(try await users.areAskedFor())
            let stranger = EtcdClient(try .init(endpoints: endpoint), logger: quietLogger)
            if backend != .etcd34 {
                #expect(try await MediatorUsers(client: stranger, credentials: nil).areAskedFor())
            }

            try await users.set(
                "display-hall", password: "one",
                permissions: [Permission(.readWrite, .prefix("/attic:")), Permission(.read, .prefix("/hall:"))])
            let hall: [Permission] = [
                Permission(.read, .prefix("/hall:")), Permission(.readWrite, .key("/status/hall")),
            ]
            for _ in 0..<2 { try await users.set("display-hall", password: "two", permissions: hall) }
            #expect(try await users.names().sorted() == ["display-hall", "root"])
            configuration.credentials = .init(user: "display-hall", password: "two")
            let display = EtcdClient(configuration, logger: quietLogger)
            #expect(try await display.get("/hall:settings") == nil)
            try await display.put("/status/hall", "{}")
            for key in ["/attic:settings", "/status/attic"] as [Key] {
                await #expect(throws: EtcdError.self) { try await display.get(key) }
            }
            await #expect(throws: EtcdError.self) { try await display.put("/hall:settings", "{}") }

            for _ in 0..<2 { try await users.remove("display-hall") }
            await #expect(throws: EtcdError.self) { try await display.get("/hall:settings") }
            #expect(try await users.names() == ["root"])
            #expect(try await !root.auth.roles().contains("display-hall"))
            for client in [root, stranger, display] { await client.close() }
        }
    }
}
