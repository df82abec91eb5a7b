import DisplayChannel
import EtcdClient
import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import PhotoLibrary
import Renditions
import TestSupport
import Testing

@testable import PhotoServer

/// What a display was given, tried on everything that is not its own; on genuine etcd and on the embedded store.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct DisplayCredentialsTests {
    private static let root = EtcdClient.Credentials(user: "root", password: "a root's password")

    /// Lends a mediator that asks for logins.
    private func withMediator(_ store: MediatorBackend, _ body: @Sendable @escaping (String) async throws -> Void)
        async throws
    {
        try await store.lend { endpoint in
            var configuration = try EtcdClient.Configuration(endpoints: endpoint)
            configuration.requestTimeout = .seconds(60)
            let client = EtcdClient(configuration, logger: quietLogger)
            try await client.auth.addUser("root", password: Self.root.password)
            try await client.auth.addRole("root")
            try await client.auth.grantRole("root", to: "root")
            try await client.auth.enable()
            await client.close()
            try await body(endpoint)
        }
    }

    /// A server on that mediator.
    private func withSecuredServer(
        _ store: MediatorBackend,
        _ body: @Sendable @escaping (TestServer, any TestClientProtocol, String) async throws -> Void
    ) async throws {
        try await self.withMediator(store) { endpoint in
            try await withServer(mediator: endpoint) { configuration in
                guard case .external(var client) = configuration.mediator else { return }
                client.credentials = Self.root
                configuration.mediator = .external(client)
            } _: { server, client in
                try await body(server, client, endpoint)
            }
        }
    }

    private struct Answer: Decodable {
        struct Etcd: Decodable {
            let endpoints: [String]
            let user: String
            let password: String
        }
        let token: String
        let etcd: Etcd
    }

    /// Lets a viewer in by its code, as a person does.
    private func pair(
        _ id: String, _ server: TestServer, _ client: any TestClientProtocol
    ) async throws -> Answer {
        let body = """
            {"id":"\(id)","secret":"\(TestServer.secret(of: id))","width":640,"height":360}
            """
        let pending = try await client.send(
            .post, "/api/v1/display/registrations", [.contentType: "application/json"], body)
        let code = try #require(pending.json["code"] as? String)
        let paired = try await client.send(
            .post, "/api/v1/pairings", try await server.signIn(), #"{"code":"\#(code)"}"#)
        #expect(paired.status == .created)
        return try await self.ask(id, client)
    }

    private func ask(_ id: String, _ client: any TestClientProtocol) async throws -> Answer {
        let answer = try await client.send(
            .get, "/api/v1/display/registrations/\(id)", .bearer(TestServer.secret(of: id)))
        #expect(answer.status == .ok, "\(answer.text)")
        return try JSONDecoder().decode(Answer.self, from: Data(answer.body.readableBytesView))
    }

    private func connect(_ endpoint: String, _ etcd: Answer.Etcd) throws -> EtcdClient {
        var configuration = try EtcdClient.Configuration(endpoints: endpoint)
        configuration.credentials = .init(user: etcd.user, password: etcd.password)
        configuration.requestTimeout = .seconds(60)
        return EtcdClient(configuration, logger: quietLogger)
    }

    /// Watches until it is refused; one that is let in ends after a while with another error.
    private static func watch(_ range: KeyRange, _ client: EtcdClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for try await _ in client.watch(range) {} }
            group.addTask {
                try await Task.sleep(for: .seconds(30))
                throw NotInTime(description: "the watch was not refused")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    @Test(arguments: MediatorBackend.allCases)
    func `a display's login opens its own keys and nothing else`(store: MediatorBackend) async throws {
        try await self.withSecuredServer(store) { server, client, endpoint in
            let hall = try await self.pair("hall", server, client)
            _ = try await self.pair("hall-2", server, client)
            #expect(hall.etcd.endpoints == [endpoint] && hall.etcd.user == "display-hall")
            try await server.publishAll()
            let display = try self.connect(endpoint, hall.etcd)
            // Its own.
            #expect(try await display.range(.prefix("/hall:")).keyValues.count == 4)
            let lease = try await display.grantLease(ttl: .seconds(15))
            _ = try await display.put("/status/hall", "{}", lease: lease.id)
            _ = try await display.renewLease(lease.id)
            #expect(try await display.get("/status/hall") != nil)

            @Sendable func refused(_ what: String, _ work: @Sendable () async throws -> Void) async {
                do {
                    try await work()
                    Issue.record("\(what) was not refused")
                } catch {
                    #expect((error as? EtcdError)?.code == .permissionDenied, "\(what): \(error)")
                }
            }
            let foreign: [Key] = [
                "/hall-2:settings", "/hall-2:playlist", "/status/hall-2", "/status/", "/status/hall2", "/status/hal",
                "/hall", "/hall;", "/", "\0", "/halm:settings", "foo",
            ]
            for key in foreign {
                await refused("get \(key)") { _ = try await display.get(key) }
                await refused("put \(key)") { _ = try await display.put(key, "{}") }
                await refused("delete \(key)") { _ = try await display.delete(.key(key)) }
                await refused("watch \(key)") { try await Self.watch(.key(key), display) }
            }
            for topic in Topic.allCases {
                let key = Key("/hall:\(topic.rawValue)")
                await refused("put \(key)") { _ = try await display.put(key, "1") }
                await refused("delete \(key)") { _ = try await display.delete(.key(key)) }
                await refused("put \(key) in a transaction") {
                    _ = try await display.transaction(Transaction(compares: [], success: [.put(key, "1")]))
                }
            }
            for range in [
                KeyRange.all, .prefix("/"), .prefix("/hall"), .prefix("/status/"), .from("/hall:"),
                .range("/hall:", "/hall<"), .range("/hall9", "/hall;"), .range("/status/hall", "/status/hall1"),
            ] {
                await refused("range \(range)") { _ = try await display.range(range) }
                await refused("delete \(range)") { _ = try await display.delete(range) }
                // Etcds without the correction of GHSA-xg4h-6gfc-h4m8, as these are, take a watch of "this key and all
                // after it" for one of this key alone.
                if store == .embedded || range != .from("/hall:") {
                    await refused("watch \(range)") { try await Self.watch(range, display) }
                }
                await refused("range \(range) in a transaction") {
                    _ = try await display.transaction(Transaction(compares: [], success: [.range(range)]))
                }
            }
            await refused("compare a foreign key") {
                _ = try await display.transaction(
                    Transaction(compares: [.modRevision(of: "/hall-2:settings", .equal, Revision(0))], success: []))
            }
            // Administration.
            await refused("users") { _ = try await display.auth.users() }
            await refused("roles") { _ = try await display.auth.roles() }
            await refused("add user") { try await display.auth.addUser("eve", password: "x") }
            await refused("grant") {
                try await display.auth.grant(Permission(.readWrite, .all), to: hall.etcd.user)
            }
            await refused("grant role") { try await display.auth.grantRole("root", to: hall.etcd.user) }
            await refused("password of another") {
                try await display.auth.changePassword(of: "display-hall-2", to: "x")
            }
            await refused("role of another") { _ = try await display.auth.permissions(of: "display-hall-2") }
            await refused("disable") { try await display.auth.disable() }
            await display.close()
        }
    }

    @Test(arguments: MediatorBackend.allCases)
    func `asking again cuts nobody off, what is missing is made again, and a removed display is out`(
        store: MediatorBackend
    )
        async throws
    {
        try await self.withSecuredServer(store) { server, client, endpoint in
            let first = try await self.pair("hall", server, client)
            try await server.publishAll()
            let display = try self.connect(endpoint, first.etcd)
            #expect(try await display.get("/hall:settings") != nil)
            let again = try await self.ask("hall", client)
            #expect(again.etcd.password == first.etcd.password && again.token != first.token)
            #expect(try await display.get("/hall:settings") != nil)

            // An etcd that was set back knows nothing of it, or half; or somebody changed what there is.
            var configuration = try EtcdClient.Configuration(endpoints: endpoint)
            configuration.credentials = Self.root
            configuration.requestTimeout = .seconds(60)
            let root = EtcdClient(configuration, logger: quietLogger)
            let damages: [@Sendable () async throws -> Void] = [
                { try await root.auth.deleteUser("display-hall") },
                { try await root.auth.deleteRole("display-hall") },
                { try await root.auth.changePassword(of: "display-hall", to: "something else") },
                {
                    try await root.auth.revokePermission(on: .prefix("/hall:"), from: "display-hall")
                    try await root.auth.grant(Permission(.readWrite, .prefix("/")), to: "display-hall")
                    try await root.auth.grantRole("root", to: "display-hall")
                },
            ]
            for damage in damages {
                try await damage()
                _ = try await self.ask("hall", client)
                let mended = try self.connect(endpoint, first.etcd)
                #expect(try await mended.get("/hall:settings") != nil)
                await #expect(throws: EtcdError.self) { try await mended.put("/hall:settings", "{}") }
                await mended.close()
            }

            _ = try await display.put("/status/hall", "{}")
            let session = try await server.signIn()
            #expect(try await client.send(.delete, "/api/v1/displays/hall", session).status == .noContent)
            try await server.publishAll()
            #expect(try await root.auth.users() == ["root"])
            #expect(try await root.auth.roles() == ["root"])
            #expect(try await root.range(.prefix("/")).keyValues.isEmpty)
            await #expect(throws: EtcdError.self) { try await display.get("/hall:settings") }
            #expect(try await server.library.displaysToRetire().isEmpty)
            for one in [display, root] { await one.close() }
        }
    }

    @Test func `where the store asks for no login, no user is handed out`() async throws {
        try await withEtcd { etcd in
            try await withServer(mediator: etcd.endpoint) { server, client in
                let body = #"{"id":"hall","secret":"long enough a secret","width":640,"height":360}"#
                let pending = try await client.send(
                    .post, "/api/v1/display/registrations", [.contentType: "application/json"], body)
                let code = try #require(pending.json["code"] as? String)
                _ = try await client.send(
                    .post, "/api/v1/pairings", try await server.signIn(), #"{"code":"\#(code)"}"#)
                let answer = try await client.send(
                    .get, "/api/v1/display/registrations/hall", .bearer("long enough a secret"))
                let given = try #require(answer.json["etcd"] as? [String: Any])
                #expect(given["user"] == nil && given["password"] == nil)
                #expect(given["endpoints"] as? [String] == [etcd.endpoint])
            }
        }
    }

    @Test func `with the store away, a display waits for its login and gets it later`() async throws {
        try await withServer { server, client in
            let pending = try await client.send(
                .post, "/api/v1/display/registrations", [.contentType: "application/json"],
                #"{"id":"hall","secret":"long enough a secret","width":640,"height":360}"#)
            let code = try #require(pending.json["code"] as? String)
            let paired = try await client.send(
                .post, "/api/v1/pairings", try await server.signIn(), #"{"code":"\#(code)"}"#)
            #expect(paired.status == .created)
            let answer = try await client.send(
                .get, "/api/v1/display/registrations/hall", .bearer("long enough a secret"))
            #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] != nil)
            // It is known all the same, and needs no new code.
            #expect(try await server.library.display("hall") != nil)
        }
    }

    @Test func `a display's token opens none of the pages, none of the API, and nothing of another display`()
        async throws
    {
        try await withServer { server, client in
            let hall = try await server.admitDisplay("hall")
            _ = try await server.admitDisplay("attic")
            let album = try await server.album("Attic", photos: 1)
            try await server.give(album, to: "attic")
            let playlist = try #require(try await server.library.publication(for: "attic")?.playlist)
            let rendition = try #require(playlist.renditions.first)
            let name = try #require(playlist.names.first)
            for path in ["playlists/\(playlist.sha256)", "photos/\(rendition.text)", "photos/by-name/\(name)"] {
                #expect(try await client.send(.get, "/api/v1/display/\(path)", .bearer(hall)).status == .notFound)
            }
            let request = try server.parts.pictures.expect(from: "attic")
            let picture = try await client.execute(
                uri: "/api/v1/display/screen/\(request)", method: .put, headers: .bearer(hall),
                body: try TestPhoto.bytes(folder: server.folder)
            ) { $0 }
            #expect(picture.status == .notFound)
            for (route, rule) in AuthorisationMatrixTests.rules where rule == .people || rule == .change {
                let parts = route.split(separator: " ")
                let method = try #require(HTTPRequest.Method(String(parts[0])))
                let uri = parts[1].replacing("{id}", with: "attic").replacing("{request}", with: request)
                    .replacing("{code}", with: "K7M4PX")
                let answer = try await client.send(method, String(uri), .bearer(hall))
                #expect(answer.status == .unauthorized, "\(route)")
            }
        }
    }
}
