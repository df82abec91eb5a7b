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

    /// `GET /static/{name}`, for everybody: the sign-in page needs them too.
    func addRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.get("static/{name}") { request, context in
            guard let file = self.files[try context.parameters.require("name")] else { throw Problem.notFound }
            var headers: HTTPFields = [.eTag: file.entityTag, .cacheControl: "no-cache"]
            if request.headers[.ifNoneMatch]?.contains(file.entityTag) == true {
                return Response(status: .notModified, headers: headers)
            }
            headers[.contentType] = file.mediaType
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.body))
        }
    }
}
