import Foundation
import HTTPTypes
import Logging
import PhotoLibrary
import Synchronization

/// Who may use the pages: the set-up of the first account, signing in and out, and sessions.
///
/// There is no default password. The first account is made through a link with a one-time token, which only somebody
/// who can read the server's output or its data folder knows.
package final class Accounts: Sendable {
    /// How long a session lasts after it was last used.
    static let sessionLifetime: TimeInterval = 30 * 24 * 3600
    private static let setupKey = PhotoLibrary.setupTokenHashKey

    let library: PhotoLibrary
    let hasher: PasswordHasher
    private let setupTokenPath: String
    let now: @Sendable () -> Date
    private let limiter = Mutex(SignInLimiter<ContinuousClock.Instant>())
    private let logger: Logger

    package init(
        library: PhotoLibrary, hasher: PasswordHasher, dataDirectory: String,
        now: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        self.library = library
        self.hasher = hasher
        self.setupTokenPath = dataDirectory + "/setup-token"
        self.now = now
        self.logger = logger
    }

    // MARK: The first account

    /// Makes sure that a server without accounts has a set-up token, and returns it; nil once there is an account.
    ///
    /// The token survives a restart, so that a link printed before still works.
    package func prepareSetup() async throws -> String? {
        guard try await self.library.userCount() == 0 else {
            try PrivateFile.remove(self.setupTokenPath)
            return nil
        }
        if let token = PrivateFile.read(self.setupTokenPath),
            try await self.library.value(forKey: Self.setupKey) == SecretToken.hash(of: token)
        {
            return token
        }
        let token = SecretToken()
        try await self.library.setValue(token.hash, forKey: Self.setupKey)
        try PrivateFile.write(token.text, to: self.setupTokenPath)
        return token.text
    }

    /// Whether the one-time link still waits for somebody.
    func isSetupPending() async throws -> Bool {
        try await self.library.value(forKey: Self.setupKey) != nil
    }

    /// Whether this is the set-up token.
    func isSetupToken(_ token: String) async throws -> Bool {
        guard let hash = try await self.library.value(forKey: Self.setupKey) else { return false }
        return equalInConstantTime(hash, SecretToken.hash(of: token))
    }

    /// Makes the administrator and signs in. The token is void afterwards, whoever comes second.
    func createAdministrator(
        name: String, password: String, token: String, from origin: Origin = Origin()
    ) async throws -> NewSession {
        guard try await self.isSetupToken(token) else { throw Problem.setupTokenVoid }
        let name = try PasswordRules.checkedName(name)
        try PasswordRules.check(password, of: name)
        let user = try await self.library.createFirstUser(
            name: name, passwordHash: try await self.hasher.hash(password), role: Role.administrator.rawValue,
            consumingSetupTokenHash: SecretToken.hash(of: token))
        try PrivateFile.remove(self.setupTokenPath)
        self.logger.info("administrator created", metadata: ["user": "\(user.name)"])
        return try await self.startSession(user, from: origin)
    }

    // MARK: Signing in

    /// Where a sign-in comes from, as the list of sessions tells it.
    struct Origin: Sendable {
        var address: String?
        /// What the browser calls itself.
        var agent: String?
    }

    /// Signs in, or throws a ``Problem`` that does not tell a wrong name from a wrong password.
    ///
    /// The session's secret is always a new one: whatever cookie a browser brought along becomes nobody's.
    func signIn(name: String, password: String, address: String, agent: String? = nil) async throws -> NewSession {
        let user = try await self.user(name: name, password: password, address: address)
        return try await self.startSession(user, from: Origin(address: address, agent: agent))
    }

    /// The user of a name and a password. Tries are limited by account and address.
    func user(name: String, password: String, address: String) async throws -> UserRecord {
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
        let account = name.lowercased()
        let decision = self.limiter.withLock { $0.attempt(account: account, address: address, now: .now) }
        if case .wait(let wait) = decision {
            self.logger.notice("sign-in refused after too many failures", metadata: ["address": "\(address)"])
            throw Problem.tooManyRequests(
                "too-many-sign-ins", "Too many failed sign-ins.", retryAfter: wait)
        }
        let user = name.count <= RequestLimits.nameCharacters ? try await self.library.user(named: name) : nil
        let password = String(password.prefix(PasswordRules.longest))
        guard try await self.hasher.check(password, against: user?.passwordHash), let user else {
            self.logger.notice("sign-in failed", metadata: ["address": "\(address)"])
            throw Problem.signInFailed
        }
        // Only whoever knows the password hears of it.
        guard user.disabledAt == nil else { throw Problem.accountDisabled }
        self.limiter.withLock { $0.succeeded(account: account, address: address) }
        return user
    }

    /// Ends a session everywhere.
    func signOut(_ session: BrowserSession) async throws {
        try await self.library.deleteSession(tokenHash: session.tokenHash)
    }

    /// The session of a cookie, if it is one and has not ended. Using it prolongs it, written at most once a day.
    func session(token: String) async throws -> BrowserSession? {
        guard token.utf8.count == SecretToken.length else { return nil }
        guard let (session, user) = try await self.library.session(tokenHash: SecretToken.hash(of: token)) else {
            return nil
        }
        let now = self.now()
        guard session.expiresAt > now else { return nil }
        if session.expiresAt.timeIntervalSince(now) < Self.sessionLifetime - 24 * 3600 {
            try await self.library.extendSession(
                tokenHash: session.tokenHash, expiresAt: now.addingTimeInterval(Self.sessionLifetime))
        }
        return Self.session(of: user, csrfToken: session.csrfToken, tokenHash: session.tokenHash)
    }

    static func session(of user: UserRecord, csrfToken: String, tokenHash: String) -> BrowserSession {
        BrowserSession(
            userID: user.id, userName: user.name, role: user.role, scopes: Role.scopes(of: user.role),
            csrfToken: csrfToken, tokenHash: tokenHash)
    }

    /// A session that has just begun: the cookie's token is known here and in the browser only.
    struct NewSession: Sendable {
        let token: String
        let session: BrowserSession
    }

    func startSession(_ user: UserRecord, from origin: Origin) async throws -> NewSession {
        let now = self.now()
        try await self.library.deleteSessions(expiredBefore: now)
        let token = SecretToken()
        let csrfToken = SecretToken().text
        try await self.library.createSession(
            tokenHash: token.hash, user: user.id, csrfToken: csrfToken, createdAt: now,
            expiresAt: now.addingTimeInterval(Self.sessionLifetime), agent: origin.agent.map { String($0.prefix(300)) },
            address: origin.address)
        return NewSession(
            token: token.text, session: Self.session(of: user, csrfToken: csrfToken, tokenHash: token.hash))
    }
}

extension Problem {
    /// Name or password is wrong; which one is nobody's business.
    static let signInFailed = Problem(
        .unauthorized, "sign-in-failed", "Name or password is wrong.", remedy: "Try again.")

    /// The right password of an account that nobody may use now.
    static let accountDisabled = Problem(
        .forbidden, "account-disabled", "This account is disabled.", remedy: "Ask an administrator to enable it.")

    /// The set-up link was used already, or never was one.
    static let setupTokenVoid = Problem(
        .forbidden, "setup-token-void", "This set-up link is not valid, or was used already.",
        remedy: "Sign in, or open the link that the server printed at its last start.")
}
