import HTTPTypes
import Hummingbird

/// Lets a request that changes something pass only with this session's CSRF token, and from this server's own page.
///
/// A program's token needs none: it stands in a header that another site's page cannot send.
struct CSRFMiddleware: RouterMiddleware {
    typealias Context = BrowserContext
    let site: Site

    func handle(
        _ request: Request, context: BrowserContext, next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        switch request.method {
        case .get, .head:
            break
        case _ where context.session.tokenName != nil:
            break
        default:
            guard !self.site.isCrossSite(request), let token = request.headers[.csrfToken],
                equalInConstantTime(token, context.session.csrfToken)
            else { throw Problem.crossSite }
        }
        return try await next(request, context)
    }
}
