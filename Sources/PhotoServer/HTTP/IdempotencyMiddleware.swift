import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PhotoLibrary
import Synchronization

/// Lets a request that somebody names by an `Idempotency-Key` have its effect once, however often it is sent: the same key
/// and the same request get the answer that was given, for a day.
///
/// Answers may hold secrets, such as a token that is shown once. They are kept encrypted by the key itself, of which only
/// a hash is kept.
struct IdempotencyMiddleware: RouterMiddleware {
    typealias Context = BrowserContext
    let library: PhotoLibrary
    /// Those under way now.
    private let active = Active()

    init(library: PhotoLibrary) { self.library = library }

    private final class Active: Sendable {
        let requests = Mutex(Set<RequestKey>())
    }

    /// Largest answer that is kept.
    private static let answerBytes = 1 << 20

    func handle(
        _ request: Request, context: BrowserContext, next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        guard let key = request.headers[.idempotencyKey], let path = context.endpointPath,
            Operations.byRoute["\(request.method.rawValue) \(path)"]?.takesIdempotencyKey == true
        else { return try await next(request, context) }
        guard (16...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Problem.badRequest("Idempotency-Key must be 16 to 255 visible characters, drawn at random.")
        }
        let seal = AnswerSeal(key: key, caller: "user \(context.session.userID.rawValue)")
        guard self.active.requests.withLock({ $0.insert(seal.request).inserted }) else {
            throw Problem(
                .conflict, "request-under-way", "A request with this key is being worked on.",
                remedy: "Wait a moment and send it again.", headers: [.retryAfter: "1"])
        }
        defer { self.active.requests.withLock { _ = $0.remove(seal.request) } }
        var request = request
        let body = try await request.collectBody(upTo: RequestLimits.jsonBytes)
        let fingerprint = Self.fingerprint(request.method.rawValue, "\(request.uri)", body.readableBytesView)
        switch try await self.library.noteRequest(seal.request, fingerprint: fingerprint) {
        case .answered(let sealed): return try seal.open(sealed)
        case .another:
            throw Problem(
                .unprocessableContent, "key-used", "This key was sent with another request.",
                remedy: "Draw a new key for each thing that is to be done.")
        case .lost:
            throw Problem(
                .conflict, "answer-lost", "This was done, but its answer was lost when the server stopped.",
                remedy: "Look whether it is there, and send what is still to be done with a new key.")
        case .none: break
        }
        return try await self.carryOut(request, context, seal, next)
    }

    /// What a request asks: equal for equal requests.
    static func fingerprint(_ method: String, _ uri: String, _ body: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        hash.update(data: Data("\(method) \(uri)\n".utf8))
        hash.update(data: Data(body))
        return Data(hash.finalize()).base64URLEncoded
    }

    private func carryOut(
        _ request: Request, _ context: BrowserContext, _ seal: AnswerSeal,
        _ next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        do {
            var response = try await self.library.doing(seal.request) { try await next(request, context) }
            let bytes = try await response.collectBody()
            guard bytes.readableBytes <= Self.answerBytes else { return response }
            try await self.library.keepAnswer(try seal.close(response, bytes), to: seal.request)
            return response
        } catch {
            // Also for whoever went away meanwhile; what is forgotten can be sent again.
            try await Task { try await self.library.forgetRequest(seal.request) }.value
            throw error
        }
    }
}

/// Keeps an answer so that only the one who has the key can read it.
private struct AnswerSeal {
    let request: RequestKey
    private let key: SymmetricKey

    private struct Kept: Codable {
        let status: Int
        let headers: [String: String]
        let body: Data
    }

    init(key: String, caller: String) {
        self.request = RequestKey(caller: caller, key: SecretToken.hash(of: key))
        self.key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Data(key.utf8)), salt: Data("vitrine kept answer".utf8),
            info: Data(caller.utf8), outputByteCount: 32)
    }

    func close(_ response: Response, _ bytes: ByteBuffer) throws -> Data {
        var headers: [String: String] = [:]
        for name in [HTTPField.Name.contentType, .location] { headers[name.canonicalName] = response.headers[name] }
        let kept = Kept(status: response.status.code, headers: headers, body: Data(bytes.readableBytesView))
        guard let sealed = try AES.GCM.seal(JSONEncoder().encode(kept), using: self.key).combined else {
            throw Problem(.internalServerError, "answer-not-kept", "The answer could not be kept.")
        }
        return sealed
    }

    func open(_ sealed: Data) throws -> Response {
        let data = try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: self.key)
        let kept = try JSONDecoder().decode(Kept.self, from: data)
        var headers: HTTPFields = [.cacheControl: "no-store", .idempotencyReplayed: "true"]
        for (name, value) in kept.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(
            status: .init(code: kept.status), headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: kept.body)))
    }
}

extension Operation {
    /// Whether it honours `Idempotency-Key`. A photo that is sent twice is one photo anyway, and a session is no answer to
    /// be kept.
    var takesIdempotencyKey: Bool {
        guard self.method == "POST", case .person = self.audience, self.thing != "session" else { return false }
        if case .bytes = self.body { return false }
        return true
    }
}
