import EtcdClient
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import PhotoLibrary
import Renditions
import Synchronization
import TestSupport

@testable import PhotoServer

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A photo server in a folder of its own, put together but not running.
struct TestServer: Sendable {
    let application: PhotoServerApplication
    let folder: String

    var parts: PhotoServerParts { self.application.parts }
    var library: PhotoLibrary { self.parts.library }

    static let user = "ada"
    static let password = "four words in a row"

    /// Opens the server in `folder`. Its mediator is `endpoint`, or nobody.
    init(
        folder: String, mediator endpoint: String = "http://127.0.0.1:9",
        _ configure: (inout PhotoServerConfiguration) -> Void = { _ in }
    ) async throws {
        var client = try EtcdClient.Configuration(endpoints: endpoint)
        client.requestTimeout = endpoint.hasSuffix(":9") ? .milliseconds(50) : .seconds(60)
        var configuration = PhotoServerConfiguration(
            dataDirectory: folder + "/data", listen: .init(host: "127.0.0.1", port: 0), mediator: .external(client))
        configuration.worker = .init(executable: try BuiltProgram.photoserver)
        configuration.scrypt = ScryptParameters(logRounds: 4, blockSize: 8, parallelism: 1)
        configure(&configuration)
        self.application = try await PhotoServerApplication(configuration, logger: quietLogger)
        self.folder = folder
        try self.parts.localToken.renew()
        _ = try await self.parts.accounts.prepareSetup()
    }

    /// Signs in, making the administrator first where there is none, and returns what a browser would send.
    func signIn() async throws -> HTTPFields {
        if let token = try await self.parts.accounts.prepareSetup() {
            _ = try await self.parts.accounts.createAdministrator(
                name: Self.user, password: Self.password, token: token)
        }
        let new = try await self.parts.accounts.signIn(name: Self.user, password: Self.password, address: "test")
        return [
            .cookie: "vitrine-session=\(new.token)", .csrfToken: new.session.csrfToken,
            .contentType: "application/json",
        ]
    }

    /// Registers a display with the local token, and returns its bearer token. A browser, unless told otherwise: for a
    /// viewer, the mediator must be there to give it a login.
    func admitDisplay(_ id: String = "hall", kind: String = "browser", width: Int = 640, height: Int = 360) async throws
        -> String
    {
        let token = try String(contentsOfFile: self.parts.localToken.path, encoding: .utf8)
        let registration = try JSONDecoder().decode(
            DisplayAdmission.Registration.self,
            from: JSONSerialization.data(withJSONObject: [
                "id": id, "secret": Self.secret(of: id), "kind": kind, "width": width, "height": height,
                "token": token.trimmingCharacters(in: .newlines),
            ]))
        guard
            case .approved(_, let bearer, _) = try await self.parts.admission.register(registration, address: "test")
        else {
            throw NotInTime(description: "the display was not admitted")
        }
        return bearer
    }

    static func secret(of display: String) -> String { "a secret of \(display), made by the display" }

    /// Makes an album with photos in it.
    func album(_ name: String = "Holiday", photos: Int = 1, seed: Int = 1) async throws -> AlbumID {
        let album = try await self.library.createAlbum(named: name)
        for number in 0..<photos {
            let path = "\(self.folder)/\(name)-\(number).jpg"
            try TestPhoto.make(path, seed: seed + number)
            _ = try await self.library.ingest(file: path, into: album.id)
        }
        return album.id
    }

    /// Has the publisher run until the mediator has everything.
    func publishAll() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.parts.publisher.run() }
            try await eventually("everything being published, and what is removed retired") {
                guard try await self.library.displaysToPublish().isEmpty else { return false }
                return try await self.library.displaysToRetire().isEmpty
            }
            group.cancelAll()
        }
    }

    func give(_ album: AlbumID?, to display: String = "hall") async throws {
        _ = try await self.library.updateDisplay(display) { $0.albumID = album }
    }
}

/// Lends a server whose routes are driven without a socket.
func withServer<Value: Sendable>(
    mediator endpoint: String = "http://127.0.0.1:9",
    _ configure: (inout PhotoServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (TestServer, any TestClientProtocol) async throws -> Value
) async throws -> Value {
    try await withTemporaryFolder { folder in
        let server = try await TestServer(folder: folder, mediator: endpoint, configure)
        defer { try? server.library.close() }
        return try await server.application.http().test(.router) { client in try await body(server, client) }
    }
}

/// Files for tests, made here: small, and different for each seed.
enum TestPhoto {
    private static let isStarted = Mutex(false)

    static func make(_ path: String, width: Int = 96, height: Int = 64, seed: Int = 1) throws {
        try Self.isStarted.withLock { isStarted in
            if !isStarted { try PhotoImage.start(program: "tests") }
            isStarted = true
        }
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for index in pixels.indices { pixels[index] = UInt8(truncatingIfNeeded: index / 7 * seed + seed * 31) }
        try PhotoImage.fromRGB(pixels, width: width, height: height).saveJPEG(path, quality: 90)
    }

    static func bytes(folder: String, seed: Int = 1) throws -> ByteBuffer {
        let path = "\(folder)/upload-\(seed).jpg"
        try Self.make(path, seed: seed)
        return ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

extension TestResponse {
    /// The code of a problem; nil for any other answer.
    var problemCode: String? {
        guard self.headers[.contentType]?.hasPrefix("application/problem+json") == true else { return nil }
        return self.json["code"] as? String
    }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(self.body.readableBytesView))) as? [String: Any] ?? [:]
    }

    var text: String { String(buffer: self.body) }
}

extension TestClientProtocol {
    func send(
        _ method: HTTPRequest.Method, _ uri: String, _ headers: HTTPFields = [:], _ body: String? = nil
    ) async throws -> TestResponse {
        let answer = try await self.execute(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }
        ) { $0 }
        answer.expectAsDescribed(method, uri)
        return answer
    }
}

extension HTTPFields {
    func with(_ name: HTTPField.Name, _ value: String?) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }

    static func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }
}
