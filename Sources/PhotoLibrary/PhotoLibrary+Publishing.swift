import Foundation
import GRDB
import Renditions

/// What the mediator should hold for a display: its record and its playlist, of one moment.
package struct Publication: Sendable {
    package let display: DisplayRecord
    package let group: DisplayGroup?
    package let playlist: PlaylistDocument
}

extension PhotoLibrary {
    /// How many of a display's playlists can still be fetched: it may be reading an older one.
    private static let playlistsKept = 3

    /// The displays whose newest state the mediator is not known to hold.
    package func displaysToPublish() async throws -> [DisplayRecord] {
        try await self.read { db in
            try DisplayRecord.fetchAll(
                db,
                sql: """
                    SELECT * FROM display WHERE generation <> publishedGeneration ORDER BY id
                    """)
        }
    }

    /// Takes note that the mediator holds a display's state of this generation. A later change is still to publish.
    package func markPublished(_ id: String, generation: Int64) async throws {
        try await self.write { db, change in
            try db.execute(
                sql: """
                    UPDATE display SET publishedGeneration = ?
                    WHERE id = ? AND generation >= ? AND publishedGeneration < ?
                    """, arguments: [generation, id, generation, generation])
            if db.changesCount > 0 { change.displays.insert(id) }
        }
    }

    /// The removed displays whose keys may still stand in the mediator.
    package func displaysToRetire() async throws -> [String] {
        try await self.read { db in
            try String.fetchAll(db, sql: "SELECT id FROM removedDisplay WHERE isRetired = 0 ORDER BY id")
        }
    }

    /// Takes note that a removed display's keys are gone from the mediator.
    package func forgetRetired(_ id: String) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "UPDATE removedDisplay SET isRetired = 1 WHERE id = ?", arguments: [id])
        }
    }

    /// What the mediator should hold for a display now. Its playlist and renditions can be fetched from then on.
    ///
    /// - Returns: `nil` if there is no such display.
    package func publication(for id: String) async throws -> Publication? {
        try await self.settleShares(of: [id])
        let current = try await self.read { db -> (publication: Publication, isStored: Bool)? in
            guard let publication = try Self.makePublication(db, id) else { return nil }
            let stored = try String.fetchOne(
                db, sql: "SELECT sha256 FROM displayPlaylist WHERE displayID = ? ORDER BY id DESC LIMIT 1",
                arguments: [id])
            return (publication, stored == publication.playlist.sha256)
        }
        guard let current else { return nil }
        if current.isStored { return current.publication }
        return try await self.write { db, change in
            guard let publication = try Self.makePublication(db, id) else { return nil }
            try Self.store(db, publication)
            change.publishing = true  // renditions may be missing
            return publication
        }
    }

    /// A playlist document that was published to this display lately.
    ///
    /// - Returns: Its JSON, or `nil` if it is not this display's or too old.
    package func playlistDocument(sha256: String, for displayID: String) async throws -> [UInt8]? {
        try await self.read { db in
            try Data.fetchOne(
                db,
                sql: """
                    SELECT document FROM playlist JOIN displayPlaylist USING (sha256)
                    WHERE sha256 = ? AND displayPlaylist.displayID = ?
                    """, arguments: [sha256, displayID]
            ).map { Array($0) }
        }
    }

    // MARK: Steps of a transaction

    /// Every change of an album's content or name calls this in its own transaction, so that none can be committed
    /// and forgotten.
    static func markUnpublished(
        _ db: Database, displaysShowing album: AlbumID, _ change: inout LibraryChange
    ) throws {
        let displays = try String.fetchAll(
            db, sql: "UPDATE display SET generation = generation + 1 WHERE shownAlbumID = ? RETURNING id",
            arguments: [album])
        try db.execute(
            sql: """
                UPDATE displayGroup SET isStale = 1
                WHERE id IN (SELECT shareGroupID FROM display WHERE shownAlbumID = ?)
                """, arguments: [album])
        change.displays.formUnion(displays)
        change.publishing = change.publishing || !displays.isEmpty
    }

    static func markUnpublished(
        _ db: Database, displaysShowing photo: PhotoID, _ change: inout LibraryChange
    ) throws {
        let albums = try AlbumID.fetchAll(
            db, sql: "SELECT albumID FROM albumPhoto WHERE photoID = ?", arguments: [photo])
        for album in albums { try Self.markUnpublished(db, displaysShowing: album, &change) }
    }

    private static func makePublication(_ db: Database, _ id: String) throws -> Publication? {
        guard let display = try Self.fetchDisplay(db, id) else { return nil }
        let recipe = display.recipe
        var entries: [PlaylistDocument.Entry] = []
        if let albumID = display.shownAlbumID {
            let album = try String.fetchOne(db, sql: "SELECT name FROM album WHERE id = ?", arguments: [albumID])
            let query: SQL = """
                SELECT photo.* FROM \(Self.photosShown(by: display))
                ORDER BY albumPhoto.position, albumPhoto.photoID
                """
            let photos = try SQLRequest<Photo>(literal: query).fetchCursor(db)
            while let photo = try photos.next() {
                let rendition = photo.rendition(recipe)
                entries.append(
                    PlaylistDocument.Entry(
                        name: photo.name, rendition: rendition.id, width: rendition.size.width,
                        height: rendition.size.height, title: photo.title, date: photo.taken?.iso8601,
                        album: album))
            }
        }
        let group = try display.groupID.flatMap { try Self.fetchGroup(db, $0) }
        return Publication(display: display, group: group, playlist: try PlaylistDocument(entries))
    }

    /// The photos that a display shows, of the tables `albumPhoto` and `photo`: all of its album, or its share of it.
    static func photosShown(by display: DisplayRecord) -> SQL {
        guard let group = display.shareGroupID else {
            return """
                albumPhoto JOIN photo ON photo.id = albumPhoto.photoID
                WHERE albumPhoto.albumID = \(display.shownAlbumID)
                """
        }
        // From the share: a display of a hundred must not go through what the other ninety-nine have.
        return """
            groupShare JOIN albumPhoto ON albumPhoto.albumID = groupShare.albumID
                AND albumPhoto.photoID = groupShare.photoID
            JOIN photo ON photo.id = albumPhoto.photoID
            WHERE groupShare.displayID = \(display.id) AND groupShare.albumID = \(display.shownAlbumID)
                AND groupShare.groupID = \(group)
            """
    }

    private static func store(_ db: Database, _ publication: Publication) throws {
        let (display, playlist) = (publication.display, publication.playlist)
        if display.shownAlbumID != nil {
            let query: SQL = """
                SELECT photo.id, photo.turn FROM \(Self.photosShown(by: display))
                ORDER BY albumPhoto.position, albumPhoto.photoID
                """
            let photos = try SQLRequest<Row>(literal: query).fetchCursor(db)
            let insert = try db.cachedStatement(
                sql: "INSERT OR IGNORE INTO rendition (id, photoID, recipe) VALUES (?, ?, ?)")
            var renditions = playlist.renditions.makeIterator()
            while let photo = try photos.next(), let rendition = renditions.next() {
                let turn = RenditionRecipe.Rotation(rawValue: photo["turn"]) ?? .none
                try insert.execute(
                    arguments: [rendition.text, photo["id"] as Int64, display.recipe.turned(by: turn).canonicalText])
            }
        }
        try db.execute(
            sql: "INSERT OR IGNORE INTO playlist (sha256, document) VALUES (?, ?)",
            arguments: [playlist.sha256, Data(playlist.json)])
        // Anew, so that a playlist that returns counts as the newest.
        try db.execute(
            sql: "INSERT OR REPLACE INTO displayPlaylist (displayID, sha256) VALUES (?, ?)",
            arguments: [display.id, playlist.sha256])
        try db.execute(
            sql: """
                DELETE FROM displayPlaylist WHERE displayID = ? AND id NOT IN
                    (SELECT id FROM displayPlaylist WHERE displayID = ? ORDER BY id DESC LIMIT ?)
                """, arguments: [display.id, display.id, Self.playlistsKept])
        try db.execute(
            sql: """
                DELETE FROM playlist WHERE NOT EXISTS
                    (SELECT 1 FROM displayPlaylist WHERE displayPlaylist.sha256 = playlist.sha256)
                """)
    }
}
