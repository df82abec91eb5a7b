import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL

/// A photo server's `/api/v1`.
///
/// ```swift
/// try await APIClient.withClient(.init(url: "http://photos.local:8080", token: token)) { api in
///     print(try await api.displays().value.map(\.name))
/// }
/// ```
package struct APIClient: Sendable {
    package struct Configuration: Sendable {
        /// `http://host:port` or `https://host`.
        package var url: String
        /// A program's token; nil before there is one.
        package var token: String?
        /// Who signed the server's certificate (PEM), beside the well-known authorities.
        package var caFile: String?

        package init(url: String, token: String? = nil, caFile: String? = nil) {
            self.url = url
            self.token = token
            self.caFile = caFile
        }
    }

    /// An answer as the server gave it, and as a value.
    package struct Answer<Value: Sendable>: Sendable {
        package var value: Value
        package var json: JSON
        /// Names the state of the thing that was read, for changing it on condition; nil where it has none.
        package var tag: String?
    }

    package enum Method: String, Sendable { case get, post, put, patch, delete }

    /// How a request says who asks.
    private enum Credentials: Sendable {
        case none
        case token(String)
        case session(cookie: String, csrfToken: String)
    }

    /// An answer larger than this is none of a photo server.
    static let answerBytesMaximum = 64 << 20
    private static let callLimit: TimeAmount = .seconds(120)
    /// A server that is full says for how long; longer than this nobody should wait unasked.
    private static let waitMaximum = 5
    private static let triesMaximum = 4

    let base: String
    /// Something comes on every line within half of this, events' heartbeats included.
    private let client: HTTPClient
    /// For uploads: taking a large archive apart takes a while.
    private let patientClient: HTTPClient
    private let credentials: Credentials

    /// Lends a client, and closes its connections afterwards.
    ///
    /// - Throws: ``APIError`` of kind `badConfiguration`, and what `body` throws.
    package static func withClient<Result: Sendable>(
        _ configuration: Configuration, _ body: (APIClient) async throws -> Result
    ) async throws -> Result {
        let base = try Self.checked(url: configuration.url)
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = configuration.caFile {
            do {
                tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))]
            } catch {
                throw APIError(
                    .badConfiguration, "The authority's certificate \(file) cannot be read.",
                    remedy: "Give a PEM file, such as tls/ca.pem in the server's data folder.")
            }
        }
        let client = Self.http(tls, silence: .seconds(40))
        let patient = Self.http(tls, silence: .minutes(10))
        let api = APIClient(
            base: base, client: client, patientClient: patient,
            credentials: configuration.token.map { .token($0) } ?? .none)
        do {
            let result = try await body(api)
            await Self.close(client, patient)
            return result
        } catch {
            await Self.close(client, patient)
            throw error
        }
    }

    private static func close(_ clients: HTTPClient...) async {
        // It throws only when it was shut down before.
        for client in clients { try? await client.shutdown() }
    }

    private static func http(_ tls: TLSConfiguration, silence: TimeAmount) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: silence, write: silence))
        // The first error is the one to tell.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// The address without a slash at its end.
    ///
    /// - Throws: ``APIError`` of kind `badConfiguration` when it is no `http` or `https` URL of a host alone.
    package static func checked(url text: String) throws -> String {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty, ["", "/"].contains(url.path),
            url.query == nil, url.fragment == nil, url.user == nil, url.password == nil
        else {
            throw APIError(
                .badConfiguration, "\(text) is no address of a photo server.",
                remedy: "Write it as http://photos.local:8080, or https://photos.example.")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Whether what is sent to this address can be read by others on the way.
    package static func isInTheClear(url text: String) -> Bool {
        guard let url = URLComponents(string: text), url.scheme?.lowercased() == "http", let host = url.host else {
            return false
        }
        // 127.0.0.0/8 in full dotted form; a name such as 127.example.org is not one.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopback = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } && parts[0] == "127"
        return !(isLoopback || ["localhost", "[::1]", "::1"].contains(host))
    }

    // MARK: Signing in

    /// Signs in as a person would, for as long as `body` runs, and out again.
    package func withSession<Result: Sendable>(
        name: String, password: String, _ body: (APIClient, Session) async throws -> Result
    ) async throws -> Result {
        let (answer, headers) = try await self.exchange(
            .post, ["session"], body: ["name": .string(name), "password": .string(password)])
        let session: Session = try JSON(data: answer).decoded()
        let cookies = headers["set-cookie"].compactMap { $0.split(separator: ";").first.map(String.init) }
        let signedIn = APIClient(
            base: self.base, client: self.client, patientClient: self.patientClient,
            credentials: .session(cookie: cookies.joined(separator: "; "), csrfToken: session.csrfToken))
        do {
            let result = try await body(signedIn, session)
            try await signedIn.call(.delete, ["session"])
            return result
        } catch {
            // What went wrong first is what counts; the session ends by itself.
            try? await signedIn.call(.delete, ["session"])
            throw error
        }
    }

    // MARK: Calls

    package func get<Value: Decodable & Sendable>(
        _ path: [String], query: [String: String?] = [:], as type: Value.Type = Value.self
    ) async throws -> Answer<Value> {
        let (data, headers) = try await self.exchange(.get, path, query: query)
        let json = try JSON(data: data)
        return Answer(value: try json.decoded(), json: json, tag: headers.first(name: "etag"))
    }

    /// - Parameter tag: Of the answer that the change was made of; if the thing is another by now, the server refuses.
    package func send<Value: Decodable & Sendable>(
        _ method: Method, _ path: [String], _ body: JSON = [:], onlyIf tag: String? = nil,
        as type: Value.Type = Value.self
    ) async throws -> Answer<Value> {
        let json = try JSON(data: try await self.exchange(method, path, body: body, onlyIf: tag).0)
        return Answer(value: try json.decoded(), json: json)
    }

    /// For calls whose answer has no body.
    package func call(_ method: Method, _ path: [String], _ body: JSON? = nil) async throws {
        _ = try await self.exchange(method, path, body: body)
    }

    /// One request and its answer's body. A server that has no room for a moment is asked again.
    func exchange(
        _ method: Method, _ path: [String], query: [String: String?] = [:], body: JSON? = nil, onlyIf tag: String? = nil
    ) async throws -> (Data, HTTPHeaders) {
        var request = self.request(method, path, query: query)
        if let tag { request.headers.add(name: "if-match", value: tag) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: try body.data))
        }
        // The same for every try, so that a server that knows such keys does a thing once.
        if method == .post { request.headers.add(name: "idempotency-key", value: UUID().uuidString.lowercased()) }
        var tries = 1
        while true {
            do {
                let response = try await self.execute(request, within: Self.callLimit)
                return (try await self.body(of: response), response.headers)
            } catch let error as APIError {
                guard let wait = error.retryAfterSeconds, wait <= Self.waitMaximum, tries < Self.triesMaximum else {
                    throw error
                }
                tries += 1
                try await Task.sleep(for: .seconds(wait))
            }
        }
    }

    func request(_ method: Method, _ path: [String], query: [String: String?] = [:]) -> HTTPClientRequest {
        let path = path.map(Self.escaped).joined(separator: "/")
        let query = query.compactMap { name, value in value.map { "\(Self.escaped(name))=\(Self.escaped($0))" } }
        var request = HTTPClientRequest(
            url: "\(self.base)/api/v1/\(path)" + (query.isEmpty ? "" : "?" + query.sorted().joined(separator: "&")))
        request.method = HTTPMethod(rawValue: method.rawValue.uppercased())
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "user-agent", value: "photoctl")
        switch self.credentials {
        case .none: break
        case .token(let token): request.headers.add(name: "authorization", value: "Bearer \(token)")
        case .session(let cookie, let csrfToken):
            request.headers.add(name: "cookie", value: cookie)
            request.headers.add(name: "x-csrf-token", value: csrfToken)
        }
        return request
    }

    /// A part of a path, or of a query, in which nothing has a meaning.
    private static func escaped(_ text: String) -> String {
        // A lone dot or two would be a step in the path, escaped or not.
        if text == "." || text == ".." { return text.replacing(".", with: "%252E") }
        return text.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }

    /// RFC 3986, section 2.3.
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    /// Sends a request and waits for the head of its answer, which is one of success.
    ///
    /// - Parameter limit: For all of it; nil where it ends when somebody wants it to.
    func execute(_ request: HTTPClientRequest, within limit: TimeAmount?, patiently: Bool = false) async throws
        -> HTTPClientResponse
    {
        let client = patiently ? self.patientClient : self.client
        let response: HTTPClientResponse
        do {
            if let limit {
                response = try await client.execute(request, timeout: limit)
            } else {
                response = try await client.execute(request, deadline: .distantFuture)
            }
        } catch {
            throw self.explained(error)
        }
        guard (200..<300).contains(response.status.code) else { throw try await self.refusal(response) }
        return response
    }

    func body(of response: HTTPClientResponse) async throws -> Data {
        do {
            return Data(buffer: try await response.body.collect(upTo: Self.answerBytesMaximum))
        } catch {
            throw self.explained(error)
        }
    }
}

extension APIClient {
    /// What is no JSON: a picture.
    package func bytes(_ path: [String], query: [String: String?] = [:]) async throws -> Data {
        try await self.exchange(.get, path, query: query).0
    }
}
