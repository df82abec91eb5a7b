import Foundation
import HTTPTypes
import PhotoLibrary

/// Accounts beyond the first: by invitation. Passwords that were forgotten: by a link. A link works once.
extension Accounts {
    /// How long an invitation waits.
    static let invitationLifetime: TimeInterval = 7 * 24 * 3600
    /// How long a link to a new password does.
    package static let passwordLinkLifetime: TimeInterval = 3600

    /// A link as its maker sees it, once: its token is nowhere on disk.
    struct NewLink: Sendable {
        let link: AccountLink
        let token: String
    }

    func invite(role: Role, by session: BrowserSession) async throws -> NewLink {
        let token = SecretToken()
        let link = try await self.library.makeInvitation(
            tokenHash: token.hash, role: role.rawValue, madeBy: session.userName,
            expiresAt: self.now().addingTimeInterval(Self.invitationLifetime))
        return NewLink(link: link, token: token.text)
    }

    func linkToNewPassword(for user: UserID, by session: BrowserSession) async throws -> NewLink {
        let token = SecretToken()
        let link = try await self.library.makePasswordLink(
            tokenHash: token.hash, for: user, madeBy: session.userName,
            expiresAt: self.now().addingTimeInterval(Self.passwordLinkLifetime))
        return NewLink(link: link, token: token.text)
    }

    /// The link of a token.
    ///
    /// - Throws: ``Problem/linkVoid`` where there is none, or it was used.
    func link(_ token: String) async throws -> AccountLink {
        guard token.utf8.count == SecretToken.length,
            let link = try await self.library.accountLink(tokenHash: SecretToken.hash(of: token))
        else { throw Problem.linkVoid }
        return link
    }

    /// Makes the account that a link invites to, and signs in.
    func accept(_ token: String, name: String, password: String, from origin: Origin) async throws -> NewSession {
        _ = try await self.link(token)
        let name = try PasswordRules.checkedName(name)
        try PasswordRules.check(password, of: name)
        let user = try await self.library.createUser(
            name: name, passwordHash: try await self.hasher.hash(password),
            consumingInvitation: SecretToken.hash(of: token))
        return try await self.startSession(user, from: origin)
    }

    /// Gives the user of a link a new password, signs them out everywhere else, and in here.
    func choosePassword(_ password: String, token: String, from origin: Origin) async throws -> NewSession {
        guard let id = try await self.link(token).userID, let user = try await self.library.user(id) else {
            throw Problem.linkVoid
        }
        try PasswordRules.check(password, of: user.name)
        let known = try await self.library.setPasswordHash(
            try await self.hasher.hash(password), consumingPasswordLink: SecretToken.hash(of: token))
        return try await self.startSession(known, from: origin)
    }

    /// Changes the password of somebody who is signed in and knows the present one. Everywhere else they are signed out.
    func changePassword(
        of session: BrowserSession, from present: String, to password: String, origin: Origin
    ) async throws -> NewSession {
        let user = try await self.user(
            name: session.userName, password: present, address: origin.address ?? "unknown")
        try PasswordRules.check(password, of: user.name)
        try await self.library.setPasswordHash(try await self.hasher.hash(password), of: user.id)
        return try await self.startSession(user, from: origin)
    }
}

extension Problem {
    /// A link to an account that was used, has ended, or never was one.
    static let linkVoid = Problem(
        .forbidden, "link-void", "This link was used already, or has ended.", remedy: "Ask for a new one.")
}
