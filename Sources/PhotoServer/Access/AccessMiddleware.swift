import HTTPTypes
import Hummingbird

/// Lets a request pass where ``AccessRules`` say that this person, or this token, may.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = BrowserContext

    func handle(
        _ request: Request, context: BrowserContext, next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        guard let route = context.endpointPath, let scope = AccessRules.scope(request.method, route: route),
            context.session.scopes.contains(scope)
        else { throw Problem.notAllowed(context.session) }
        return try await next(request, context)
    }
}

extension Problem {
    /// Signed in, but not for this.
    static func notAllowed(_ session: BrowserSession) -> Problem {
        Problem(
            .forbidden, "not-allowed",
            session.tokenName == nil
                ? "As \(session.role) you may not do this." : "This token may not do this.",
            remedy: session.tokenName == nil
                ? "Ask an administrator, or for another role." : "Make a token with the scope that it needs.")
    }
}
