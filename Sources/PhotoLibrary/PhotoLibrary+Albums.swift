import Foundation
import GRDB

extension PhotoLibrary {
    /// - Parameter rule: For a smart album: what decides about its photos.
    /// - Throws: ``PhotoLibraryError``: `invalidName`, `nameTaken`, `invalidRule`.
    package func createAlbum(named name: String, rule: PhotoRule? = nil) async throws -> Album {
        let name = try Self.validName(name, of: "album")
        return try await self.write { [now] db, change in
            try Self.checkAlbumName(db, name, for: nil)
            if let rule { try Self.checkRule(db, rule, for: nil) }
            var id = AlbumID(0)
            _ = try self.recordingEdit(db, "Made the album “\(name)”", &change) { _ in
                try db.execute(
                    sql: "INSERT INTO album (name, createdAt, rule) VALUES (?, ?, ?)",
                    arguments: [name, now(), try rule?.stored()])
                id = AlbumID(db.lastInsertedRowID)
                return [id]
            }
            return try Self.requireAlbum(db, id)
        }
    }

    /// - Parameters:
    ///   - name: `nil` to keep it.
    ///   - rule: `nil` to keep it. Only a smart album has one.
    /// - Throws: ``PhotoLibraryError``: `notFound`, `invalidName`, `nameTaken`, `invalidRule`, `conflict`.
    package func changeAlbum(_ id: AlbumID, name: String? = nil, rule: PhotoRule? = nil) async throws -> Album {
        let name = try name.map { try Self.validName($0, of: "album") }
        return try await self.write { db, change in
            let old = try Self.requireAlbum(db, id)
            if let name { try Self.checkAlbumName(db, name, for: id) }
            if let rule {
                guard old.isSmart else {
                    throw PhotoLibraryError(.conflict, "“\(old.name)” is filled by hand. Make a smart album instead.")
                }
                try Self.checkRule(db, rule, for: id)
            }
            let summary = rule == nil ? "Album “\(old.name)” is “\(name ?? old.name)” now" : "Rule of “\(old.name)”"
            // Captions may name the album: whoever shows it hears of a new name too.
            _ = try self.recordingEdit(db, summary, albums: [id], &change) { _ in
                try db.execute(
                    sql: "UPDATE album SET name = ?, rule = ? WHERE id = ?",
                    arguments: [name ?? old.name, try rule?.stored() ?? old.rule, id])
                return []
            }
            return try Self.requireAlbum(db, id)
        }
    }

    /// - Throws: ``PhotoLibraryError``: `notFound`, `invalidName` or `nameTaken`.
    package func renameAlbum(_ id: AlbumID, to name: String) async throws -> Album {
        try await self.changeAlbum(id, name: name)
    }

    /// Deletes the album, not its photos; displays that showed it have none then.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    @discardableResult
    package func deleteAlbum(_ id: AlbumID) async throws -> LibraryEdit? {
        try await self.write { db, change in
            let album = try Self.requireAlbum(db, id)
            try Self.markUnpublished(db, displaysShowing: id, &change)
            return try self.recordingEdit(db, "Deleted the album “\(album.name)”", albums: [id], &change) { _ in
                try db.execute(sql: "DELETE FROM album WHERE id = ?", arguments: [id])
                return []
            }
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
    /// - Throws: ``PhotoLibraryError``: `notFound` if the album or one of the photos does not exist; `conflict` for a
    ///   smart album. Then none is added.
    @discardableResult
    package func addPhotos(_ photos: [PhotoID], to album: AlbumID) async throws -> LibraryEdit? {
        try await self.write { db, change in
            let known = try Self.requireHandmade(db, album)
            return try self.recordingEdit(
                db, "Added \(Self.counted(photos)) to “\(known.name)”", albums: [album], &change
            ) { change in
                try Self.append(db, photos, to: album, &change)
                return []
            }
        }
    }

    /// Takes photos out of an album; those not in it are passed over.
    ///
    /// - Throws: ``PhotoLibraryError``: `notFound` if there is no such album; `conflict` for a smart one.
    @discardableResult
    package func removePhotos(_ photos: [PhotoID], from album: AlbumID) async throws -> LibraryEdit? {
        try await self.write { db, change in
            let known = try Self.requireHandmade(db, album)
            return try self.recordingEdit(
                db, "Took \(Self.counted(photos)) out of “\(known.name)”", albums: [album], &change
            ) { _ in
                for photo in photos {
                    try db.execute(
                        sql: "DELETE FROM albumPhoto WHERE albumID = ? AND photoID = ?", arguments: [album, photo])
                }
                return []
            }
        }
    }

    /// Puts an album's photos into an order: those named come first, as named; the others follow as they were.
    ///
    /// - Throws: ``PhotoLibraryError``: `notFound` if there is no such album; `conflict` for a smart one.
    @discardableResult
    package func orderPhotos(_ photos: [PhotoID], in album: AlbumID) async throws -> LibraryEdit? {
        try await self.arrange(album) { current in
            let named = Set(photos)
            return photos + current.filter { !named.contains($0) }
        }
    }

    /// Moves photos of an album, together and in the order given, to before another one of it.
    ///
    /// - Parameter target: `nil` for the end.
    /// - Throws: ``PhotoLibraryError``: `notFound` if there is no such album; `conflict` for a smart one.
    @discardableResult
    package func movePhotos(_ photos: [PhotoID], before target: PhotoID?, in album: AlbumID) async throws
        -> LibraryEdit?
    {
        try await self.arrange(album) { current in
            let moving = Set(photos)
            // Dropped onto one of themselves: before the next one that stays.
            let stays = target.flatMap { target in
                current.firstIndex(of: target).flatMap { current[$0...].first { !moving.contains($0) } }
            }
            var result: [PhotoID] = []
            for photo in current where !moving.contains(photo) {
                if photo == stays { result += photos }
                result.append(photo)
            }
            return stays == nil ? result + photos : result
        }
    }

    /// Numbers an album's photos anew, in the order that `body` makes of the present one.
    private func arrange(
        _ album: AlbumID, _ body: @escaping @Sendable ([PhotoID]) -> [PhotoID]
    ) async throws -> LibraryEdit? {
        try await self.write { db, change in
            let known = try Self.requireHandmade(db, album)
            let current = try Row.fetchAll(
                db, sql: "SELECT photoID, position FROM albumPhoto WHERE albumID = ? ORDER BY position, photoID",
                arguments: [album])
            let members = current.map { $0[0] as PhotoID }
            var seen: Set<PhotoID> = []
            let isMember = Set(members)
            let wanted = body(members).filter { isMember.contains($0) && seen.insert($0).inserted }
            guard wanted != members else { return nil }
            return try self.recordingEdit(db, "Order of “\(known.name)”", albums: [album], &change) { _ in
                let update = try db.cachedStatement(
                    sql: "UPDATE albumPhoto SET position = ? WHERE albumID = ? AND photoID = ?")
                // The places stay; who stands on them changes. So a move touches only what lies between.
                let places = current.map { $0[1] as Int64 }.sorted()
                let old = Dictionary(uniqueKeysWithValues: current.map { ($0[0] as PhotoID, $0[1] as Int64) })
                for (photo, place) in zip(wanted, places) where old[photo] != place {
                    try update.execute(arguments: [place, album, photo])
                }
                return []
            }
        }
    }

    private static func counted(_ photos: [PhotoID]) -> String {
        photos.count == 1 ? "1 photo" : "\(photos.count) photos"
    }

    /// An album whose photos are chosen by hand.
    static func requireHandmade(_ db: Database, _ id: AlbumID) throws -> Album {
        let album = try Self.requireAlbum(db, id)
        guard !album.isSmart else {
            throw PhotoLibraryError(
                .conflict, "The photos of “\(album.name)” follow from its rule. Change the rule, or use another album.")
        }
        return album
    }

    // MARK: Steps of a transaction

    static func append(
        _ db: Database, _ photos: [PhotoID], to album: AlbumID, _ change: inout LibraryChange
    ) throws {
        var position =
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT max(position) FROM (
                        SELECT position FROM albumPhoto WHERE albumID = ?
                        UNION ALL SELECT position FROM albumPhotoAside WHERE albumID = ?)
                    """, arguments: [album, album]) ?? 0
        var added = 0
        for photo in photos {
            let visible = try Bool.fetchOne(
                db, sql: "SELECT isHidden = 0 AND deletedAt IS NULL FROM photo WHERE id = ?", arguments: [photo])
            guard let visible else { throw PhotoLibraryError.noSuchPhoto() }
            let table = visible ? "albumPhoto" : "albumPhotoAside"
            try db.execute(
                sql: "INSERT OR IGNORE INTO \(table) (albumID, photoID, position) VALUES (?, ?, ?)",
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
        guard
            let album = try Album.fetchOne(
                try db.cachedStatement(sql: "SELECT * FROM album WHERE id = ?"), arguments: [id])
        else {
            throw PhotoLibraryError.noSuchAlbum()
        }
        return album
    }

    static func checkAlbumName(_ db: Database, _ name: String, for id: AlbumID?) throws {
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
            (SELECT photoID FROM albumPhoto WHERE albumID = album.id ORDER BY position, photoID LIMIT 1) AS coverID
        FROM album
        """
}
