import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary
import Renditions
import Synchronization

/// `/api/v1/photos`: listing, uploading, thumbnails, deleting.
struct PhotosController: Sendable {
    let library: PhotoLibrary
    private let uploads = UploadSlots()

    init(library: PhotoLibrary) {
        self.library = library
    }

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("photos", use: self.list)
        router.post("photos", use: self.upload)
        router.get("photos/{id}", use: self.show)
        router.delete("photos/{id}", use: self.delete)
        router.get("photos/{id}/thumbnail", use: self.thumbnail)
        router.get("photos/{id}/preview", use: self.preview)
    }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = query["limit"].flatMap { Int($0) } ?? RequestLimits.photosPerPage / 2
        return try .json(
            try await PhotoListing(
                library: self.library, filter: try PhotoQuery.filter(query), after: query["after"].map(String.init),
                limit: min(max(limit, 1), RequestLimits.photosPerPage)))
    }

    private struct Uploaded: Encodable {
        let photo: PhotoView
        /// The library has had this very file before.
        let duplicate: Bool
    }

    /// Streams one file to disk and takes it in. One request a file, so that a browser can show each one's progress and
    /// one bad file spoils no other.
    private func upload(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let query = request.uri.queryParameters
        guard let filename = query["filename"], !filename.isEmpty, filename.count <= 255 else {
            throw Problem.badRequest("The query member \"filename\" is missing, or longer than 255 characters.")
        }
        let album = try Self.album(query["album"])
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > RequestLimits.uploadBytes {
            throw Problem.uploadTooLarge
        }
        let outcome = try await self.uploads.withSlot {
            try await self.library.ingest(
                LimitedBody(body: request.body, limit: RequestLimits.uploadBytes), filename: String(filename),
                into: album)
        }
        switch outcome {
        case .added(let photo):
            return try .json(Uploaded(photo: PhotoView(photo), duplicate: false), status: .created)
        case .duplicate(let photo):
            return try .json(Uploaded(photo: PhotoView(photo), duplicate: true))
        }
    }

    private func delete(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let photo = try await self.photo(context)
        var change = PhotoChange()
        change.bin = true
        return try .json(EditAnswer(try await self.library.changePhotos([photo.id], change)))
    }

    private func show(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(try await PhotoDetail(try await self.photo(context), library: self.library))
    }

    private func thumbnail(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let photo = try await self.photo(context)
        return try await Self.picture(request, context, tag: photo.thumbnail.text) {
            try await self.library.thumbnailFile(photo).path
        }
    }

    private func preview(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let photo = try await self.photo(context)
        return try await Self.picture(request, context, tag: photo.thumbnail.text + "-preview") {
            try await self.library.previewFile(photo).path
        }
    }

    private static func picture(
        _ request: Request, _ context: BrowserContext, tag: String, path: () async throws -> String
    ) async throws -> Response {
        var response = try await FileResponse.immutable(
            request, context, mediaType: "image/jpeg", tag: tag, isPrivate: true, path: path)
        // Without a version in its address a photo may be turned tomorrow.
        if request.uri.queryParameters["v"] == nil { response.headers[.cacheControl] = "private, no-cache" }
        return response
    }

    private func photo(_ context: BrowserContext) async throws -> Photo {
        guard let number = context.parameters.get("id", as: Int64.self),
            let photo = try await self.library.photo(PhotoID(number))
        else { throw Problem.photoNotFound }
        return photo
    }

    static func album(_ text: Substring?) throws -> AlbumID? {
        guard let text, !text.isEmpty else { return nil }
        guard let number = Int64(text) else { throw Problem.albumNotFound }
        return AlbumID(number)
    }
}

/// One page of photos with what comes after it.
struct PhotoListing: Encodable, Sendable {
    let photos: [PhotoView]
    /// To be given as `after` for the next page; absent at the end.
    let next: String?
    /// Photos in the whole listing.
    let total: Int

    init(library: PhotoLibrary, filter: PhotoFilter, after: String?, limit: Int) async throws {
        var cursor: PhotoCursor?
        if let after {
            guard let read = PhotoCursor(text: after) else {
                throw Problem(
                    .unprocessableContent, "cursor-invalid",
                    "The query member \"after\" is not one that this server gave.", remedy: "Begin the list anew.")
            }
            cursor = read
        }
        let (page, total) = try await library.listing(filter, after: cursor, limit: limit)
        self.photos = page.photos.map(PhotoView.init)
        self.next = page.next?.text
        self.total = total
    }
}

/// A request's body that ends with an error once it is too long.
private struct LimitedBody: AsyncSequence {
    typealias Element = ByteBufferView
    let body: RequestBody
    let limit: Int

    func makeAsyncIterator() -> Iterator {
        Iterator(base: self.body.makeAsyncIterator(), left: self.limit)
    }

    struct Iterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        var left: Int

        mutating func next() async throws -> ByteBufferView? {
            guard let buffer = try await self.base.next() else { return nil }
            self.left -= buffer.readableBytes
            guard self.left >= 0 else { throw Problem.uploadTooLarge }
            return buffer.readableBytesView
        }
    }
}

/// Bounds the uploads that are being taken in at one time.
private final class UploadSlots: Sendable {
    private let taken = Mutex(0)

    func withSlot<Value>(_ body: () async throws -> Value) async throws -> Value {
        try self.taken.withLock { taken in
            guard taken < RequestLimits.uploadsAtOnce else {
                throw Problem.tooManyRequests(
                    "too-many-uploads", "Too many photos are being uploaded at once.", retryAfter: .seconds(2))
            }
            taken += 1
        }
        defer { self.taken.withLock { $0 -= 1 } }
        return try await body()
    }
}

extension Problem {
    static let photoNotFound = Problem(
        .notFound, "photo-not-found", "There is no such photo; it may have been deleted.")
    static let uploadTooLarge = Problem(
        .contentTooLarge, "too-large", "A photo may have at most \(RequestLimits.uploadBytes >> 20) MiB.",
        remedy: "Export it with fewer pixels or as JPEG.")
}
