import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/upload-links`: links with which people without an account add photos to one album.
struct UploadLinksController: Sendable {
    let library: PhotoLibrary
    let site: Site

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("upload-links", use: self.list)
        router.post("upload-links", use: self.make)
        router.delete("upload-links/{id}", use: self.end)
    }

    private struct Link: Encodable {
        let id: Int64
        let label: String
        let album: Int64
        let albumName: String
        let madeBy: String
        let expiresAt: Date
        let filesLeft: Int
        /// The link itself; only in the answer that makes it.
        var url: String?

        init(_ link: UploadLink, url: String? = nil) {
            self.id = link.id
            self.label = link.label
            self.album = link.albumID.rawValue
            self.albumName = link.albumName
            self.madeBy = link.madeBy
            self.expiresAt = link.expiresAt
            self.filesLeft = link.filesLeft
            self.url = url
        }
    }

    private struct Links: Encodable {
        let uploadLinks: [Link]
    }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(Links(uploadLinks: try await self.library.uploadLinks().map { Link($0) }))
    }

    private struct Wish: Decodable {
        let label: String
        let album: Int64
        let days: Int?
        let files: Int?
    }

    private func make(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let wish = try await request.json(Wish.self)
        let days = wish.days ?? 14
        let files = wish.files ?? 200
        guard (1...365).contains(days), (1...10_000).contains(files) else {
            throw Problem(
                .unprocessableContent, "limits-invalid", "A link lasts 1 to 365 days and lets 1 to 10000 files in.")
        }
        let token = SecretToken()
        let link = try await self.library.makeUploadLink(
            tokenHash: token.hash, label: wish.label, album: AlbumID(wish.album), files: files,
            madeBy: context.session.userName, expiresAt: Date().addingTimeInterval(Double(days) * 86_400))
        return try .json(
            Link(link, url: self.site.url(path: "/guest?link=\(token.text)", of: request)), status: .created)
    }

    private func end(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let id = context.parameters.get("id", as: Int64.self) else { throw Problem.notFound }
        try await self.library.deleteUploadLink(id)
        return Response(status: .noContent)
    }
}
