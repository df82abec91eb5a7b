import HTTPTypes
import Hummingbird

/// `/api/v1/session`: signing in and out for programs, and who is signed in.
struct SessionController: Sendable {
    let accounts: Accounts
    let site: Site

    private struct Credentials: Decodable {
        let name: String
        let password: String
    }

    private struct View: Encodable {
        let user: String
        let role: String
        let scopes: [String]
        /// To be sent as `X-CSRF-Token` with every change.
        let csrfToken: String

        init(_ session: BrowserSession) {
            self.user = session.userName
            self.role = session.role
            self.scopes = Scope.allCases.filter(session.scopes.contains).map(\.rawValue)
            self.csrfToken = session.csrfToken
        }
    }

    /// `POST session`, for everybody.
    func addPublicRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.post("session") { request, context in
            guard !self.site.isCrossSite(request) else { throw Problem.crossSite }
            let credentials = try await request.json(Credentials.self)
            let new = try await self.accounts.signIn(
                name: credentials.name, password: credentials.password,
                address: self.site.clientAddress(request, peer: context.peer), agent: request.headers[.userAgent])
            var response = try Response.json(View(new.session), status: .created)
            response.setCookie(self.site.sessionCookie(token: new.token))
            return response
        }
    }

    private struct PasswordChange: Decodable {
        let present: String
        let password: String
    }

    /// `GET session`, `DELETE session`, and the password of who is signed in.
    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.post("session/password") { request, context in
            guard context.session.tokenName == nil else { throw Problem.notAllowed(context.session) }
            let change = try await request.json(PasswordChange.self)
            let new = try await self.accounts.changePassword(
                of: context.session, from: change.present, to: change.password,
                origin: self.site.origin(request, peer: context.peer))
            var response = try Response.json(View(new.session))
            response.setCookie(self.site.sessionCookie(token: new.token))
            return response
        }
        router.get("session") { _, context in try Response.json(View(context.session)) }
        router.delete("session") { _, context in
            try await self.accounts.signOut(context.session)
            var response = Response(status: .noContent)
            response.setCookie(self.site.endedSessionCookie)
            return response
        }
    }
}
