import Foundation
import GRDB

extension PhotoLibrary {
    /// The photos of these names that the library has, by name.
    package func photos(named names: some Collection<String> & Sendable) async throws -> [String: Photo] {
        let list = try String(decoding: JSONEncoder().encode(Array(names)), as: UTF8.self)
        return try await self.read { db in
            let photos = try Photo.fetchAll(
                db, sql: "SELECT * FROM photo WHERE name IN (SELECT value FROM json_each(?))", arguments: [list])
            return Dictionary(photos.map { ($0.name, $0) }) { first, _ in first }
        }
    }

    /// The photos that a display was last given, in playing order before shuffling.
    ///
    /// - Parameters:
    ///   - text: Only those whose name or title contains it; empty for all.
    ///   - after: The place in the playlist after which to go on; 0 from the beginning.
    /// - Returns: At most `limit` photos; `next` is nil after the last.
    package func photos(
        onDisplay id: String, text: String = "", after: Int = 0, limit: Int
    ) async throws -> (photos: [Photo], next: Int?) {
        try await self.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    WITH newest AS (
                        SELECT CAST(document AS TEXT) AS json FROM displayPlaylist JOIN playlist USING (sha256)
                        WHERE displayID = ? ORDER BY id DESC LIMIT 1)
                    SELECT entry.key + 1 AS place, photo.* FROM newest, json_each(newest.json, '$.photos') AS entry
                    JOIN photo ON photo.name = entry.value ->> 'name'
                    WHERE entry.key >= ? AND (? = '' OR instr(lower(photo.name || ' ' || ifnull(photo.title, '')), lower(?)) > 0)
                    ORDER BY entry.key LIMIT ?
                    """, arguments: [id, after, text, text, limit + 1])
            let photos = try rows.prefix(limit).map { try Photo(row: $0) }
            return (photos, rows.count > limit ? rows[limit - 1]["place"] : nil)
        }
    }

    /// Takes note of when displays were last heard of. Not a change of what they show.
    package func touchDisplays(_ seen: [String: Date]) async throws {
        try await self.write { db, _ in
            let statement = try db.cachedStatement(sql: "UPDATE display SET lastSeenAt = ? WHERE id = ?")
            for (id, date) in seen { try statement.execute(arguments: [date, id]) }
        }
    }
}
