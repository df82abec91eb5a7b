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
    /// Fewest characters of a password; length is what counts (NIST SP 800-63B).
    static let shortestPassword = 10
    /// Most characters, so that hashing stays cheap for what anybody types.
    static let longestPassword = 200
    private static let setupKey = PhotoLibrary.setupTokenHashKey

    private let library: PhotoLibrary
    private let hasher: PasswordHasher
    private let setupTokenPath: String
    private let now: @Sendable () -> Date
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
    func createAdministrator(name: String, password: String, token: String) async throws -> NewSession {
        guard try await self.isSetupToken(token) else { throw Problem.setupTokenVoid }
        let name = try Self.checkedName(name)
        try Self.check(password: password, name: name)
        let user = try await self.library.createFirstUser(
            name: name, passwordHash: try await self.hasher.hash(password), role: "administrator",
            consumingSetupTokenHash: SecretToken.hash(of: token))
        try PrivateFile.remove(self.setupTokenPath)
        self.logger.info("administrator created", metadata: ["user": "\(user.name)"])
        return try await self.startSession(user)
    }

    // MARK: Signing in

    /// Signs in, or throws a ``Problem`` that does not tell a wrong name from a wrong password.
    func signIn(name: String, password: String, address: String) async throws -> NewSession {
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
        let account = name.lowercased()
        let decision = self.limiter.withLock { $0.attempt(account: account, address: address, now: .now) }
        if case .wait(let wait) = decision {
            self.logger.notice("sign-in refused after too many failures", metadata: ["address": "\(address)"])
            throw Problem.tooManyRequests(
                "too-many-sign-ins", "Too many failed sign-ins.", retryAfter: wait)
        }
        let user = name.count <= RequestLimits.nameCharacters ? try await self.library.user(named: name) : nil
        let password = String(password.prefix(Self.longestPassword))
        guard try await self.hasher.check(password, against: user?.passwordHash), let user else {
            self.logger.notice("sign-in failed", metadata: ["address": "\(address)"])
            throw Problem.signInFailed
        }
        self.limiter.withLock { $0.succeeded(account: account, address: address) }
        return try await self.startSession(user)
    }

    /// Ends a session everywhere.
    func signOut(_ session: BrowserSession) async throws {
        try await self.library.deleteSession(tokenHash: session.tokenHash)
    }

    /// The session of a cookie, if it is one and has not ended. Using it prolongs it, written at most once a day.
    func session(token: String) async throws -> BrowserSession? {
        guard token.utf8.count == 43 else { return nil }
        guard let (session, user) = try await self.library.session(tokenHash: SecretToken.hash(of: token)) else {
            return nil
        }
        let now = self.now()
        guard session.expiresAt > now else { return nil }
        if session.expiresAt.timeIntervalSince(now) < Self.sessionLifetime - 24 * 3600 {
            try await self.library.extendSession(
                tokenHash: session.tokenHash, expiresAt: now.addingTimeInterval(Self.sessionLifetime))
        }
        return BrowserSession(
            userName: user.name, role: user.role, csrfToken: session.csrfToken, tokenHash: session.tokenHash)
    }

    /// A session that has just begun: the cookie's token is known here and in the browser only.
    struct NewSession: Sendable {
        let token: String
        let session: BrowserSession
    }

    private func startSession(_ user: UserRecord) async throws -> NewSession {
        let now = self.now()
        try await self.library.deleteSessions(expiredBefore: now)
        let token = SecretToken()
        let csrfToken = SecretToken().text
        try await self.library.createSession(
            tokenHash: token.hash, user: user.id, csrfToken: csrfToken, createdAt: now,
            expiresAt: now.addingTimeInterval(Self.sessionLifetime))
        return NewSession(
            token: token.text,
            session: BrowserSession(
                userName: user.name, role: user.role, csrfToken: csrfToken, tokenHash: token.hash))
    }

    // MARK: What may be chosen

    private static func checkedName(_ name: String) throws -> String {
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...64).contains(name.count), !name.unicodeScalars.contains(where: { $0.properties.isNonPrinting })
        else {
            throw Problem(.unprocessableContent, "name-invalid", "A name has 1 to 64 characters.")
        }
        return name
    }

    private static func check(password: String, name: String) throws {
        guard password.count >= Self.shortestPassword else {
            throw Problem(
                .unprocessableContent, "password-too-short",
                "A password has at least \(Self.shortestPassword) characters.",
                remedy: "Four or five words in a row are easy to remember and hard to guess.")
        }
        guard password.count <= Self.longestPassword else {
            throw Problem(
                .unprocessableContent, "password-too-long", "A password has at most \(Self.longestPassword) characters."
            )
        }
        let isName = password.lowercased().contains(name.lowercased()) && password.count < name.count + 6
        guard Set(password).count > 4, !isName else {
            throw Problem(
                .unprocessableContent, "password-too-simple", "That password is too easy to guess.",
                remedy: "Four or five words in a row are easy to remember and hard to guess.")
        }
    }
}

extension Unicode.Scalar.Properties {
    /// Control, format and surrogate characters: nothing a person would see in a name.
    fileprivate var isNonPrinting: Bool {
        switch self.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension Problem {
    /// Name or password is wrong; which one is nobody's business.
    static let signInFailed = Problem(
        .unauthorized, "sign-in-failed", "Name or password is wrong.", remedy: "Try again.")

    /// The set-up link was used already, or never was one.
    static let setupTokenVoid = Problem(
        .forbidden, "setup-token-void", "This set-up link is not valid, or was used already.",
        remedy: "Sign in, or open the link that the server printed at its last start.")
}
