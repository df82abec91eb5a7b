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
    /// - Throws: ``PhotoLibraryError``: `notFound`; `conflict` if it was taken back already, or if what came since stands in the
    ///   way, with what to undo first; `nameTaken` if its name is another one's by now. Then nothing has changed.
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
                let isAll = content.photos.isEmpty && content.albums.count == 1
                for album in content.albums { try AlbumSnapshot.undo(album, isAll: isAll, db) }
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
