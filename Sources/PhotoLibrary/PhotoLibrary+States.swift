import Crypto
import Foundation
import GRDB
import Renditions

/// A thing that people change, and whose state can be asked for.
package enum LibrarySubject: Hashable, Sendable {
    case photo(PhotoID)
    case album(AlbumID)
    case display(String)
    case group(GroupID)
    case schedule(SettingOwner)
}

extension PhotoLibrary {
    /// What stands for the state of a thing: equal where nothing differs that people can change, photos of an album and
    /// displays of a group included.
    ///
    /// - Returns: 16 letters and digits; `nil` if there is no such thing.
    package func state(of subject: LibrarySubject) async throws -> String? {
        try await self.read { try Self.state($0, of: subject) }
    }

    /// Has the first change that `body` makes happen only if the thing is in one of these states, with nothing in between.
    ///
    /// - Parameter states: As ``state(of:)`` gave them. A thing that is not there is left to `body` to miss.
    /// - Throws: ``PhotoLibraryError`` with code `stale`; or what `body` throws.
    package func changing<Value>(
        _ subject: LibrarySubject, onlyIn states: Set<String>, _ body: () async throws -> Value
    ) async throws -> Value {
        let step = LibraryTransaction.Step { db in
            guard let state = try Self.state(db, of: subject), !states.contains(state) else { return }
            throw PhotoLibraryError(.stale, "It was changed since it was read.")
        }
        return try await LibraryTransaction.with(step, body)
    }

    private static func state(_ db: Database, of subject: LibrarySubject) throws -> String? {
        var rows: [Row]
        switch subject {
        case .photo(let id):
            rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT name, title, caption, takenLocal, takenOffsetMinutes, rating, isFavourite, isHidden, turn, deletedAt,
                        isPlaceShown
                    FROM photo WHERE id = ?
                    """, arguments: [id])
            if !rows.isEmpty {
                rows += try Row.fetchAll(
                    db, sql: "SELECT keyword FROM photoKeyword WHERE photoID = ? ORDER BY keyword", arguments: [id])
            }
        case .album(let id):
            rows = try Row.fetchAll(db, sql: "SELECT name, rule, version FROM album WHERE id = ?", arguments: [id])
        case .display(let id):
            rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT name, albumID, fit, rotation, settings, timeZone, power, groupID FROM display WHERE id = ?
                    """, arguments: [id])
        case .group(let id):
            rows = try Row.fetchAll(
                db, sql: "SELECT name, albumID, mode, isInStep, settings FROM displayGroup WHERE id = ?",
                arguments: [id])
            if !rows.isEmpty {
                rows += try Row.fetchAll(
                    db, sql: "SELECT id FROM display WHERE groupID = ? ORDER BY groupPlace, id", arguments: [id])
            }
        case .schedule(let owner):
            let table = if case .display = owner { "display" } else { "displayGroup" }
            rows = try Row.fetchAll(db, sql: "SELECT id FROM \(table) WHERE id = ?", arguments: [owner.key])
            if !rows.isEmpty {
                rows += try Row.fetchAll(
                    db, sql: "SELECT rule FROM scheduleRule WHERE \(owner.column) = ? ORDER BY place",
                    arguments: [owner.key])
            }
        }
        guard !rows.isEmpty else { return nil }
        var hash = SHA256()
        for row in rows {
            // Texts are quoted in it, so that no two rows read alike.
            hash.update(data: Data(row.databaseValues.map { "\($0)" }.joined(separator: ",").utf8))
            hash.update(data: Data("\n".utf8))
        }
        return String(HexText.encode(hash.finalize()).prefix(16))
    }
}
