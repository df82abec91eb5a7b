import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary

/// Setting up, signing in and out, by plain forms: they work without a script.
struct AccountPages: Sendable {
    let accounts: Accounts
    let site: Site
    let pages: PageRenderer

    func addRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.get("setup", use: self.showSetup)
        router.post("setup", use: self.setUp)
        router.get("signin", use: self.showSignIn)
        router.post("signin", use: self.signIn)
        router.post("signout", use: self.signOut)
        router.get("invite", use: self.showLink)
        router.post("invite", use: self.useLink)
        router.get("reset", use: self.showLink)
        router.post("reset", use: self.useLink)
    }

    private func showSetup(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        let token = request.uri.queryParameters["token"].map(String.init) ?? ""
        guard try await self.accounts.isSetupToken(token) else { throw Problem.setupTokenVoid }
        return try self.pages.bare(SetupPage(token: token))
    }

    private func setUp(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        let form = try await self.form(request)
        let name = form["name"] ?? ""
        let token = form["token"] ?? ""
        do {
            let session = try await self.accounts.createAdministrator(
                name: name, password: form["password"] ?? "", token: token,
                from: self.site.origin(request, peer: context.peer))
            return try await self.signedIn(session, next: "/", context)
        } catch let problem as Problem where problem.status == .unprocessableContent {
            return try self.pages.bare(
                SetupPage(status: problem.status, message: problem.sentence, name: name, token: token))
        }
    }

    private func showSignIn(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        let next = Self.safeNext(request.uri.queryParameters["next"].map(String.init))
        if context.session != nil { return .redirect(to: next) }
        return try self.pages.bare(SignInPage(next: next, setupPending: try await self.accounts.isSetupPending()))
    }

    private func signIn(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        let form = try await self.form(request)
        let name = form["name"] ?? ""
        let next = Self.safeNext(form["next"])
        do {
            let address = self.site.clientAddress(request, peer: context.peer)
            let session = try await self.accounts.signIn(
                name: name, password: form["password"] ?? "", address: address, agent: request.headers[.userAgent])
            return try await self.signedIn(session, next: next, context)
        } catch let problem as Problem {
            var response = try self.pages.bare(
                SignInPage(status: problem.status, message: problem.sentence, name: name, next: next))
            response.headers[.retryAfter] = problem.headers[.retryAfter]
            return response
        }
    }

    private func signOut(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        let form = try await self.form(request)
        var response = Response.redirect(to: "/signin")
        if let session = context.session {
            guard let token = form["csrf"], equalInConstantTime(token, session.csrfToken) else {
                throw Problem.crossSite
            }
            try await self.accounts.signOut(session)
        }
        response.setCookie(self.site.endedSessionCookie)
        return response
    }

    /// The form behind a link to an account, or to a new password: which of the two, the link itself knows.
    private func showLink(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        let token = request.uri.queryParameters["token"].map(String.init) ?? ""
        return try self.pages.bare(LinkPage(try await self.accounts.link(token), token: token))
    }

    private func useLink(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        let form = try await self.form(request)
        let token = form["token"] ?? ""
        let link = try await self.accounts.link(token)
        let origin = self.site.origin(request, peer: context.peer)
        let password = form["password"] ?? ""
        do {
            let session =
                link.userID == nil
                ? try await self.accounts.accept(token, name: form["name"] ?? "", password: password, from: origin)
                : try await self.accounts.choosePassword(password, token: token, from: origin)
            return try await self.signedIn(session, next: "/", context)
        } catch let error as any ProblemConvertible where error.problem.status == .conflict {
            return try self.pages.bare(LinkPage(link, token: token, problem: error.problem, name: form["name"] ?? ""))
        } catch let problem as Problem where problem.status == .unprocessableContent {
            return try self.pages.bare(LinkPage(link, token: token, problem: problem, name: form["name"] ?? ""))
        }
    }

    private func signedIn(
        _ session: Accounts.NewSession, next: String, _ context: PhotoServerRequestContext
    ) async throws -> Response {
        // The one that this browser had, of whoever used it before.
        if let former = context.session, former.tokenName == nil { try await self.accounts.signOut(former) }
        var response = Response.redirect(to: next)
        response.setCookie(self.site.sessionCookie(token: session.token))
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// Reads a form of this server's own pages; another site's page cannot sign a visitor in to somebody's account.
    private func form(_ request: Request) async throws -> [String: String] {
        guard !self.site.isCrossSite(request) else { throw Problem.crossSite }
        let body = try await request.body.collect(upTo: 16 << 10)
        return FormFields.read(String(buffer: body))
    }

    /// Only paths of this server: anything else would make this page a springboard to another site.
    static func safeNext(_ next: String?) -> String {
        guard let next, next.hasPrefix("/"), !next.hasPrefix("//"), !next.contains("\\"),
            next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return "/" }
        return next
    }
}

extension Problem {
    /// Detail and remedy in one, for a page.
    var sentence: String { [self.detail, self.remedy].compactMap { $0 }.joined(separator: " ") }
}
