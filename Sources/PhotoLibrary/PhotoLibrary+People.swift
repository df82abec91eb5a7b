import Foundation
import GRDB

extension PhotoLibrary {
    /// Everybody with an account, in the order of their names.
    package func users() async throws -> [UserRecord] {
        try await self.read { try UserRecord.fetchAll($0, sql: "SELECT * FROM user ORDER BY name, id") }
    }

    /// Gives somebody another role. `keeping` names the role that at least one user must still have afterwards: nobody
    /// may lock everybody out of the server's own administration.
    ///
    /// - Throws: ``PhotoLibraryError``: `notFound`, `conflict`.
    package func setRole(_ role: String, of user: UserID, keeping last: String) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "UPDATE user SET role = ? WHERE id = ?", arguments: [role, user])
            guard db.changesCount > 0 else { throw PhotoLibraryError(.notFound, "There is no such user.") }
            try Self.requireOne(db, last)
        }
    }

    /// Takes the use of an account from its owner, or gives it back. While it is disabled its sessions are ended, the links
    /// to its password are void, and ``apiToken(tokenHash:)`` does not know its tokens; those work again afterwards.
    ///
    /// - Returns: The user as it is now. One that is so already stays as it is.
    /// - Throws: ``PhotoLibraryError``: `notFound`, `conflict` for the last one with the role `last`.
    package func setDisabled(_ isDisabled: Bool, _ user: UserID, keeping last: String) async throws -> UserRecord {
        try await self.write { [now] db, _ in
            try db.execute(
                sql: "UPDATE user SET disabledAt = CASE WHEN ? THEN ifnull(disabledAt, ?) END WHERE id = ?",
                arguments: [isDisabled, now(), user])
            guard let record = try UserRecord.fetchOne(db, sql: "SELECT * FROM user WHERE id = ?", arguments: [user])
            else { throw PhotoLibraryError(.notFound, "There is no such user.") }
            if isDisabled {
                try Self.requireOne(db, last)
                try db.execute(sql: "DELETE FROM session WHERE userID = ?", arguments: [user])
                try db.execute(sql: "DELETE FROM accountLink WHERE userID = ?", arguments: [user])
            }
            return record
        }
    }

    /// Removes an account with its sessions, tokens and links.
    ///
    /// - Throws: ``PhotoLibraryError``: `notFound`, `conflict` for the last one with the role `last`.
    package func deleteUser(_ user: UserID, keeping last: String) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "DELETE FROM user WHERE id = ?", arguments: [user])
            guard db.changesCount > 0 else { throw PhotoLibraryError(.notFound, "There is no such user.") }
            try Self.requireOne(db, last)
        }
    }

    private static func requireOne(_ db: Database, _ role: String) throws {
        let left = try Int.fetchOne(
            db, sql: "SELECT count(*) FROM user WHERE role = ? AND disabledAt IS NULL", arguments: [role])
        guard left ?? 0 > 0 else {
            throw PhotoLibraryError(
                .conflict, "Somebody must stay \(role). Give another person that role first.")
        }
    }

    /// A user's sessions that have not ended, the newest first.
    package func sessions(of user: UserID) async throws -> [SessionRecord] {
        try await self.read { [now] db in
            try SessionRecord.fetchAll(
                db, sql: "SELECT * FROM session WHERE userID = ? AND expiresAt > ? ORDER BY createdAt DESC",
                arguments: [user, now()])
        }
    }

    /// Ends sessions of a user.
    ///
    /// - Parameters:
    ///   - handle: Of the one to end (see ``SessionRecord/handle``); `nil` for all of them.
    ///   - kept: The token hash of one that goes on.
    /// - Returns: How many ended.
    package func endSessions(of user: UserID, handle: String? = nil, except kept: String? = nil) async throws -> Int {
        try await self.write { db, _ in
            try db.execute(
                sql: """
                    DELETE FROM session WHERE userID = ? AND (? IS NULL OR substr(tokenHash, 1, 16) = ?)
                        AND (? IS NULL OR tokenHash <> ?)
                    """, arguments: [user, handle, handle, kept, kept])
            return db.changesCount
        }
    }
}

extension SessionRecord {
    /// Names a session where its holder's secret must not be told: the beginning of the hash of a random token.
    package var handle: String { String(self.tokenHash.prefix(16)) }
}
