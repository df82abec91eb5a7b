import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary

/// Finds the link that a guest's page sends along, as a bearer token. Routes refuse by asking for a ``GuestContext``.
struct GuestMiddleware: RouterMiddleware {
    typealias Context = PhotoServerRequestContext
    let library: PhotoLibrary

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token = request.bearerToken {
            context.uploadLink = try await self.library.uploadLink(tokenHash: SecretToken.hash(of: token))
        }
        return try await next(request, context)
    }
}

/// The context of routes for guests with a link.
struct GuestContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    let link: UploadLink

    init(context: PhotoServerRequestContext) throws {
        guard let link = context.uploadLink else { throw Problem.uploadLinkVoid }
        self.coreContext = context.coreContext
        self.link = link
    }

    var maxUploadSize: Int { RequestLimits.jsonBytes }
}

extension Problem {
    /// A link that has ended, or never was one.
    static let uploadLinkVoid = Problem(
        .unauthorized, "upload-link-void", "This link has ended.", remedy: "Ask whoever gave it to you for a new one.",
        headers: [.wwwAuthenticate: "Bearer"])
}
