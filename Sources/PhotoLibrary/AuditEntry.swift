import Foundation
import GRDB

/// Something that somebody did.
package struct AuditEntry: Codable, Hashable, Sendable, FetchableRecord {
    package let id: Int64
    /// When, the last time.
    package let at: Date
    /// The account, or what stands for one: a link, the machine's owner.
    package let who: String
    /// A browser, or the name of a token.
    package let through: String
    /// Method and route: `PATCH displays/{id}`.
    package let action: String
    /// The path that was asked: `displays/hall`.
    package let subject: String
    /// Where the request came from.
    package let address: String
    /// How often, one right after the other.
    package let times: Int

    /// How many are kept; the oldest go first.
    static let kept: Int64 = 100_000
    /// The same thing within this time of the last is one entry: a slider that moves is one deed.
    static let oneDeed: TimeInterval = 60
}

extension PhotoLibrary {
    /// Notes what somebody did.
    package func note(
        who: String, through: String, action: String, subject: String, address: String
    ) async throws {
        try await self.write { [now] db, _ in
            let date = now()
            let last = try AuditEntry.fetchOne(
                try db.cachedStatement(sql: "SELECT * FROM audit ORDER BY id DESC LIMIT 1"))
            if let last, last.who == who, last.through == through, last.action == action, last.subject == subject,
                abs(date.timeIntervalSince(last.at)) < AuditEntry.oneDeed
            {
                try db.cachedStatement(sql: "UPDATE audit SET at = ?, times = times + 1 WHERE id = ?")
                    .execute(arguments: [date, last.id])
                return
            }
            try db.cachedStatement(
                sql: "INSERT INTO audit (at, who, through, action, subject, address) VALUES (?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [date, who, through, action, subject, address])
            try db.cachedStatement(sql: "DELETE FROM audit WHERE id <= ?")
                .execute(arguments: [db.lastInsertedRowID - AuditEntry.kept])
        }
    }

    /// What was done, the newest first.
    ///
    /// - Parameters:
    ///   - before: Entries older than this one; `nil` for the newest.
    ///   - who: One account's only.
    ///   - limit: At most so many.
    package func audit(before: Int64? = nil, who: String? = nil, limit: Int) async throws -> [AuditEntry] {
        try await self.read { db in
            try AuditEntry.fetchAll(
                db,
                sql: """
                    SELECT * FROM audit WHERE (? IS NULL OR id < ?) AND (? IS NULL OR who = ?) ORDER BY id DESC LIMIT ?
                    """, arguments: [before, before, who, who, limit])
        }
    }
}
