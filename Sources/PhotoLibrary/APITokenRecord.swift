import Foundation
import GRDB

/// A secret with which a program acts for a user. The secret itself is nowhere on disk.
package struct APITokenRecord: Codable, Hashable, Sendable, FetchableRecord {
    package let id: Int64
    package let userID: UserID
    /// What its owner calls it.
    package let name: String
    /// What it may be used for, separated by spaces; the server's words.
    package let scopes: String
    package let createdAt: Date
    package let expiresAt: Date
    /// Written once a minute at most.
    package let lastUsedAt: Date?

    static let columns = "id, userID, name, scopes, createdAt, expiresAt, lastUsedAt"
    /// Tokens that one user may have.
    static let most = 100
}

extension PhotoLibrary {
    /// A user's tokens, the newest first; those that have ended too, until they are deleted.
    package func apiTokens(of user: UserID) async throws -> [APITokenRecord] {
        try await self.read { db in
            try APITokenRecord.fetchAll(
                db, sql: "SELECT \(APITokenRecord.columns) FROM apiToken WHERE userID = ? ORDER BY id DESC",
                arguments: [user])
        }
    }

    /// - Parameters:
    ///   - tokenHash: SHA-256 of the secret, hexadecimal.
    ///   - name: 1 to 100 characters.
    /// - Throws: ``PhotoLibraryError``: `invalidName`, `full`.
    package func makeAPIToken(
        tokenHash: String, user: UserID, name: String, scopes: String, expiresAt: Date
    ) async throws -> APITokenRecord {
        let name = try Self.validName(name, of: "token")
        return try await self.write { [now] db, _ in
            let count = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM apiToken WHERE userID = ?", arguments: [user])
            guard count ?? 0 < APITokenRecord.most else {
                throw PhotoLibraryError(
                    .full, "You have \(APITokenRecord.most) tokens already. Delete one that is not used.")
            }
            let date = now()
            try db.execute(
                sql: """
                    INSERT INTO apiToken (tokenHash, userID, name, scopes, createdAt, expiresAt)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """, arguments: [tokenHash, user, name, scopes, date, expiresAt])
            return APITokenRecord(
                id: db.lastInsertedRowID, userID: user, name: name, scopes: scopes, createdAt: date,
                expiresAt: expiresAt, lastUsedAt: nil)
        }
    }

    /// The token of a secret with its user, unless that is disabled; the caller compares `expiresAt` with its clock.
    package func apiToken(tokenHash: String) async throws -> (token: APITokenRecord, user: UserRecord)? {
        try await self.read { db in
            guard
                let token = try APITokenRecord.fetchOne(
                    db, sql: "SELECT \(APITokenRecord.columns) FROM apiToken WHERE tokenHash = ?",
                    arguments: [tokenHash]),
                let user = try PhotoLibrary.activeUser(db, token.userID)
            else { return nil }
            return (token, user)
        }
    }

    /// Notes that a token was used just now.
    package func touchAPIToken(_ id: Int64) async throws {
        try await self.write { [now] db, _ in
            try db.execute(sql: "UPDATE apiToken SET lastUsedAt = ? WHERE id = ?", arguments: [now(), id])
        }
    }

    /// - Throws: ``PhotoLibraryError`` with code `notFound`, also for a token of somebody else.
    package func deleteAPIToken(_ id: Int64, of user: UserID) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "DELETE FROM apiToken WHERE id = ? AND userID = ?", arguments: [id, user])
            guard db.changesCount > 0 else { throw PhotoLibraryError(.notFound, "There is no such token.") }
        }
    }
}
