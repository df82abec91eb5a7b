import Foundation
import Hummingbird

/// Sends somebody who opens a page without being signed in to the sign-in page, and back afterwards.
struct SignInRedirectMiddleware: RouterMiddleware {
    typealias Context = PhotoServerRequestContext

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard context.session == nil else { return try await next(request, context) }
        let wanted = AccountPages.safeNext(request.head.path)
        var allowed = CharacterSet.urlQueryAllowed
        allowed.remove(charactersIn: "&+=?#")
        let encoded = wanted.addingPercentEncoding(withAllowedCharacters: allowed) ?? "/"
        return .redirect(to: wanted == "/" ? "/signin" : "/signin?next=\(encoded)")
    }
}
