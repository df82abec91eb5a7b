import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary

/// Entity tags and conditional requests (RFC 9110, section 13) for photos, albums, displays, groups and schedules.
///
/// A tag has two parts: what can be changed of a thing, and all that the answer says of it, which for a display is more.
/// `If-None-Match` compares the whole. `If-Match` compares the first part, in the transaction of the change: that a display
/// went on to its next photo meanwhile makes nobody's change a mistake.
struct ConditionalRequestMiddleware: RouterMiddleware {
    typealias Context = BrowserContext
    let library: PhotoLibrary

    func handle(
        _ request: Request, context: BrowserContext, next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        let isReading = request.method == .get || request.method == .head
        guard let path = Self.conditionalPath(context) else {
            guard isReading || request.headers[.ifMatch] == nil else { throw Problem.conditionNotKnown }
            return try await next(request, context)
        }
        // What cannot be an id is not there; the route says so.
        guard let subject = try Self.subject(path, context) else { return try await next(request, context) }
        if isReading { return try await self.tagged(subject, request, context, next) }
        guard let wanted = request.headers[.ifMatch], wanted != "*" else { return try await next(request, context) }
        return try await self.library.changing(subject, onlyIn: Self.states(wanted)) {
            try await next(request, context)
        }
    }

    private func tagged(
        _ subject: LibrarySubject, _ request: Request, _ context: BrowserContext,
        _ next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        // Before the answer is made: a change in between must not get the newer tag onto the older answer.
        let state = try await self.library.state(of: subject)
        var response = try await next(request, context)
        guard let state, response.status == .ok else { return response }
        let bytes = try await response.collectBody()
        let tag = "\"\(state).\(Data(SHA256.hash(data: Data(bytes.readableBytesView)).prefix(9)).base64URLEncoded)\""
        response.headers[.eTag] = tag
        response.headers[.cacheControl] = "private, no-cache"
        guard FileResponse.matches(request.headers[.ifNoneMatch], tag) else { return response }
        return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "private, no-cache"])
    }

    /// The first parts of the tags of an `If-Match`; weak ones match nothing.
    private static func states(_ header: String) -> Set<String> {
        Set(
            header.split(separator: ",").compactMap { part in
                let tag = part.trimmingCharacters(in: .whitespaces)
                guard tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
                return tag.dropFirst().split(separator: ".").first.map(String.init)
            })
    }

    private static func conditionalPath(_ context: BrowserContext) -> Substring? {
        guard let path = context.endpointPath?.dropFirst("/api/v1/".count),
            Operation.conditionalPaths.contains(String(path))
        else { return nil }
        return path
    }

    /// What a path is about; nil where its id cannot be one.
    private static func subject(_ path: Substring, _ context: BrowserContext) throws -> LibrarySubject? {
        guard let id = context.parameters.get("id") else { return nil }
        switch path.prefix(while: { $0 != "/" }) {
        case let thing where path.hasSuffix("/schedule"): return .schedule(try context.owner(String(thing)))
        case "photos": return Int64(id).map { .photo(PhotoID($0)) }
        case "albums": return Int64(id).map { .album(AlbumID($0)) }
        case "groups": return Int64(id).map { .group(GroupID($0)) }
        default: return .display(id)
        }
    }
}

extension Operation {
    /// Paths of things that have an entity tag, or are changed under the condition of one.
    static let conditionalPaths: Set<String> = [
        "photos/{id}", "albums/{id}", "albums/{id}/photos", "albums/{id}/order", "displays/{id}",
        "displays/{id}/schedule",
        "groups/{id}", "groups/{id}/schedule",
    ]

    /// Whether its answer has an entity tag.
    var hasTag: Bool { self.method == "GET" && Self.conditionalPaths.contains(self.path) }
    /// Whether it honours `If-Match`.
    var takesIfMatch: Bool { self.method != "GET" && Self.conditionalPaths.contains(self.path) }
}

extension Problem {
    /// A condition that nobody would look at must not be taken for one that holds.
    static let conditionNotKnown = Problem(
        .badRequest, "condition-not-known", "This route does not know If-Match.",
        remedy: "Send the request without it.")
}

extension Response {
    /// Takes the body in, so that it can be looked at; the answer can be sent all the same.
    mutating func collectBody() async throws -> ByteBuffer {
        let collected = CollectedBody()
        try await self.body.write(CollectedBody.Writer(body: collected))
        let bytes = collected.bytes
        self.body = .init(byteBuffer: bytes)
        return bytes
    }
}
