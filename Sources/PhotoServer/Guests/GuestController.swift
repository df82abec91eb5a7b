import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary

/// `/api/v1/guest`: what somebody with an upload link may do, which is to add photos to its album and nothing else. They
/// see no photo but those on their own device.
struct GuestController: Sendable {
    let library: PhotoLibrary

    func addRoutes(to router: some RouterMethods<GuestContext>) {
        router.post("guest/uploads", use: self.begin)
        router.get("guest/uploads/{id}", use: self.show)
        router.patch("guest/uploads/{id}", use: self.append)
    }

    private struct Beginning: Decodable {
        let filename: String
        let size: Int
    }

    private struct Upload: Encodable {
        let id: String
        let size: Int
        let offset: Int
        var isDone = false
    }

    private func begin(_ request: Request, _ context: GuestContext) async throws -> Response {
        let beginning = try await request.json(Beginning.self)
        guard !beginning.filename.isEmpty, beginning.filename.count <= 255 else {
            throw Problem.badRequest("The member \"filename\" is missing, or longer than 255 characters.")
        }
        try await self.library.countUpload(by: context.link.id)
        let session = try await self.library.beginUpload(
            filename: beginning.filename, size: beginning.size, album: context.link.albumID, takesArchives: false)
        return try .json(Upload(id: session.id, size: session.size, offset: 0), status: .created)
    }

    private func show(_ request: Request, _ context: GuestContext) async throws -> Response {
        let (session, offset) = try await self.upload(context)
        return try .json(Upload(id: session.id, size: session.size, offset: offset))
    }

    private func append(_ request: Request, _ context: GuestContext) async throws -> Response {
        let session = try await self.upload(context).session
        guard let offset = request.uri.queryParameters["offset"].flatMap({ Int($0) }) else {
            throw Problem.badRequest("The query member \"offset\" is missing.")
        }
        let outcome = try await self.library.continueUpload(session.id, at: offset, BodyViews(body: request.body))
        guard outcome == nil else {
            return try .json(Upload(id: session.id, size: session.size, offset: session.size, isDone: true))
        }
        return try .json(
            Upload(id: session.id, size: session.size, offset: try await self.library.upload(session.id).offset))
    }

    /// An upload that began by this link, or by another one to the same album.
    private func upload(_ context: GuestContext) async throws -> (session: UploadSession, offset: Int) {
        let known = try await self.library.upload(try context.parameters.require("id"))
        guard known.session.album == context.link.albumID else { throw Problem.notFound }
        return known
    }
}
