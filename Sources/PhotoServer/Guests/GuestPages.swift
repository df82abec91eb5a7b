import HTTPTypes
import Hummingbird
import PhotoLibrary

/// The page that an upload link opens.
struct GuestPages: Sendable {
    let library: PhotoLibrary
    let pages: PageRenderer

    func addRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.get("guest", use: self.show)
    }

    private func show(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        let token = request.uri.queryParameters["link"].map(String.init) ?? ""
        guard token.utf8.count == SecretToken.length,
            let link = try await self.library.uploadLink(tokenHash: SecretToken.hash(of: token))
        else { throw Problem.uploadLinkVoid }
        return try self.pages.bare(GuestPage(label: link.label, albumName: link.albumName, link: token))
    }
}

/// Takes photos from somebody without an account.
struct GuestPage: BarePage {
    static let template = "guest"
    let title = "Add photos"
    var status = HTTPResponse.Status.ok
    let label: String
    let albumName: String
    let link: String
}
