import Foundation
import GRDB

extension PhotoLibrary {
    /// - Throws: ``PhotoLibraryError``: `invalidName` or `nameTaken`.
    package func createAlbum(named name: String) async throws -> Album {
        let name = try Self.validName(name, of: "album")
        return try await self.write { [now] db, change in
            try Self.checkAlbumName(db, name, for: nil)
            try db.execute(sql: "INSERT INTO album (name, createdAt) VALUES (?, ?)", arguments: [name, now()])
            change.albums = true
            return try Self.requireAlbum(db, AlbumID(db.lastInsertedRowID))
        }
    }

    /// - Throws: ``PhotoLibraryError``: `notFound`, `invalidName` or `nameTaken`.
    package func renameAlbum(_ id: AlbumID, to name: String) async throws -> Album {
        let name = try Self.validName(name, of: "album")
        return try await self.write { db, change in
            let old = try Self.requireAlbum(db, id)
            guard old.name != name else { return old }
            try Self.checkAlbumName(db, name, for: id)
            try db.execute(sql: "UPDATE album SET name = ? WHERE id = ?", arguments: [name, id])
            try Self.markUnpublished(db, displaysShowing: id, &change)  // captions may name the album
            change.albums = true
            return try Self.requireAlbum(db, id)
        }
    }

    /// Deletes the album, not its photos; displays that showed it have none then.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    package func deleteAlbum(_ id: AlbumID) async throws {
        try await self.write { db, change in
            _ = try Self.requireAlbum(db, id)
            try Self.markUnpublished(db, displaysShowing: id, &change)
            try db.execute(sql: "DELETE FROM album WHERE id = ?", arguments: [id])
            change.albums = true
        }
    }

    /// - Returns: `nil` if there is none.
    package func album(_ id: AlbumID) async throws -> AlbumSummary? {
        try await self.read { db in
            try AlbumSummary.fetchOne(db, sql: Self.summaryQuery + " WHERE album.id = ?", arguments: [id])
        }
    }

    /// - Parameter name: Without regard to case.
    /// - Returns: `nil` if there is none.
    package func album(named name: String) async throws -> AlbumSummary? {
        try await self.read { db in
            try AlbumSummary.fetchOne(db, sql: Self.summaryQuery + " WHERE album.name = ?", arguments: [name])
        }
    }

    /// All albums by name.
    package func albums() async throws -> [AlbumSummary] {
        try await self.read { try AlbumSummary.fetchAll($0, sql: Self.summaryQuery + " ORDER BY album.name") }
    }

    /// Appends photos in the order given; those already in it stay where they are.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound` if the album or one of the photos does not exist; then none is added.
    package func addPhotos(_ photos: [PhotoID], to album: AlbumID) async throws {
        try await self.write { db, change in
            _ = try Self.requireAlbum(db, album)
            try Self.append(db, photos, to: album, &change)
        }
    }

    /// Takes photos out of an album; those not in it are passed over.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound` if there is no such album.
    package func removePhotos(_ photos: [PhotoID], from album: AlbumID) async throws {
        try await self.write { db, change in
            _ = try Self.requireAlbum(db, album)
            var removed = 0
            for photo in photos {
                try db.execute(
                    sql: "DELETE FROM albumPhoto WHERE albumID = ? AND photoID = ?", arguments: [album, photo])
                removed += db.changesCount
            }
            guard removed > 0 else { return }
            try Self.markUnpublished(db, displaysShowing: album, &change)
            change.albums = true
        }
    }

    /// Puts an album's photos into an order: those named come first, as named; the others follow as they were.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound` if there is no such album.
    package func orderPhotos(_ photos: [PhotoID], in album: AlbumID) async throws {
        try await self.write { db, change in
            _ = try Self.requireAlbum(db, album)
            let current = try PhotoID.fetchAll(
                db, sql: "SELECT photoID FROM albumPhoto WHERE albumID = ? ORDER BY position", arguments: [album])
            let members = Set(current)
            var seen: Set<PhotoID> = []
            let first = photos.filter { members.contains($0) && seen.insert($0).inserted }
            let wanted = first + current.filter { !seen.contains($0) }
            guard wanted != current else { return }
            for (position, photo) in wanted.enumerated() {
                try db.execute(
                    sql: "UPDATE albumPhoto SET position = ? WHERE albumID = ? AND photoID = ?",
                    arguments: [position + 1, album, photo])
            }
            try Self.markUnpublished(db, displaysShowing: album, &change)
            change.albums = true
        }
    }

    // MARK: Steps of a transaction

    static func append(
        _ db: Database, _ photos: [PhotoID], to album: AlbumID, _ change: inout LibraryChange
    ) throws {
        var position =
            try Int64.fetchOne(
                db, sql: "SELECT max(position) FROM albumPhoto WHERE albumID = ?", arguments: [album]) ?? 0
        var added = 0
        for photo in photos {
            guard
                try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM photo WHERE id = ?)", arguments: [photo])
                    == true
            else { throw PhotoLibraryError.noSuchPhoto() }
            try db.execute(
                sql: "INSERT OR IGNORE INTO albumPhoto (albumID, photoID, position) VALUES (?, ?, ?)",
                arguments: [album, photo, position + 1])
            if db.changesCount > 0 {
                position += 1
                added += 1
            }
        }
        guard added > 0 else { return }
        try Self.markUnpublished(db, displaysShowing: album, &change)
        change.albums = true
    }

    static func requireAlbum(_ db: Database, _ id: AlbumID) throws -> Album {
        guard let album = try Album.fetchOne(db, sql: "SELECT * FROM album WHERE id = ?", arguments: [id]) else {
            throw PhotoLibraryError.noSuchAlbum()
        }
        return album
    }

    private static func checkAlbumName(_ db: Database, _ name: String, for id: AlbumID?) throws {
        let holder = try AlbumID.fetchOne(db, sql: "SELECT id FROM album WHERE name = ?", arguments: [name])
        guard holder == nil || holder == id else {
            throw PhotoLibraryError(.nameTaken, "There is already an album named “\(name)”. Choose another name.")
        }
    }

    /// A name without white space around it, 1 to 100 characters, on one line.
    static func validName(_ name: String, of thing: String) throws -> String {
        let trimmed = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...100).contains(trimmed.count),
            !trimmed.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw PhotoLibraryError(.invalidName, "The \(thing)'s name must have 1 to 100 characters, on one line.")
        }
        return trimmed
    }

    private static let summaryQuery = """
        SELECT album.*,
            (SELECT count(*) FROM albumPhoto WHERE albumID = album.id) AS photoCount,
            (SELECT photoID FROM albumPhoto WHERE albumID = album.id ORDER BY position LIMIT 1) AS coverID
        FROM album
        """
}
