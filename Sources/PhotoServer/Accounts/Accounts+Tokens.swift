import Foundation
import HTTPTypes
import PhotoLibrary

/// Secrets with which programs act for a person.
extension Accounts {
    /// What every one begins with, so that one that was published by mistake can be found.
    static let tokenPrefix = "vitrine_"
    /// How long a token may last, in days.
    static let tokenDays = 1...3650

    /// The session of a program's token; nil for one that is void.
    func session(apiToken text: String) async throws -> BrowserSession? {
        guard text.hasPrefix(Self.tokenPrefix), text.utf8.count == Self.tokenPrefix.utf8.count + SecretToken.length,
            let (token, user) = try await self.library.apiToken(tokenHash: SecretToken.hash(of: text))
        else { return nil }
        let now = self.now()
        guard token.expiresAt > now else { return nil }
        if token.lastUsedAt.map({ abs(now.timeIntervalSince($0)) >= 60 }) ?? true {
            try await self.library.touchAPIToken(token.id)
        }
        return BrowserSession(
            userID: user.id, userName: user.name, role: user.role,
            // Never more than its owner may do now.
            scopes: Role.scopes(of: user.role).intersection(Scope.set(token.scopes)), csrfToken: "",
            tokenHash: SecretToken.hash(of: text), tokenName: token.name)
    }

    /// Makes a token for whoever is signed in.
    ///
    /// - Parameters:
    ///   - scopes: Not more than this session has.
    ///   - days: How long it lasts; see ``tokenDays``.
    /// - Returns: The record, and the secret, which is shown once.
    func makeToken(
        named name: String, scopes: Set<Scope>, days: Int, for session: BrowserSession
    ) async throws -> (record: APITokenRecord, secret: String) {
        guard !scopes.isEmpty, scopes.isSubset(of: session.scopes) else {
            throw Problem(
                .unprocessableContent, "scope-invalid",
                "A token needs one of these scopes at least, and no others: \(Scope.text(session.scopes)).")
        }
        guard Self.tokenDays.contains(days) else {
            throw Problem(
                .unprocessableContent, "days-invalid",
                "A token lasts \(Self.tokenDays.lowerBound) to \(Self.tokenDays.upperBound) days.")
        }
        let secret = Self.tokenPrefix + SecretToken().text
        let record = try await self.library.makeAPIToken(
            tokenHash: SecretToken.hash(of: secret), user: session.userID, name: name, scopes: Scope.text(scopes),
            expiresAt: self.now().addingTimeInterval(Double(days) * 86_400))
        return (record, secret)
    }

    /// Whether a session goes on: it was neither ended nor has it run out.
    func isAlive(_ session: BrowserSession) async throws -> Bool {
        if session.tokenName != nil {
            guard let token = try await self.library.apiToken(tokenHash: session.tokenHash)?.token else { return false }
            return token.expiresAt > self.now()
        }
        guard let known = try await self.library.session(tokenHash: session.tokenHash)?.session else { return false }
        return known.expiresAt > self.now()
    }
}
