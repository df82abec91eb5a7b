import Foundation
import GRDB
import Renditions

/// The part of a photo that people change. Kept before and after each change, so that it can be undone.
package struct PhotoState: Codable, Hashable, Sendable {
    package var name: String
    package var title: String?
    package var caption: String?
    package var takenLocal: String?
    package var takenOffsetMinutes: Int?
    package var rating: Int
    package var isFavourite: Bool
    package var isHidden: Bool
    package var turn: RenditionRecipe.Rotation
    package var deletedAt: Date?
    package var isPlaceShown: Bool
    /// Alphabetical.
    package var keywords: [String]

    var isVisible: Bool { !self.isHidden && self.deletedAt == nil }

    /// Takes back what led from `before` to `after`, member by member, and leaves alone what was changed since.
    func undoing(from before: PhotoState, to after: PhotoState) -> PhotoState {
        var result = self
        func restore<Value: Equatable>(_ member: WritableKeyPath<PhotoState, Value>) {
            guard before[keyPath: member] != after[keyPath: member], self[keyPath: member] == after[keyPath: member]
            else { return }
            result[keyPath: member] = before[keyPath: member]
        }
        restore(\.name)
        restore(\.title)
        restore(\.caption)
        restore(\.takenLocal)
        restore(\.takenOffsetMinutes)
        restore(\.rating)
        restore(\.isFavourite)
        restore(\.isHidden)
        restore(\.turn)
        restore(\.deletedAt)
        restore(\.isPlaceShown)
        let added = Set(after.keywords).subtracting(before.keywords)
        let removed = before.keywords.filter { !after.keywords.contains($0) }
        result.keywords = self.keywords.filter { !added.contains($0) } + removed.filter { !self.keywords.contains($0) }
        return result
    }

    // MARK: In the database

    static func fetch(_ db: Database, _ id: PhotoID) throws -> PhotoState? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT name, title, caption, takenLocal, takenOffsetMinutes, rating, isFavourite, isHidden, turn,
                    deletedAt, isPlaceShown FROM photo WHERE id = ?
                """)
        guard let row = try Row.fetchOne(statement, arguments: [id]) else { return nil }
        let keywords = try db.cachedStatement(
            sql: "SELECT keyword FROM photoKeyword WHERE photoID = ? ORDER BY keyword")
        return PhotoState(
            name: row["name"], title: row["title"], caption: row["caption"], takenLocal: row["takenLocal"],
            takenOffsetMinutes: row["takenOffsetMinutes"], rating: row["rating"], isFavourite: row["isFavourite"],
            isHidden: row["isHidden"], turn: RenditionRecipe.Rotation(rawValue: row["turn"]) ?? .none,
            deletedAt: row["deletedAt"], isPlaceShown: row["isPlaceShown"],
            keywords: try String.fetchAll(keywords, arguments: [id]))
    }

    /// Writes the difference from `old`.
    func store(_ db: Database, _ id: PhotoID, replacing old: PhotoState) throws {
        guard self != old else { return }
        try db.cachedStatement(
            sql: """
                UPDATE photo SET name = ?, title = ?, caption = ?, takenLocal = ?, takenOffsetMinutes = ?, rating = ?,
                    isFavourite = ?, isHidden = ?, turn = ?, deletedAt = ?, isPlaceShown = ?,
                    sortKey = coalesce(?, substr(replace(addedAt, ' ', 'T'), 1, 19)),
                    width = CASE WHEN ? THEN height ELSE width END, height = CASE WHEN ? THEN width ELSE height END
                WHERE id = ?
                """
        ).execute(arguments: [
            self.name, self.title, self.caption, self.takenLocal, self.takenOffsetMinutes, self.rating,
            self.isFavourite, self.isHidden, self.turn.rawValue, self.deletedAt, self.isPlaceShown, self.takenLocal,
            self.turn.swapsSides != old.turn.swapsSides, self.turn.swapsSides != old.turn.swapsSides, id,
        ])
        if self.keywords != old.keywords {
            let remove = try db.cachedStatement(sql: "DELETE FROM photoKeyword WHERE photoID = ? AND keyword = ?")
            let insert = try db.cachedStatement(
                sql: "INSERT OR IGNORE INTO photoKeyword (photoID, keyword) VALUES (?, ?)")
            let kept = Set(self.keywords)
            for keyword in old.keywords where !kept.contains(keyword) { try remove.execute(arguments: [id, keyword]) }
            for keyword in self.keywords where !old.keywords.contains(keyword) {
                try insert.execute(arguments: [id, keyword])
            }
        }
        if self.isVisible != old.isVisible { try self.moveInAlbums(db, id) }
    }

    /// Out of the albums while it is hidden or in the bin, and back to where it stood.
    private func moveInAlbums(_ db: Database, _ id: PhotoID) throws {
        let (from, to) = self.isVisible ? ("albumPhotoAside", "albumPhoto") : ("albumPhoto", "albumPhotoAside")
        try db.execute(
            sql: """
                INSERT OR IGNORE INTO \(to) (albumID, photoID, position)
                    SELECT albumID, photoID, position FROM \(from) JOIN album ON album.id = albumID
                    WHERE photoID = ? AND album.rule IS NULL
                """, arguments: [id])
        try db.execute(
            sql: """
                DELETE FROM \(from) WHERE photoID = ? AND albumID IN (SELECT id FROM album WHERE rule IS NULL)
                """, arguments: [id])
    }
}
