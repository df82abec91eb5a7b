import Foundation
import GRDB

extension PhotoLibrary {
    /// A smart album's members stand in the table of members like any others', so that everything that reads albums
    /// reads them too, and every transaction that changes a photo brings them up to date before it commits. What a rule
    /// says of a photo depends on that photo and its albums alone, so only the changed photos are asked about.
    ///
    /// - Parameter photos: Those that changed, or `nil` for all.
    static func refreshDerivedAlbums(
        _ db: Database, photos: Set<PhotoID>?, _ change: inout LibraryChange
    ) throws {
        guard photos?.isEmpty != true else { return }
        for (album, rule) in try Self.derivedAlbums(db) {
            if try Self.refresh(db, album, rule, photos: photos) {
                change.albums = true
                try Self.markUnpublished(db, displaysShowing: album, &change)
            }
        }
    }

    /// - Returns: Whether a member came, went or moved.
    private static func refresh(
        _ db: Database, _ album: AlbumID, _ rule: PhotoRule, photos: Set<PhotoID>?
    ) throws -> Bool {
        let some: SQL = photos.map { "IN (SELECT value FROM json_each(\(Self.list($0))))" } ?? SQL("IS NOT NULL")
        let visible = PhotoFilter(rule: rule).condition
        try db.execute(
            literal: """
                DELETE FROM albumPhoto WHERE albumID = \(album) AND photoID \(some)
                    AND photoID NOT IN (SELECT photo.id FROM photo WHERE photo.id \(some) AND \(visible))
                """)
        var changes = db.changesCount
        try db.execute(
            literal: """
                INSERT INTO albumPhoto (albumID, photoID, position)
                    SELECT \(album), photo.id, \(SQL(sql: Self.newestFirst)) FROM photo
                    WHERE photo.id \(some) AND \(visible)
                    ON CONFLICT (albumID, photoID) DO UPDATE SET position = excluded.position
                        WHERE position <> excluded.position
                """)
        changes += db.changesCount
        return changes > 0
    }

    /// A place in an album that is ordered by date, from the date itself: nothing needs renumbering.
    private static let newestFirst = """
        -(coalesce(CAST(strftime('%s', photo.sortKey) AS INTEGER), 0) * 16777216 + photo.id % 16777216)
        """

    /// Smart albums, each after those that its rule asks about.
    private static func derivedAlbums(_ db: Database) throws -> [(AlbumID, PhotoRule)] {
        var rules: [AlbumID: PhotoRule] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT id, rule FROM album WHERE rule IS NOT NULL")
        while let row = try rows.next() {
            rules[row[0]] = PhotoRule(stored: row[1]) ?? .any([])
        }
        var ordered: [(AlbumID, PhotoRule)] = []
        var done: Set<AlbumID> = []
        func visit(_ id: AlbumID) {
            guard let rule = rules[id], done.insert(id).inserted else { return }
            for album in rule.albums.sorted(by: { $0.rawValue < $1.rawValue }) { visit(album) }
            ordered.append((id, rule))
        }
        for id in rules.keys.sorted(by: { $0.rawValue < $1.rawValue }) { visit(id) }
        return ordered
    }

    /// Refuses a rule that asks about the album it is for, straight or through others: it would have no answer.
    static func checkRule(_ db: Database, _ rule: PhotoRule, for id: AlbumID?) throws {
        try rule.validate()
        var waiting = rule.albums
        var seen: Set<AlbumID> = []
        while let album = waiting.popFirst() {
            guard seen.insert(album).inserted else { continue }
            if album == id {
                throw PhotoLibraryError(
                    .invalidRule, "An album cannot ask about itself, neither straight nor through another one.")
            }
            guard let found = try Album.fetchOne(db, sql: "SELECT * FROM album WHERE id = ?", arguments: [album]) else {
                // One that was deleted since counts as empty; only a new rule must name one that exists.
                if rule.albums.contains(album) { throw PhotoLibraryError.noSuchAlbum() }
                continue
            }
            waiting.formUnion(found.rule.flatMap { PhotoRule(stored: $0) }?.albums ?? [])
        }
    }

    /// What a rule would give, without making an album of it: how many, and the newest of them.
    ///
    /// - Throws: ``PhotoLibraryError``: `invalidRule`, `notFound` (an album that it names).
    package func preview(_ rule: PhotoRule, for album: AlbumID? = nil, limit: Int = 24) async throws
        -> (photos: [Photo], count: Int)
    {
        try await self.read { db in
            try Self.checkRule(db, rule, for: album)
            let filter = PhotoFilter(rule: rule)
            let photos = try FilteredPhotos(db, filter)
            return (try photos.page(after: nil, limit: limit).photos, try photos.count())
        }
    }
}
