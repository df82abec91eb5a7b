import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Synchronization

/// The photoserver over HTTP or HTTPS.
package final class HTTPPhotoService: PhotoService {
    /// A document larger than this is not a playlist of ours.
    private static let documentLimit = 64 << 20
    /// A picture larger than this was not cut for any screen.
    private static let photoLimit = 256 << 20
    /// After so long without a byte a connection is dead, whatever TCP says: the next try uses another.
    private static let silence: TimeAmount = .seconds(10)
    private static let shortCall: TimeAmount = .seconds(30)
    private static let longPoll: TimeAmount = .seconds(60)
    /// Enough for a large photo at 50 kB/s; a connection that stands still ends much sooner.
    private static let longCall: TimeAmount = .minutes(10)

    private let client: HTTPClient
    /// For requests that the server may leave unanswered for a while.
    private let patientClient: HTTPClient
    private let base: Mutex<String?>

    /// Connects to nothing yet. Its owner calls ``shutdown()`` at the end.
    ///
    /// - Parameters:
    ///   - server: `http://host:port` or `https://host`, with or without a path; nil when it has to be found first.
    ///   - connections: How many there may be at once.
    /// - Throws: ``ViewerError`` with code `unintelligible` when `server` is not such a URL.
    package init(server: String?, connections: Int = 4) throws(ViewerError) {
        // Before there are clients, which want to be shut down.
        if let server { try Self.check(server: server) }
        self.base = Mutex(server.map(Self.base))
        self.client = Self.makeClient(connections: connections, silence: Self.silence)
        self.patientClient = Self.makeClient(connections: connections, silence: .seconds(40))
    }

    /// From now on this is the server.
    ///
    /// - Throws: ``ViewerError`` with code `unintelligible` when `server` is not such a URL.
    package func use(server: String) throws(ViewerError) {
        try Self.check(server: server)
        self.base.withLock { $0 = Self.base(server) }
    }

    private static func base(_ server: String) -> String {
        server.hasSuffix("/") ? String(server.dropLast()) : server
    }

    /// - Throws: ``ViewerError`` with code `unintelligible` when `server` is no `http` or `https` URL.
    package static func check(server: String) throws(ViewerError) {
        guard let url = URL(string: server), let scheme = url.scheme, ["http", "https"].contains(scheme),
            url.host != nil
        else {
            throw ViewerError(.unintelligible, "the server's address must look like http://host:port, not \(server)")
        }
    }

    /// Closes all connections. No call may follow.
    package func shutdown() async {
        // It throws only when it was shut down before.
        try? await self.client.shutdown()
        try? await self.patientClient.shutdown()
    }

    /// A client with limits that suit a display: few connections, no waiting for ever.
    private static func makeClient(connections: Int, silence: TimeAmount) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5), read: silence, write: silence)
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        // Whoever calls tries again, at a pace of its own, and says on the screen what is wrong meanwhile.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Asks the server whether it is alive.
    func checkHealth() async throws(ViewerError) {
        let response = try await self.send(
            HTTPClientRequest(url: "\(try self.address())/health"), timeout: .seconds(10))
        _ = try await Self.collect(response, limit: 1 << 16)
    }

    package func time() async throws(ViewerError) -> Duration {
        let response = try await self.send(
            HTTPClientRequest(url: "\(try self.address())/health"), timeout: .seconds(10))
        let bytes = try await Self.collect(response, limit: 1 << 16)
        do {
            return .milliseconds(try JSONDecoder().decode(HealthBody.self, from: Data(bytes)).timeMilliseconds)
        } catch {
            throw ViewerError(.unintelligible, "the server does not say what time it is: \(error)")
        }
    }

    package func answers() async -> Bool {
        do throws(ViewerError) {
            let response = try await self.send(
                HTTPClientRequest(url: "\(try self.address())/health"), timeout: .seconds(4))
            _ = try await Self.collect(response, limit: 1 << 16)
            return true
        } catch {
            return false
        }
    }

    package func register(_ registration: Registration) async throws(ViewerError) -> RegistrationAnswer {
        var request = try self.request(.POST, "registrations", token: nil)
        request.headers.replaceOrAdd(name: "content-type", value: "application/json")
        do {
            request.body = .bytes(ByteBuffer(data: try JSONEncoder().encode(registration)))
        } catch {
            throw ViewerError(.unintelligible, "the registration cannot be written: \(error)")
        }
        return try await self.registrationAnswer(request, timeout: Self.shortCall)
    }

    package func awaitApproval(_ registration: String, secret: String) async throws(ViewerError) -> RegistrationAnswer {
        let request = try self.request(.GET, "registrations/\(Self.pathPart(registration))", token: secret)
        return try await self.registrationAnswer(request, timeout: Self.longPoll, isPatient: true)
    }

    package func playlist(_ sha256: String, token: String) async throws(ViewerError) -> [UInt8] {
        let request = try self.request(.GET, "playlists/\(Self.pathPart(sha256))", token: token)
        let response = try await self.send(request, timeout: Self.longCall)
        return try await Self.collect(response, limit: Self.documentLimit)
    }

    package func download(_ content: PhotoContent, token: String, to path: String) async throws(ViewerError) {
        let resource =
            switch content {
            case .rendition(let hash): "photos/\(Self.pathPart(hash))"
            case .named(let name): "photos/by-name/\(Self.pathPart(name))"
            }
        let response = try await self.send(try self.request(.GET, resource, token: token), timeout: Self.longCall)
        do {
            let length = try await FileDownload.write(response.body, to: path, limit: Self.photoLimit)
            if let promised = response.headers.first(name: "content-length").flatMap(Int.init), promised != length {
                throw ViewerError(.damaged, "\(length) bytes of \(resource) arrived instead of \(promised)")
            }
        } catch {
            unlink(path)
            throw Self.viewerError(error)
        }
    }

    package func send(screen jpeg: [UInt8], request id: String, token: String) async throws(ViewerError) {
        var request = try self.request(.PUT, "screen/\(Self.pathPart(id))", token: token)
        request.headers.replaceOrAdd(name: "content-type", value: "image/jpeg")
        request.body = .bytes(ByteBuffer(bytes: jpeg))
        // On a slow network the picture's own upload takes longer than an answer may.
        let response = try await self.send(request, timeout: Self.longCall, isPatient: true)
        _ = try await Self.collect(response, limit: 1 << 20)
    }

    func request(
        _ method: HTTPMethod, _ resource: String, token: String?
    ) throws(ViewerError) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(try self.address())/api/v1/display/\(resource)")
        request.method = method
        request.headers.add(name: "user-agent", value: "photoviewer")
        request.headers.add(name: "accept", value: "*/*")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        return request
    }

    private func address() throws(ViewerError) -> String {
        guard let base = self.base.withLock({ $0 }) else {
            throw ViewerError(.unreachable, "no photo server has been found yet")
        }
        return base
    }

    private func registrationAnswer(
        _ request: HTTPClientRequest, timeout: TimeAmount, isPatient: Bool = false
    ) async throws(ViewerError) -> RegistrationAnswer {
        let response = try await self.send(request, timeout: timeout, isPatient: isPatient)
        let bytes = try await Self.collect(response, limit: 1 << 20)
        do {
            let answer = try JSONDecoder().decode(RegistrationBody.self, from: Data(bytes))
            if answer.state == "pending", let registration = answer.registration {
                return .pending(.init(registration: registration, code: answer.code, page: answer.pairingURL))
            }
            return .approved(try JSONDecoder().decode(Credentials.self, from: Data(bytes)))
        } catch {
            throw ViewerError(.unintelligible, "the server's answer to the registration makes no sense: \(error)")
        }
    }

    /// - Returns: A response of status 2xx.
    func send(
        _ request: HTTPClientRequest, timeout: TimeAmount, isPatient: Bool = false
    ) async throws(ViewerError) -> HTTPClientResponse {
        let response: HTTPClientResponse
        do {
            let client = isPatient ? self.patientClient : self.client
            response = try await client.execute(request, timeout: timeout)
        } catch {
            throw Self.viewerError(error)
        }
        let resource = "\(request.method.rawValue) \(request.url)"
        switch response.status.code {
        case 200..<300: return response
        case 401: throw ViewerError(.unauthorized, "\(resource): the server does not accept this display any more")
        case 410: throw ViewerError(.gone, "\(resource): the server has removed this display")
        case 404: throw ViewerError(.notFound, "\(resource): the server does not have it")
        default: throw ViewerError(.refused, "\(resource): the server answers \(response.status)")
        }
    }

    static func collect(_ response: HTTPClientResponse, limit: Int) async throws(ViewerError) -> [UInt8] {
        do {
            return Array(buffer: try await response.body.collect(upTo: limit))
        } catch {
            throw self.viewerError(error)
        }
    }

    private static func viewerError(_ error: any Error) -> ViewerError {
        (error as? ViewerError) ?? ViewerError(.unreachable, "the server cannot be reached: \(error)")
    }

    /// One path segment, whatever it contains.
    private static func pathPart(_ text: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        let encoded = text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        // A segment of dots alone would be a step up or nothing.
        return encoded.allSatisfy { $0 == "." } ? encoded.replacing(".", with: "%2E") : encoded
    }

    private struct HealthBody: Decodable {
        var timeMilliseconds: Double

        private enum CodingKeys: String, CodingKey { case timeMilliseconds = "time_ms" }
    }

    private struct RegistrationBody: Decodable {
        var state: String
        var registration: String?
        var code: String?
        /// Where an administrator types the code.
        var pairingURL: String?
    }
}
