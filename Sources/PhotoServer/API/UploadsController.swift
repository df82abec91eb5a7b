import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary

/// `/api/v1/uploads`: files that arrive in parts, so that a broken connection or a restarted server costs only what was
/// on the way.
struct UploadsController: Sendable {
    let library: PhotoLibrary

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("uploads", use: self.list)
        router.post("uploads", use: self.begin)
        router.get("uploads/{id}", use: self.show)
        router.patch("uploads/{id}", use: self.append)
        router.delete("uploads/{id}", use: self.cancel)
    }

    private struct Beginning: Decodable {
        let filename: String
        let size: Int
        let album: Int64?
    }

    private struct Upload: Encodable {
        let id: String
        let size: Int
        /// Bytes that have arrived: where the next part begins.
        let offset: Int
    }

    private struct Listing: Encodable {
        struct Entry: Encodable {
            let id: String
            let filename: String
            let size: Int
            let offset: Int
            let album: Int64?
            /// Since the last byte arrived.
            let idleSeconds: Int
        }
        let uploads: [Entry]
    }

    private struct Finished: Encodable {
        struct Archive: Encodable {
            let added: Int
            let known: Int
            let refusedCount: Int
            let refused: [ArchiveOutcome.Refusal]
        }
        let offset: Int
        let photo: PhotoView?
        /// The library has had this very file before.
        let duplicate: Bool?
        let archive: Archive?
    }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let uploads = try await self.library.unfinishedUploads().map { upload in
            Listing.Entry(
                id: upload.session.id, filename: upload.session.filename, size: upload.session.size,
                offset: upload.offset, album: upload.session.album?.rawValue, idleSeconds: upload.idleSeconds)
        }
        return try .json(Listing(uploads: uploads))
    }

    private func begin(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let beginning = try await request.json(Beginning.self)
        guard !beginning.filename.isEmpty, beginning.filename.count <= 255 else {
            throw Problem.badRequest("The member \"filename\" is missing, or longer than 255 characters.")
        }
        let session = try await self.library.beginUpload(
            filename: beginning.filename, size: beginning.size, album: beginning.album.map(AlbumID.init(rawValue:)))
        return try .json(Upload(id: session.id, size: session.size, offset: 0), status: .created)
    }

    private func show(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let (session, offset) = try await self.library.upload(try context.parameters.require("id"))
        return try .json(Upload(id: session.id, size: session.size, offset: offset))
    }

    private func append(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let offset = request.uri.queryParameters["offset"].flatMap({ Int($0) }) else {
            throw Problem.badRequest("The query member \"offset\" is missing.")
        }
        let outcome = try await self.library.continueUpload(id, at: offset, BodyViews(body: request.body))
        switch outcome {
        case nil:
            let (session, offset) = try await self.library.upload(id)
            return try .json(Upload(id: id, size: session.size, offset: offset))
        case .photo(let outcome):
            let isDuplicate = if case .duplicate = outcome { true } else { false }
            return try .json(
                Finished(
                    offset: outcome.photo.byteCount, photo: PhotoView(outcome.photo), duplicate: isDuplicate,
                    archive: nil))
        case .archive(let archive):
            return try .json(
                Finished(
                    offset: offset, photo: nil, duplicate: nil,
                    archive: .init(
                        added: archive.added, known: archive.known, refusedCount: archive.refusedCount,
                        refused: archive.refused)))
        }
    }

    private func cancel(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try await self.library.cancelUpload(try context.parameters.require("id"))
        return Response(status: .noContent)
    }
}

/// A request's body as bytes.
struct BodyViews: AsyncSequence {
    typealias Element = ByteBufferView
    let body: RequestBody

    func makeAsyncIterator() -> Iterator { Iterator(base: self.body.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator

        mutating func next() async throws -> ByteBufferView? { try await self.base.next()?.readableBytesView }
    }
}
