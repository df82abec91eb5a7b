import Foundation
import GRDB

extension PhotoLibrary {
    /// The key under which the hash of the one-time set-up token stands; see ``createFirstUser(name:passwordHash:role:consumingSetupTokenHash:)``.
    package static let setupTokenHashKey = "setup-token-hash"

    package func userCount() async throws -> Int {
        try await self.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM user") ?? 0 }
    }

    /// - Parameter name: Without regard to case.
    package func user(named name: String) async throws -> UserRecord? {
        try await self.read { try UserRecord.fetchOne($0, sql: "SELECT * FROM user WHERE name = ?", arguments: [name]) }
    }

    package func user(_ id: UserID) async throws -> UserRecord? {
        try await self.read { try UserRecord.fetchOne($0, sql: "SELECT * FROM user WHERE id = ?", arguments: [id]) }
    }

    /// Makes the administrator, once: the set-up token is used up in the same transaction.
    ///
    /// - Parameters:
    ///   - name: 1 to 100 characters.
    ///   - passwordHash: Made by the caller.
    ///   - role: The server's word for what this user may do.
    ///   - tokenHash: Must equal the setting ``setupTokenHashKey``.
    /// - Throws: ``PhotoLibraryError``: `setupTokenInvalid`, also when there is a user already; `invalidName`.
    package func createFirstUser(
        name: String, passwordHash: String, role: String, consumingSetupTokenHash tokenHash: String
    ) async throws -> UserRecord {
        let name = try Self.validName(name, of: "user")
        return try await self.write { [now] db, _ in
            let expected = try String.fetchOne(
                db, sql: "SELECT value FROM setting WHERE key = ?", arguments: [Self.setupTokenHashKey])
            let users = try Int.fetchOne(db, sql: "SELECT count(*) FROM user") ?? 0
            guard let expected, expected == tokenHash, users == 0 else {
                throw PhotoLibraryError(
                    .setupTokenInvalid,
                    "This set-up link was used already, or is not this server's. Restart the server for a new one.")
            }
            try db.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [Self.setupTokenHashKey])
            return try Self.insertUser(db, name: name, passwordHash: passwordHash, role: role, at: now())
        }
    }

    /// - Throws: ``PhotoLibraryError``: `notFound`.
    package func setPasswordHash(_ passwordHash: String, of user: UserID) async throws {
        try await self.write { db, _ in
            try Self.replacePassword(db, of: user, with: passwordHash)
        }
    }

    /// Whoever knew the old password is signed out everywhere.
    static func replacePassword(_ db: Database, of user: UserID, with passwordHash: String) throws {
        try db.execute(sql: "UPDATE user SET passwordHash = ? WHERE id = ?", arguments: [passwordHash, user])
        guard db.changesCount > 0 else { throw PhotoLibraryError(.notFound, "There is no such user.") }
        try db.execute(sql: "DELETE FROM session WHERE userID = ?", arguments: [user])
    }

    static func insertUser(
        _ db: Database, name: String, passwordHash: String, role: String, at date: Date
    ) throws -> UserRecord {
        try db.execute(
            sql: "INSERT INTO user (name, passwordHash, role, createdAt) VALUES (?, ?, ?, ?)",
            arguments: [name, passwordHash, role, date])
        let id = db.lastInsertedRowID
        guard let user = try UserRecord.fetchOne(db, sql: "SELECT * FROM user WHERE id = ?", arguments: [id]) else {
            throw PhotoLibraryError(.storage, "The user “\(name)” could not be stored.")
        }
        return user
    }

    // MARK: Sessions

    /// - Parameters:
    ///   - tokenHash: SHA-256 of the cookie's token, hexadecimal.
    ///   - agent: What the browser calls itself.
    ///   - address: Where it signed in from.
    package func createSession(
        tokenHash: String, user: UserID, csrfToken: String, createdAt: Date, expiresAt: Date, agent: String? = nil,
        address: String? = nil
    ) async throws {
        try await self.write { db, _ in
            try db.execute(
                sql: """
                    INSERT INTO session (tokenHash, userID, csrfToken, createdAt, expiresAt, agent, address)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """, arguments: [tokenHash, user, csrfToken, createdAt, expiresAt, agent, address])
        }
    }

    /// A session and its user, unless that is disabled; the caller compares `expiresAt` with its clock.
    package func session(tokenHash: String) async throws -> (session: SessionRecord, user: UserRecord)? {
        try await self.read { db in
            guard
                let session = try SessionRecord.fetchOne(
                    try db.cachedStatement(sql: "SELECT * FROM session WHERE tokenHash = ?"), arguments: [tokenHash]),
                let user = try Self.activeUser(db, session.userID)
            else { return nil }
            return (session, user)
        }
    }

    /// - Returns: nil also for one that is disabled.
    static func activeUser(_ db: Database, _ id: UserID) throws -> UserRecord? {
        try UserRecord.fetchOne(
            try db.cachedStatement(sql: "SELECT * FROM user WHERE id = ? AND disabledAt IS NULL"), arguments: [id])
    }

    package func extendSession(tokenHash: String, expiresAt: Date) async throws {
        try await self.write { db, _ in
            try db.execute(
                sql: "UPDATE session SET expiresAt = ? WHERE tokenHash = ?", arguments: [expiresAt, tokenHash])
        }
    }

    package func deleteSession(tokenHash: String) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "DELETE FROM session WHERE tokenHash = ?", arguments: [tokenHash])
        }
    }

    package func deleteSessions(expiredBefore date: Date) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "DELETE FROM session WHERE expiresAt < ?", arguments: [date])
        }
    }

    // MARK: Settings of the server

    package func value(forKey key: String) async throws -> String? {
        try await self.read {
            try String.fetchOne($0, sql: "SELECT value FROM setting WHERE key = ?", arguments: [key])
        }
    }

    /// - Parameter value: `nil` removes the key.
    package func setValue(_ value: String?, forKey key: String) async throws {
        try await self.write { db, _ in
            guard let value else {
                try db.execute(sql: "DELETE FROM setting WHERE key = ?", arguments: [key])
                return
            }
            try db.execute(
                sql:
                    "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                arguments: [key, value])
        }
    }
}
