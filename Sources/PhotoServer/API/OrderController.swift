import HTTPTypes
import Hummingbird
import PhotoLibrary

/// Keeping order: changing photos, keywords, cameras, what was changed, and the bin.
struct OrderController: Sendable {
    let library: PhotoLibrary

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.post("photos/changes", use: self.change)
        router.get("keywords", use: self.keywords)
        router.post("keywords/rename", use: self.renameKeyword)
        router.get("cameras", use: self.cameras)
        router.get("edits", use: self.edits)
        router.post("edits/{id}/undo", use: self.undo)
        router.post("bin/empty", use: self.emptyBin)
        router.get("watched", use: self.watched)
    }

    private struct Changes: Decodable {
        let photos: [Int64]
        let change: PhotoChange
    }
    private struct Renaming: Decodable {
        let from: String
        let to: String?
    }
    private struct Keywords: Encodable { let keywords: [PhotoLibrary.KeywordCount] }
    private struct Cameras: Encodable { let cameras: [String] }
    private struct Edits: Encodable { let edits: [EditView] }
    private struct Emptying: Decodable { let photos: [Int64]? }
    private struct Emptied: Encodable { let deleted: Int }

    private func change(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let changes = try await request.json(Changes.self)
        guard changes.photos.count <= RequestLimits.photosPerRequest else {
            throw Problem.badRequest("At most \(RequestLimits.photosPerRequest) photos can be named at once.")
        }
        let edit = try await self.library.changePhotos(changes.photos.map(PhotoID.init(rawValue:)), changes.change)
        return try .json(EditAnswer(edit))
    }

    private func keywords(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let query = request.uri.queryParameters
        let prefix = query["prefix"].map(String.init) ?? ""
        guard prefix.count <= RequestLimits.nameCharacters else {
            throw Problem.badRequest("The query member \"prefix\" is too long.")
        }
        let limit = query["limit"].flatMap { Int($0) } ?? 20
        return try .json(
            Keywords(
                keywords: try await self.library.keywords(beginningWith: prefix, limit: min(max(limit, 1), 500))))
    }

    private func renameKeyword(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let renaming = try await request.json(Renaming.self)
        return try .json(EditAnswer(try await self.library.renameKeyword(renaming.from, to: renaming.to)))
    }

    private func cameras(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(Cameras(cameras: try await self.library.cameras()))
    }

    private func edits(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(Edits(edits: try await self.library.edits().map(EditView.init)))
    }

    private func undo(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let id = context.parameters.get("id", as: Int64.self) else { throw Problem.notFound }
        return try .json(EditAnswer(try await self.library.undoEdit(id)))
    }

    private struct Watched: Encodable { let refused: [WatchedFailure] }

    private func watched(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(Watched(refused: try await self.library.watchedFailures()))
    }

    private func emptyBin(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let photos = try await request.json(Emptying.self).photos
        guard photos?.count ?? 0 <= RequestLimits.photosPerRequest else {
            throw Problem.badRequest("At most \(RequestLimits.photosPerRequest) photos can be named at once.")
        }
        return try .json(Emptied(deleted: try await self.library.emptyBin(photos?.map(PhotoID.init(rawValue:)))))
    }
}
