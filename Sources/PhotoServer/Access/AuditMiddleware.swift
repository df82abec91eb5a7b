import HTTPTypes
import Hummingbird
import PhotoLibrary

/// Notes every change that was made, and by whom. What was refused changed nothing and is not noted.
struct AuditMiddleware: RouterMiddleware {
    typealias Context = BrowserContext
    let library: PhotoLibrary
    let site: Site

    func handle(
        _ request: Request, context: BrowserContext, next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        guard response.status.kind == .successful, let route = Self.noted(request.method, context.endpointPath) else {
            return response
        }
        try await self.library.note(
            who: context.session.userName, through: context.session.tokenName ?? "browser",
            action: "\(request.method.rawValue) \(route)",
            subject: String(request.uri.path.dropFirst("/api/v1/".count).prefix(200)),
            address: self.site.clientAddress(request, peer: context.peer))
        return response
    }

    /// The route below `/api/v1/`; nil for what is looked at only, and for the parts of an upload after its beginning.
    private static func noted(_ method: HTTPRequest.Method, _ route: String?) -> Substring? {
        guard method != .get, method != .head, let route, route.hasPrefix("/api/v1/") else { return nil }
        let name = route.dropFirst("/api/v1/".count)
        return name == "uploads/{id}" || name == "albums/preview" ? nil : name
    }
}
