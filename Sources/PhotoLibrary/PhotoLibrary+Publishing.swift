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
                try db.cachedStatement(
                    sql: "SELECT * FROM display WHERE generation <> publishedGeneration ORDER BY id"))
        }
    }

    /// Takes note that the mediator holds a display's state of this generation. A later change is still to publish.
    package func markPublished(_ id: String, generation: Int64) async throws {
        try await self.markPublished([id: generation])
    }

    /// Takes note of the generations that the mediator holds, by display, in one transaction.
    package func markPublished(_ generations: [String: Int64]) async throws {
        try await self.write { db, change in
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE display SET publishedGeneration = ?
                    WHERE id = ? AND generation >= ? AND publishedGeneration < ?
                    """)
            for (id, generation) in generations {
                try statement.execute(arguments: [generation, id, generation, generation])
                if db.changesCount > 0 { change.displays.insert(id) }
            }
        }
    }

    /// Those of the ids that belonged to displays which were removed.
    package func removedDisplays(among ids: some Sequence<String> & Sendable) async throws -> [String] {
        let list = try String(decoding: JSONEncoder().encode(Array(ids)), as: UTF8.self)
        return try await self.read { db in
            try String.fetchAll(
                db, sql: "SELECT id FROM removedDisplay WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
                arguments: [list])
        }
    }

    /// The removed displays whose keys may still stand in the mediator.
    package func displaysToRetire() async throws -> [String] {
        try await self.read { db in
            try String.fetchAll(
                try db.cachedStatement(sql: "SELECT id FROM removedDisplay WHERE isRetired = 0 ORDER BY id"))
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
        try await self.publications(for: [id]).first
    }

    /// What the mediator should hold for these displays now, all of one moment. Their playlists and renditions can be
    /// fetched from then on.
    ///
    /// - Returns: In the order of `ids`, without those that are no display's.
    package func publications(for ids: [String]) async throws -> [Publication] {
        try await self.settleShares(of: ids)
        let cache = self.playlists
        let found = try await self.read { db in
            try ids.compactMap { id in try Found(db, id, cache: cache) }
        }
        if found.allSatisfy(\.isStored) { return found.map(\.publication) }
        return try await self.write { db, change in
            var fetched: Set<PlaylistSource> = []
            var publications: [Publication] = []
            for earlier in found {
                // The playlist was read outside of this transaction; nothing of it has changed if the source has not.
                guard let now = try Found(db, earlier.publication.display.id, cache: cache) else { continue }
                publications.append(now.publication)
                guard !now.isStored else { continue }
                if fetched.insert(now.source).inserted {
                    try now.playlist.storeRenditions(db, recipe: now.source.recipe)
                }
                try Self.store(db, now.publication)
                change.publishing = true  // renditions may be missing
            }
            try Self.deleteUnusedPlaylists(db)
            return publications
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
        try db.execute(sql: "UPDATE album SET version = version + 1 WHERE id = ?", arguments: [album])
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

    /// A display's record and playlist, as one transaction sees them.
    private struct Found: Sendable {
        let source: PlaylistSource
        let playlist: Playlist
        let publication: Publication
        /// Whether the display can fetch the playlist already.
        let isStored: Bool

        init?(_ db: Database, _ id: String, cache: PlaylistCache) throws {
            guard let display = try PhotoLibrary.fetchDisplay(db, id) else { return nil }
            self.source = try PlaylistSource(db, display: display)
            self.playlist = try cache.playlist(db, self.source, of: display)
            self.publication = Publication(
                display: display, group: try display.groupID.flatMap { try PhotoLibrary.fetchGroup(db, $0) },
                playlist: self.playlist.document)
            let stored = try String.fetchOne(
                try db.cachedStatement(
                    sql: "SELECT sha256 FROM displayPlaylist WHERE displayID = ? ORDER BY id DESC LIMIT 1"),
                arguments: [id])
            self.isStored = stored == self.playlist.document.sha256
        }
    }

    private static func store(_ db: Database, _ publication: Publication) throws {
        let (display, playlist) = (publication.display, publication.playlist)
        let isKnown = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM playlist WHERE sha256 = ?)", arguments: [playlist.sha256])
        if isKnown != true {
            try db.execute(
                sql: "INSERT INTO playlist (sha256, document) VALUES (?, ?)",
                arguments: [playlist.sha256, Data(playlist.json)])
        }
        // Anew, so that a playlist that returns counts as the newest.
        try db.execute(
            sql: "INSERT OR REPLACE INTO displayPlaylist (displayID, sha256) VALUES (?, ?)",
            arguments: [display.id, playlist.sha256])
        try db.execute(
            sql: """
                DELETE FROM displayPlaylist WHERE displayID = ? AND id NOT IN
                    (SELECT id FROM displayPlaylist WHERE displayID = ? ORDER BY id DESC LIMIT ?)
                """, arguments: [display.id, display.id, Self.playlistsKept])
    }

    private static func deleteUnusedPlaylists(_ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM playlist WHERE NOT EXISTS
                    (SELECT 1 FROM displayPlaylist WHERE displayPlaylist.sha256 = playlist.sha256)
                """)
    }
}
