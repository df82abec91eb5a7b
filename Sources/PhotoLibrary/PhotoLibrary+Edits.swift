import Foundation
import GRDB

extension PhotoLibrary {
    /// How many edits can be undone, at most.
    static let editsKept = 1_000

    /// Runs `body`, and keeps what it changed in these photos and albums, so that it can be undone. Derived albums and
    /// displays follow in the same transaction.
    ///
    /// - Returns: `nil` if nothing differs.
    func recordingEdit(
        _ db: Database, _ summary: String, photos: [PhotoID] = [], albums: [AlbumID] = [],
        _ change: inout LibraryChange, _ body: (inout LibraryChange) throws -> [AlbumID]
    ) throws -> LibraryEdit? {
        var photosBefore: [(PhotoID, PhotoState)] = []
        for id in photos {
            if let state = try PhotoState.fetch(db, id) { photosBefore.append((id, state)) }
        }
        var albumsBefore: [AlbumID: AlbumSnapshot] = [:]
        for id in albums { albumsBefore[id] = try AlbumSnapshot(db, id) }
        let touched = try body(&change)
        var content = EditContent()
        for (id, before) in photosBefore {
            guard let after = try PhotoState.fetch(db, id), after != before else { continue }
            content.photos.append(.init(id: id, before: before, after: after))
        }
        var members: Set<PhotoID> = []
        for id in Set(albums + touched).sorted(by: { $0.rawValue < $1.rawValue }) {
            let album = AlbumSnapshot.change(id, from: albumsBefore[id] ?? .none, to: try AlbumSnapshot(db, id))
            guard !album.isEmpty else { continue }
            members.formUnion((album.added + album.removed).map(\.photo))
            content.albums.append(album)
            try Self.markUnpublished(db, displaysShowing: id, &change)
        }
        guard !content.isEmpty else { return nil }
        try Self.noteChanged(db, content.photos.map(\.id), &change)
        let rules = content.albums.contains { $0.before?.rule != $0.after?.rule }
        try Self.refreshDerivedAlbums(
            db, photos: rules ? nil : Set(content.photos.map(\.id)).union(members), &change)
        change.albums = change.albums || !content.albums.isEmpty
        // Schedules and groups may name an album that went, or came back.
        if content.albums.contains(where: { ($0.before == nil) != ($0.after == nil) }) {
            try self.replan(db, .all, &change)
        }
        try db.execute(
            sql: "INSERT INTO edit (at, summary, content) VALUES (?, ?, ?)",
            arguments: [self.now(), summary, try JSONEncoder().encode(content)])
        let id = db.lastInsertedRowID
        try db.execute(sql: "DELETE FROM edit WHERE id <= ?", arguments: [id - Int64(Self.editsKept)])
        return try LibraryEdit.fetchOne(
            db, sql: "SELECT id, at, summary, undoneAt FROM edit WHERE id = ?", arguments: [id])
    }

    /// Displays that show these photos must hear of it, and so must browsers.
    static func noteChanged(_ db: Database, _ photos: [PhotoID], _ change: inout LibraryChange) throws {
        guard !photos.isEmpty else { return }
        change.photos = true
        let albums = try AlbumID.fetchAll(
            db,
            sql: """
                SELECT DISTINCT albumID FROM (
                    SELECT albumID, photoID FROM albumPhoto UNION ALL SELECT albumID, photoID FROM albumPhotoAside)
                WHERE photoID IN (SELECT value FROM json_each(?))
                    AND albumID IN (SELECT shownAlbumID FROM display WHERE shownAlbumID IS NOT NULL)
                """, arguments: [Self.list(photos)])
        for album in albums { try Self.markUnpublished(db, displaysShowing: album, &change) }
    }

    /// Ids as a JSON array, for `json_each`.
    static func list(_ photos: some Sequence<PhotoID>) -> String {
        "[" + photos.map { String($0.rawValue) }.joined(separator: ",") + "]"
    }

    /// The newest edits first, those that were taken back included.
    package func edits(limit: Int = 50) async throws -> [LibraryEdit] {
        try await self.read { db in
            try LibraryEdit.fetchAll(
                db, sql: "SELECT id, at, summary, undoneAt FROM edit ORDER BY id DESC LIMIT ?", arguments: [limit])
        }
    }

    /// Takes an edit back, as far as nothing else was changed there since. That is an edit of its own, and can be undone.
    ///
    /// - Returns: `nil` if nothing was left to take back.
    /// - Throws: ``PhotoLibraryError``: `notFound`; `conflict` if it was taken back already; `nameTaken` if its name is
    ///   another one's by now.
    package func undoEdit(_ id: Int64) async throws -> LibraryEdit? {
        try await self.write { [now] db, change in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT summary, content, undoneAt FROM edit WHERE id = ?", arguments: [id])
            else {
                throw PhotoLibraryError(.notFound, "This change is too old to be undone.")
            }
            guard row["undoneAt"] == nil else {
                throw PhotoLibraryError(.conflict, "This change was undone already.")
            }
            let content = try JSONDecoder().decode(EditContent.self, from: row["content"])
            let summary: String = row["summary"]
            let edit = try self.recordingEdit(
                db, "Undo: \(summary)", photos: content.photos.map(\.id), albums: content.albums.map(\.id), &change
            ) { _ in
                for photo in content.photos {
                    guard let current = try PhotoState.fetch(db, photo.id) else { continue }
                    var wanted = current.undoing(from: photo.before, to: photo.after)
                    if wanted.name != current.name, try Self.isNameTaken(db, wanted.name, exceptBy: photo.id) {
                        wanted.name = current.name
                    }
                    try wanted.store(db, photo.id, replacing: current)
                }
                for album in content.albums { try AlbumSnapshot.undo(album, db) }
                return []
            }
            try db.execute(sql: "UPDATE edit SET undoneAt = ? WHERE id = ?", arguments: [now(), id])
            try Self.withdraw(content, editID: id, before: edit?.id ?? .max, db)
            return edit
        }
    }

    static func isNameTaken(_ db: Database, _ name: String, exceptBy id: PhotoID) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM photo WHERE name = ? AND id <> ?)", arguments: [name, id]) ?? false
    }
}

/// An album and its members at one moment.
struct AlbumSnapshot {
    var state: EditContent.AlbumState?
    var members: [PhotoID: Int64] = [:]

    static var none: AlbumSnapshot { AlbumSnapshot() }

    private init() {}

    init(_ db: Database, _ id: AlbumID) throws {
        guard let album = try Album.fetchOne(db, sql: "SELECT * FROM album WHERE id = ?", arguments: [id]) else {
            return
        }
        self.state = .init(
            name: album.name, rule: album.rule, createdAt: album.createdAt,
            displays: try String.fetchAll(
                db, sql: "SELECT id FROM display WHERE albumID = ? ORDER BY id", arguments: [id]))
        // What a rule decides follows from the rule.
        guard album.rule == nil else { return }
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT photoID, position FROM albumPhoto WHERE albumID = ?
                UNION ALL SELECT photoID, position FROM albumPhotoAside WHERE albumID = ?
                """, arguments: [id, id])
        while let row = try rows.next() { self.members[row[0]] = row[1] }
    }

    static func change(_ id: AlbumID, from before: AlbumSnapshot, to after: AlbumSnapshot) -> EditContent.AlbumChange {
        var change = EditContent.AlbumChange(id: id, before: before.state, after: after.state)
        for (photo, position) in before.members where after.members[photo] != position {
            change.removed.append(.init(photo: photo, position: position))
        }
        for (photo, position) in after.members where before.members[photo] != position {
            change.added.append(.init(photo: photo, position: position))
        }
        change.removed.sort { ($0.position, $0.photo.rawValue) < ($1.position, $1.photo.rawValue) }
        change.added.sort { ($0.position, $0.photo.rawValue) < ($1.position, $1.photo.rawValue) }
        return change
    }

    static func undo(_ change: EditContent.AlbumChange, _ db: Database) throws {
        guard let before = change.before else {
            try db.execute(sql: "DELETE FROM album WHERE id = ?", arguments: [change.id])
            return
        }
        let exists = try Album.exists(db, change.id)
        if change.after == nil, !exists {
            try PhotoLibrary.checkAlbumName(db, before.name, for: change.id)
            try db.execute(
                sql: "INSERT INTO album (id, name, createdAt, rule) VALUES (?, ?, ?, ?)",
                arguments: [change.id, before.name, before.createdAt, before.rule])
            for display in before.displays {
                try db.execute(
                    sql: "UPDATE display SET albumID = ? WHERE id = ? AND albumID IS NULL",
                    arguments: [change.id, display])
            }
        } else if !exists {
            return
        } else if before != change.after {
            try PhotoLibrary.checkAlbumName(db, before.name, for: change.id)
            try db.execute(
                sql: "UPDATE album SET name = ?, rule = ? WHERE id = ?",
                arguments: [before.name, before.rule, change.id])
        }
        let membersBefore = change.removed
        for member in change.added {
            for table in ["albumPhoto", "albumPhotoAside"] {
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE albumID = ? AND photoID = ?",
                    arguments: [change.id, member.photo])
            }
        }
        for member in membersBefore { try Self.place(member, in: change.id, db) }
    }

    /// Puts a photo that still exists where it was: among the members, or aside while it is not to be seen.
    private static func place(_ member: EditContent.Member, in album: AlbumID, _ db: Database) throws {
        guard let state = try PhotoState.fetch(db, member.photo) else { return }
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO \(state.isVisible ? "albumPhoto" : "albumPhotoAside") (albumID, photoID, position)
                VALUES (?, ?, ?)
                """, arguments: [album, member.photo, member.position])
    }
}
