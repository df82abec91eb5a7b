import Foundation
import GRDB

/// A link that can be used once: to make an account with a role, or to choose a new password for one.
package struct AccountLink: Codable, Hashable, Sendable, FetchableRecord {
    package let id: Int64
    /// The role of the account to be made; empty where a password is to be chosen.
    package let role: String
    /// Whose password; `nil` where an account is to be made.
    package let userID: UserID?
    /// Who made it.
    package let madeBy: String
    package let createdAt: Date
    package let expiresAt: Date

    static let columns = "id, role, userID, madeBy, createdAt, expiresAt"
    /// Links that may wait to be used at one time; enough for every family and gallery.
    static let most = 200
}

extension PhotoLibrary {
    /// Links that have not been used and have not ended, the newest first.
    package func accountLinks() async throws -> [AccountLink] {
        try await self.read { [now] db in
            try AccountLink.fetchAll(
                db, sql: "SELECT \(AccountLink.columns) FROM accountLink WHERE expiresAt > ? ORDER BY id DESC",
                arguments: [now()])
        }
    }

    /// The link of a token, if it has neither been used nor ended.
    ///
    /// - Parameter tokenHash: SHA-256 of the link's token, hexadecimal.
    package func accountLink(tokenHash: String) async throws -> AccountLink? {
        try await self.read { [now] db in try Self.accountLink(db, tokenHash: tokenHash, at: now()) }
    }

    /// Makes a link to an account with a role.
    ///
    /// - Throws: ``PhotoLibraryError``: `full` where too many wait already.
    package func makeInvitation(
        tokenHash: String, role: String, madeBy: String, expiresAt: Date
    ) async throws -> AccountLink {
        try await self.write { [now] db, _ in
            try Self.insertAccountLink(
                db, tokenHash: tokenHash, role: role, user: nil, madeBy: madeBy, at: now(), expiresAt: expiresAt)
        }
    }

    /// Makes a link to a new password. Earlier ones of the same user are void.
    ///
    /// - Throws: ``PhotoLibraryError``: `notFound`, `conflict` where the user is disabled, `full`.
    package func makePasswordLink(
        tokenHash: String, for user: UserID, madeBy: String, expiresAt: Date
    ) async throws -> AccountLink {
        try await self.write { [now] db, _ in
            try Self.insertPasswordLink(
                db, tokenHash: tokenHash, user: user, madeBy: madeBy, at: now(), expiresAt: expiresAt)
        }
    }

    /// Takes a link back. One that is not there is fine.
    package func deleteAccountLink(_ id: Int64) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "DELETE FROM accountLink WHERE id = ?", arguments: [id])
        }
    }

    /// Makes the account that a link invites to. The link is used up in the same transaction.
    ///
    /// - Throws: ``PhotoLibraryError``: `setupTokenInvalid` for a link that is void, `invalidName`, `nameTaken`.
    package func createUser(
        name: String, passwordHash: String, consumingInvitation tokenHash: String
    ) async throws -> UserRecord {
        let name = try Self.validName(name, of: "user")
        return try await self.write { [now] db, _ in
            let link = try Self.consume(db, tokenHash: tokenHash, at: now())
            guard link.userID == nil else { throw Self.voidLink }
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM user WHERE name = ?", arguments: [name]) == 0 else {
                throw PhotoLibraryError(.nameTaken, "There is somebody called “\(name)” already. Choose another name.")
            }
            return try Self.insertUser(db, name: name, passwordHash: passwordHash, role: link.role, at: now())
        }
    }

    /// Gives the user of a link a new password, and signs them out everywhere. The link is used up.
    ///
    /// - Throws: ``PhotoLibraryError``: `setupTokenInvalid` for a link that is void.
    package func setPasswordHash(
        _ passwordHash: String, consumingPasswordLink tokenHash: String
    ) async throws -> UserRecord {
        try await self.write { [now] db, _ in
            let link = try Self.consume(db, tokenHash: tokenHash, at: now())
            guard let id = link.userID, let user = try Self.activeUser(db, id) else { throw Self.voidLink }
            try Self.replacePassword(db, of: id, with: passwordHash)
            return user
        }
    }

    static let voidLink = PhotoLibraryError(
        .setupTokenInvalid, "This link was used already, or has ended. Ask for a new one.")

    private static func accountLink(_ db: Database, tokenHash: String, at date: Date) throws -> AccountLink? {
        try AccountLink.fetchOne(
            db, sql: "SELECT \(AccountLink.columns) FROM accountLink WHERE tokenHash = ? AND expiresAt > ?",
            arguments: [tokenHash, date])
    }

    private static func consume(_ db: Database, tokenHash: String, at date: Date) throws -> AccountLink {
        guard let link = try Self.accountLink(db, tokenHash: tokenHash, at: date) else { throw Self.voidLink }
        try db.execute(sql: "DELETE FROM accountLink WHERE id = ?", arguments: [link.id])
        return link
    }

    static func insertPasswordLink(
        _ db: Database, tokenHash: String, user: UserID, madeBy: String, at date: Date, expiresAt: Date
    ) throws -> AccountLink {
        guard let known = try UserRecord.fetchOne(db, sql: "SELECT * FROM user WHERE id = ?", arguments: [user]) else {
            throw PhotoLibraryError(.notFound, "There is no such user.")
        }
        guard known.disabledAt == nil else {
            throw PhotoLibraryError(.conflict, "“\(known.name)” is disabled. Enable the account first.")
        }
        try db.execute(sql: "DELETE FROM accountLink WHERE userID = ?", arguments: [user])
        return try Self.insertAccountLink(
            db, tokenHash: tokenHash, role: "", user: user, madeBy: madeBy, at: date, expiresAt: expiresAt)
    }

    private static func insertAccountLink(
        _ db: Database, tokenHash: String, role: String, user: UserID?, madeBy: String, at date: Date, expiresAt: Date
    ) throws -> AccountLink {
        try db.execute(sql: "DELETE FROM accountLink WHERE expiresAt <= ?", arguments: [date])
        guard try Int.fetchOne(db, sql: "SELECT count(*) FROM accountLink") ?? 0 < AccountLink.most else {
            throw PhotoLibraryError(.full, "\(AccountLink.most) links wait to be used. Take some of them back first.")
        }
        try db.execute(
            sql: """
                INSERT INTO accountLink (tokenHash, role, userID, madeBy, createdAt, expiresAt)
                VALUES (?, ?, ?, ?, ?, ?)
                """, arguments: [tokenHash, role, user, madeBy, date, expiresAt])
        return AccountLink(
            id: db.lastInsertedRowID, role: role, userID: user, madeBy: madeBy, createdAt: date, expiresAt: expiresAt)
    }
}
