import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Serves the style sheet, the scripts and the icon from memory. Browsers ask each time whether theirs is current, so
/// that a new version of the program never runs with an old script.
struct StaticFiles: Sendable {
    private struct File: Sendable {
        let mediaType: String
        let entityTag: String
        let body: ByteBuffer
    }

    private let files: [String: File]

    init() {
        var files: [String: File] = [:]
        for (name, mediaType, bytes) in EmbeddedResources.files {
            let digest = Data(SHA256.hash(data: Data(bytes)).prefix(12)).base64URLEncoded
            files[name] = File(mediaType: mediaType, entityTag: "\"\(digest)\"", body: ByteBuffer(bytes: bytes))
        }
        self.files = files
    }

    /// `GET /static/{name}`, for everybody: the sign-in page needs them too. And what a browser opens to be a display,
    /// whose worker must lie above what it may answer for.
    func addRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.get("static/{name}") { request, context in
            try self.answer(request, try context.parameters.require("name"))
        }
        router.get("display") { request, _ in try self.answer(request, "screen.html") }
        router.get("display-worker.js") { request, _ in try self.answer(request, "screen-worker.js") }
    }

    private func answer(_ request: Request, _ name: String) throws -> Response {
        guard let file = self.files[name] else { throw Problem.notFound }
        var headers: HTTPFields = [.eTag: file.entityTag, .cacheControl: "no-cache"]
        if request.headers[.ifNoneMatch]?.contains(file.entityTag) == true {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = file.mediaType
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.body))
    }
}
