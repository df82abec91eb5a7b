import AsyncHTTPClient
import EtcdClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL
import TestSupport

/// The program itself with its embedded store, as a process.
struct RunningServer: Sendable {
    let base: String
    let port: Int
    let storePort: Int
    let process: ChildProcess
    let folder: String

    /// Does not follow redirects: they carry the cookie that the caller wants.
    static let client = HTTPClient(
        eventLoopGroup: HTTPClient.defaultEventLoopGroup,
        configuration: .init(
            // The certificates of these tests are nobody's.
            certificateVerification: .none, redirectConfiguration: .disallow))

    private static func makeCertificate(_ folder: String) async throws {
        let openssl = try ChildProcess(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem",
            ], log: "\(folder)/openssl.log")
        guard try await openssl.finished() == 0 else { throw NotInTime(description: openssl.output) }
    }

    /// Lends a server that answers; it is gone afterwards.
    ///
    /// - Parameters:
    ///   - makesCertificate: HTTPS with a certificate that the server makes.
    ///   - storeHost: Where its store listens.
    ///   - folder: Where everything is, for a second start; nil for a folder that is made and removed.
    static func withServer<Value>(
        tls: Bool = false, makesCertificate: Bool = false, storeHost: String = "127.0.0.1", folder: String? = nil,
        arguments: [String] = [],
        _ body: (RunningServer) async throws -> Value
    ) async throws -> Value {
        guard let folder else {
            return try await withTemporaryFolder {
                try await Self.withServer(
                    tls: tls, makesCertificate: makesCertificate, storeHost: storeHost, folder: $0,
                    arguments: arguments, body)
            }
        }
        let (port, store) = (try FreePort.next(), try FreePort.next())
        if tls { try await Self.makeCertificate(folder) }
        let process = try ChildProcess(
            try BuiltProgram.photoserver,
            [
                "serve", "--data", "\(folder)/data", "--listen", "127.0.0.1:\(port)", "--etcd-listen",
                "\(storeHost):\(store)",
            ] + arguments + (makesCertificate ? ["--tls-own"] : [])
                + (tls ? ["--tls-cert", "\(folder)/cert.pem", "--tls-key", "\(folder)/key.pem"] : []),
            log: "\(folder)/server.log")
        defer { process.kill() }
        let server = RunningServer(
            base: "\(tls || makesCertificate ? "https" : "http")://127.0.0.1:\(port)", port: port, storePort: store,
            process: process,
            folder: folder)
        try await eventually("the server answering") {
            guard process.isRunning else { throw NotInTime(description: process.output) }
            return try await server.send(.GET, "/health").0 == .ok
        }
        return try await body(server)
    }

    /// The embedded store, as the server's own user sees it.
    func storeAsRoot() throws -> EtcdClient {
        var configuration = try EtcdClient.Configuration(endpoints: "http://127.0.0.1:\(self.storePort)")
        configuration.requestTimeout = .seconds(60)
        // On loopback the store asks for no login, unless it has to.
        if let password = try? String(contentsOfFile: "\(self.folder)/data/store/root-password", encoding: .utf8) {
            configuration.credentials = .init(user: "root", password: password.trimmingCharacters(in: .newlines))
        }
        return EtcdClient(configuration, logger: quietLogger)
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ headers: HTTPHeaders = [:], _ body: String? = nil
    ) async throws -> (HTTPResponseStatus, HTTPHeaders, String) {
        var request = HTTPClientRequest(url: self.base + path)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await Self.client.execute(request, timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 16 << 20))
        return (response.status, response.headers, text)
    }

    /// Makes the administrator through the link, and returns what a browser would send.
    func signIn() async throws -> HTTPHeaders {
        let token = try String(contentsOfFile: "\(self.folder)/data/setup-token", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let form = "token=\(token)&name=ada&password=four+words+in+a+row"
        let type = "application/x-www-form-urlencoded"
        let (_, headers, _) = try await self.send(.POST, "/setup", ["content-type": type], form)
        let cookie = headers["set-cookie"].first?.split(separator: ";").first.map(String.init) ?? ""
        let (_, _, text) = try await self.send(.GET, "/api/v1/session", ["cookie": cookie])
        struct Session: Decodable { let csrfToken: String }
        let session = try JSONDecoder().decode(Session.self, from: Data(text.utf8))
        return ["cookie": cookie, "x-csrf-token": session.csrfToken, "content-type": "application/json"]
    }
}
