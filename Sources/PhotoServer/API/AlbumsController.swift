import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/albums`.
struct AlbumsController: Sendable {
    let library: PhotoLibrary

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("albums", use: self.list)
        router.post("albums", use: self.create)
        router.get("albums/{id}", use: self.show)
        router.patch("albums/{id}", use: self.rename)
        router.delete("albums/{id}", use: self.delete)
        router.post("albums/{id}/photos", use: self.addPhotos)
        router.delete("albums/{id}/photos", use: self.removePhotos)
        router.post("albums/{id}/order", use: self.order)
        router.post("albums/preview", use: self.preview)
    }

    private struct List: Encodable { let albums: [AlbumView] }
    private struct Naming: Decodable {
        let name: String
        let rule: PhotoRule?
    }
    private struct Change: Decodable {
        let name: String?
        let rule: PhotoRule?
    }
    private struct Order: Decodable {
        let photos: [Int64]
        /// Absent for the end.
        let before: Int64?
    }
    private struct Asking: Decodable {
        let rule: PhotoRule
        let album: Int64?
    }
    private struct Preview: Encodable {
        let photos: [PhotoView]
        let count: Int
    }
    private struct Photos: Decodable { let photos: [Int64] }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(List(albums: try await AlbumView.all(of: self.library)))
    }

    private func create(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let naming = try await request.json(Naming.self)
        let album = try await self.library.createAlbum(named: naming.name, rule: naming.rule)
        var response = try await self.answer(album.id, status: .created)
        response.headers[.location] = "/api/v1/albums/\(album.id.rawValue)"
        return response
    }

    private func show(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try await self.answer(context.albumID)
    }

    private func rename(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let change = try await request.json(Change.self)
        guard change.name != nil || change.rule != nil else {
            throw Problem(.unprocessableContent, "change-empty", "Neither a name nor a rule is given.")
        }
        let album = try await self.library.changeAlbum(context.albumID, name: change.name, rule: change.rule)
        return try await self.answer(album.id)
    }

    private func delete(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(EditAnswer(try await self.library.deleteAlbum(context.albumID)))
    }

    private func order(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let order = try await request.json(Order.self)
        guard order.photos.count <= RequestLimits.photosPerRequest else {
            throw Problem.badRequest("At most \(RequestLimits.photosPerRequest) photos can be named at once.")
        }
        let edit = try await self.library.movePhotos(
            order.photos.map(PhotoID.init(rawValue:)), before: order.before.map(PhotoID.init(rawValue:)),
            in: context.albumID)
        return try .json(EditAnswer(edit))
    }

    private func preview(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let asking = try await request.json(Asking.self)
        let result = try await self.library.preview(asking.rule, for: asking.album.map(AlbumID.init(rawValue:)))
        return try .json(Preview(photos: result.photos.map(PhotoView.init), count: result.count))
    }

    private func addPhotos(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let photos = try await self.photos(request)
        let edit = try await self.library.addPhotos(photos, to: context.albumID)
        return try await self.answer(context.albumID, edit: edit)
    }

    private func removePhotos(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let photos = try await self.photos(request)
        let edit = try await self.library.removePhotos(photos, from: context.albumID)
        return try await self.answer(context.albumID, edit: edit)
    }

    private func photos(_ request: Request) async throws -> [PhotoID] {
        let photos = try await request.json(Photos.self).photos
        guard photos.count <= RequestLimits.photosPerRequest else {
            throw Problem.badRequest("At most \(RequestLimits.photosPerRequest) photos can be named at once.")
        }
        return photos.map(PhotoID.init(rawValue:))
    }

    private func answer(
        _ id: AlbumID, status: HTTPResponse.Status = .ok, edit: LibraryEdit? = nil
    ) async throws -> Response {
        guard let album = try await self.library.album(id) else { throw Problem.albumNotFound }
        return try .json(Answer(album: AlbumView(album), edit: edit.map(EditView.init)), status: status)
    }

    /// An album, and beside its own members the change that can be undone.
    private struct Answer: Encodable {
        let album: AlbumView
        let edit: EditView?

        private enum CodingKeys: CodingKey { case edit }

        func encode(to encoder: any Encoder) throws {
            try self.album.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(self.edit, forKey: .edit)
        }
    }
}

extension AlbumView {
    /// All albums, in the order of their names.
    static func all(of library: PhotoLibrary) async throws -> [AlbumView] {
        try await library.albums().map { AlbumView($0) }
    }
}

extension Problem {
    static let albumNotFound = Problem(
        .notFound, "album-not-found", "There is no such album; it may have been deleted.")
}

extension RequestContext {
    /// The `{id}` of an album's path.
    var albumID: AlbumID {
        get throws {
            guard let number = self.parameters.get("id", as: Int64.self) else { throw Problem.albumNotFound }
            return AlbumID(number)
        }
    }
}
