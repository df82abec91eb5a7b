import AsyncHTTPClient
import DisplayChannel
import EtcdClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import PhotoLibrary
import TestSupport

@testable import PhotoServer

/// The program with a mediator and many simulated displays, each part of which may be killed, cut off or set back.
struct WallHouse: Sendable {
    /// What became of a request.
    enum Answer: Sendable, Equatable {
        case acknowledged
        /// The server died, or was away: it may have happened.
        case unknown
    }

    let folder: String
    let displays: [SimulatedDisplay]
    let albums: [Int64]
    let photos: [(id: Int64, name: String)]
    private let port: Int
    private let session: HTTPHeaders
    /// Nil for the embedded store.
    private let etcdPort: Int?
    private let storePort: Int
    private let process = Shared<ChildProcess?>(nil)

    /// Makes the library of a server that is not running yet: displays, two albums, and somebody who is signed in.
    ///
    /// - Parameter etcdPort: Where the server finds etcd; nil for a store inside it.
    init(folder: String, displays count: Int, etcdPort: Int?) async throws {
        let server = try await TestServer(folder: folder)
        self.folder = folder
        self.displays = try (0..<count).map { number in
            guard let id = DisplayID("d\(number)") else { throw NotInTime(description: "no id") }
            return SimulatedDisplay(id)
        }
        for display in self.displays { _ = try await server.admitDisplay(display.id.text) }
        var albums: [Int64] = []
        for name in ["One", "Two"] { albums.append(try await server.album(name, photos: 2, seed: name.count).rawValue) }
        self.albums = albums
        self.photos = try await server.library.photos(limit: 10).photos.map { ($0.id.rawValue, $0.name) }
        var session = HTTPHeaders()
        for field in try await server.signIn() { session.add(name: field.name.rawName, value: field.value) }
        self.session = session
        try server.library.close()
        await server.parts.client.close()
        self.port = try FreePort.next()
        self.storePort = try FreePort.next()
        self.etcdPort = etcdPort
    }

    var page: String { "http://127.0.0.1:\(self.port)" }

    /// Where displays find the mediator, unless something stands between.
    var mediatorPort: Int { self.etcdPort ?? self.storePort }

    /// Starts the server and waits until it answers.
    ///
    /// - Parameter killedAt: Where the server kills itself, such as `publishPut:3` for the third time it comes there.
    func start(killedAt step: String? = nil) async throws {
        var arguments = ["serve", "--data", "\(self.folder)/data", "--listen", "127.0.0.1:\(self.port)"]
        if let etcdPort {
            arguments += ["--etcd-endpoints", "http://127.0.0.1:\(etcdPort)"]
        } else {
            arguments += ["--etcd-listen", "127.0.0.1:\(self.storePort)"]
        }
        let process = try ChildProcess(
            try BuiltProgram.photoserver, arguments, environment: step.map { ["VITRINE_KILL_AT": $0] } ?? [:],
            log: "\(self.folder)/server.log")
        self.process.set(process)
        try await eventually("the server answering", within: .seconds(40)) {
            // One that is to die may do so at once, on its way to what was left unfinished.
            if step != nil, !process.isRunning { return true }
            guard process.isRunning else { throw NotInTime(description: String(process.output.suffix(3000))) }
            return try await self.send(.GET, "/health", nil).0 == .ok
        }
    }

    var isRunning: Bool { self.process.get()?.isRunning ?? false }

    func kill() {
        self.process.get()?.kill()
        self.process.set(nil)
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: String?) async throws -> (HTTPResponseStatus, Data)
    {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(self.port)\(path)")
        request.method = method
        request.headers = self.session
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await RunningServer.client.execute(request, timeout: .seconds(8))
        return (response.status, Data(String(buffer: try await response.body.collect(upTo: 16 << 20)).utf8))
    }

    func change(_ display: Int, _ json: String) async -> Answer {
        guard let (status, _) = try? await self.send(.PATCH, "/api/v1/displays/d\(display)", json) else {
            return .unknown
        }
        return status == .ok ? .acknowledged : .unknown
    }

    func show(_ photo: Int64, on display: Int) async -> Answer {
        let body = "{\"photo\":\(photo)}"
        guard let (status, _) = try? await self.send(.POST, "/api/v1/displays/d\(display)/show", body) else {
            return .unknown
        }
        return status == .accepted ? .acknowledged : .unknown
    }

    /// A display as the page would show it.
    struct View: Decodable, Sendable {
        let id: String
        let name: String
        let album: Int64?
        let power: String
        let liveness: String
        let deliveryState: String
        let settings: [String: JSONValue]
    }

    func views() async throws -> [View] {
        struct List: Decodable { let displays: [View] }
        return try JSONDecoder().decode(List.self, from: try await self.send(.GET, "/api/v1/displays", nil).1).displays
    }

    /// Runs all displays while `body` does, each over a client of its own.
    func withDisplays<Value: Sendable>(
        endpoint: String, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            for display in self.displays {
                group.addTask {
                    let client = EtcdClient(try .init(endpoints: endpoint), logger: quietLogger)
                    _ = try? await display.run(client)  // ends by cancellation
                    await client.close()
                    return nil
                }
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
