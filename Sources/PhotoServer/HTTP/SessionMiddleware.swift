import Hummingbird

/// Finds out who is asking, from a program's bearer token or the session cookie. Refuses nobody: routes do that by asking
/// for a ``BrowserContext``.
struct SessionMiddleware: RouterMiddleware {
    typealias Context = PhotoServerRequestContext
    let accounts: Accounts
    let site: Site

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token = request.bearerToken {
            context.session = try await self.accounts.session(apiToken: token)
        } else if let cookie = request.cookies[self.site.sessionCookieName] {
            context.session = try await self.accounts.session(token: cookie.value)
        }
        return try await next(request, context)
    }
}

extension Site {
    /// The cookie that carries a new session. Lax, so that a link from a mail still finds the reader signed in.
    func sessionCookie(token: String) -> Cookie {
        Cookie(
            name: self.sessionCookieName, value: token, maxAge: Int(Accounts.sessionLifetime), path: "/",
            secure: self.isSecure, httpOnly: true, sameSite: .lax)
    }

    /// The cookie that makes the browser forget its session.
    var endedSessionCookie: Cookie {
        Cookie(
            name: self.sessionCookieName, value: "", maxAge: 0, path: "/", secure: self.isSecure, httpOnly: true,
            sameSite: .lax)
    }
}
