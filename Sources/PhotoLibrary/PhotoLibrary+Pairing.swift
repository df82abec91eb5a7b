import Foundation
import GRDB
import Renditions

/// A display that is let in: who it says it is, and what it begins with.
package struct NewDisplay: Sendable {
    /// 1 to 64 of `a-z 0-9 -`.
    package var id: String
    package var name: String
    package var kind: DisplayRecord.Kind
    /// SHA-256 of the secret that it made, hexadecimal.
    package var secretHash: String
    /// Pixels.
    package var width: Int
    /// Pixels.
    package var height: Int
    /// The settings topic's JSON object that it begins with.
    package var settings: String
    package var albumID: AlbumID?

    package init(
        id: String, name: String, kind: DisplayRecord.Kind = .viewer, secretHash: String, width: Int, height: Int,
        settings: String = "{}", albumID: AlbumID? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.secretHash = secretHash
        self.width = width
        self.height = height
        self.settings = settings
        self.albumID = albumID
    }
}

extension PhotoLibrary {
    /// Lets a display in. The same display, with the same secret, may be let in again: only its screen's size is taken
    /// over then.
    ///
    /// - Parameter replaced: A display whose place it takes: it inherits everything that was set up for that one (name,
    ///   settings, album, group, schedule), and that one is removed.
    /// - Throws: ``PhotoLibraryError``: `forbidden` (another secret), `removed`, `invalidName` (also: not an id),
    ///   `notFound` (the album, or the display to replace), `conflict` (a screen of no size).
    package func admitDisplay(_ display: NewDisplay, replacing replaced: String? = nil) async throws -> DisplayRecord {
        guard Self.isDisplayID(display.id) else {
            throw PhotoLibraryError(.invalidName, "A display's id is 1 to 64 of a-z, 0-9 and -.")
        }
        let sides = 1...RenditionRecipe.longestSide
        guard sides.contains(display.width), sides.contains(display.height) else {
            throw PhotoLibraryError(.conflict, "A screen has 1 to \(RenditionRecipe.longestSide) pixels on each side.")
        }
        var display = display
        display.name = try Self.validName(display.name, of: "display")
        return try await self.write { [now, display] db, change in
            try Self.refuseRemoved(db, display.id)
            if let known = try Self.knownDisplay(db, display.id, secretHash: display.secretHash) {
                try Self.resize(db, known.id, width: display.width, height: display.height)
            } else if let replaced {
                try Self.hand(db, placeOf: replaced, to: display, now: now())
                change.displays.insert(replaced)
            } else {
                try Self.insert(db, display, now: now())
            }
            change.displays.insert(display.id)
            change.publishing = true
            return try Self.requireDisplay(db, display.id)
        }
    }

    /// A display that was let in before and shows its secret again; its screen's size is taken over.
    ///
    /// - Returns: `nil` if it is not known.
    /// - Throws: ``PhotoLibraryError``: `forbidden` (another secret), `removed`.
    package func rejoinDisplay(
        _ id: String, secretHash: String, width: Int, height: Int
    ) async throws -> DisplayRecord? {
        let known = try await self.read { db in
            try Self.refuseRemoved(db, id)
            return try Self.knownDisplay(db, id, secretHash: secretHash)
        }
        guard let known, known.width != width || known.height != height else { return known }
        return try await self.resizeDisplay(id, width: width, height: height)
    }

    // MARK: Steps of a transaction

    private static func refuseRemoved(_ db: Database, _ id: String) throws {
        let isRemoved = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM removedDisplay WHERE id = ?)", arguments: [id])
        guard isRemoved != true else {
            throw PhotoLibraryError(
                .removed, "This display was removed. It must make itself a new id and register with that.")
        }
    }

    private static func knownDisplay(_ db: Database, _ id: String, secretHash: String) throws -> DisplayRecord? {
        guard let known = try Self.fetchDisplay(db, id) else { return nil }
        guard known.secretHash == secretHash else {
            throw PhotoLibraryError(.forbidden, "Another display has this id.")
        }
        return known
    }

    private static func insert(_ db: Database, _ display: NewDisplay, now: Date) throws {
        if let album = display.albumID { _ = try Self.requireAlbum(db, album) }
        try db.execute(
            sql: """
                INSERT INTO display (id, name, kind, secretHash, albumID, width, height, fit, rotation, settings, power,
                    registeredAt, generation, publishedGeneration)
                VALUES (?, ?, ?, ?, ?, ?, ?, 'contain', 0, ?, 'on', ?, 1, 0)
                """,
            arguments: [
                display.id, display.name, display.kind.rawValue, display.secretHash, display.albumID, display.width,
                display.height, display.settings, now,
            ])
    }

    /// The row, and with it whatever refers to it, goes over to the new id: so that nothing that is kept about a display
    /// now or later can be forgotten here. The old id is retired.
    private static func hand(_ db: Database, placeOf old: String, to new: NewDisplay, now: Date) throws {
        _ = try Self.requireDisplay(db, old)
        // Between the two updates a row refers to no display; what counts is the end of the transaction.
        try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
        try db.execute(
            sql: """
                UPDATE display SET id = ?, kind = ?, secretHash = ?, tokenHash = NULL, width = ?, height = ?,
                    registeredAt = ?, lastSeenAt = NULL, generation = generation + 1, publishedGeneration = 0
                WHERE id = ?
                """,
            arguments: [new.id, new.kind.rawValue, new.secretHash, new.width, new.height, now, old])
        let references = try Row.fetchAll(
            db,
            sql: """
                SELECT tables.name AS "table", keys."from" AS "column"
                FROM sqlite_schema AS tables JOIN pragma_foreign_key_list(tables.name) AS keys
                WHERE tables.type = 'table' AND keys."table" = 'display'
                """)
        for reference in references {
            let table = (reference["table"] as String).quotedDatabaseIdentifier
            let column = (reference["column"] as String).quotedDatabaseIdentifier
            try db.execute(sql: "UPDATE \(table) SET \(column) = ? WHERE \(column) = ?", arguments: [new.id, old])
        }
        try Self.retire(db, old, now: now)
    }

    static func retire(_ db: Database, _ id: String, now: Date) throws {
        try db.execute(
            sql: "INSERT INTO removedDisplay (id, removedAt, isRetired) VALUES (?, ?, 0)", arguments: [id, now])
    }

    private static func resize(_ db: Database, _ id: String, width: Int, height: Int) throws {
        try db.execute(
            sql: """
                UPDATE display SET width = ?, height = ?, generation = generation + 1
                WHERE id = ? AND (width <> ? OR height <> ?)
                """, arguments: [width, height, id, width, height])
    }

}
