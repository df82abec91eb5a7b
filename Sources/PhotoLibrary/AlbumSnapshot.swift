import Foundation
import GRDB

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
        change.removed = EditContent.Member.inOrder(before.members.filter { after.members[$0.key] != $0.value })
        change.added = EditContent.Member.inOrder(after.members.filter { before.members[$0.key] != $0.value })
        return change
    }

    /// Takes an album's part of an edit back, as far as nothing else was changed there since.
    ///
    /// - Parameter isAll: Whether the edit is of this album alone, so that what stands in the way is worth saying.
    /// - Throws: ``PhotoLibraryError``: `conflict`, `nameTaken`.
    static func undo(_ change: EditContent.AlbumChange, isAll: Bool, _ db: Database) throws {
        let now = try AlbumSnapshot(db, change.id)
        switch (change.before, change.after, now.state) {
        case (nil, .some, let current?):
            guard Set(now.members.keys).isSubset(of: change.added.map(\.photo)) else {
                throw PhotoLibraryError(
                    .conflict,
                    "Photos were put into “\(current.name)” since it was made. Undo that first, or delete the album.")
            }
            try db.execute(sql: "DELETE FROM album WHERE id = ?", arguments: [change.id])
        case (let before?, nil, nil): try Self.bringBack(change, before, db)
        case (let before?, let after?, let current?):
            try Self.undoState(of: change.id, from: before, to: after, current, db)
            try now.undoMembers(change, db)
        case (.some(let before), .some, nil):
            guard isAll else { return }
            throw PhotoLibraryError(
                .conflict, "The album “\(before.name)” is not there any more. Undo its deletion first, then this.")
        default: break  // gone, or back, already
        }
    }

    private static func bringBack(
        _ change: EditContent.AlbumChange, _ before: EditContent.AlbumState, _ db: Database
    ) throws {
        try PhotoLibrary.checkAlbumName(db, before.name, for: change.id)
        try db.execute(
            sql: "INSERT INTO album (id, name, createdAt, rule) VALUES (?, ?, ?, ?)",
            arguments: [change.id, before.name, before.createdAt, before.rule])
        for display in before.displays {
            try db.execute(
                sql: "UPDATE display SET albumID = ? WHERE id = ? AND albumID IS NULL", arguments: [change.id, display])
        }
        for member in change.removed { try Self.place(member, in: change.id, db) }
    }

    private static func undoState(
        of id: AlbumID, from before: EditContent.AlbumState, to after: EditContent.AlbumState,
        _ current: EditContent.AlbumState, _ db: Database
    ) throws {
        let name = current.name == after.name ? before.name : current.name
        let rule = current.rule == after.rule ? before.rule : current.rule
        guard name != current.name || rule != current.rule else { return }
        try PhotoLibrary.checkAlbumName(db, name, for: id)
        try db.execute(sql: "UPDATE album SET name = ?, rule = ? WHERE id = ?", arguments: [name, rule, id])
    }

    private func undoMembers(_ change: EditContent.AlbumChange, _ db: Database) throws {
        let (before, after) = change.places
        for photo in after.keys where before[photo] == nil {
            for table in ["albumPhoto", "albumPhotoAside"] {
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE albumID = ? AND photoID = ?", arguments: [change.id, photo])
            }
        }
        // Back to its place if it is gone, or stands where the edit had put it.
        for member in change.removed where self.members[member.photo] == after[member.photo] {
            try Self.place(member, in: change.id, db)
        }
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
