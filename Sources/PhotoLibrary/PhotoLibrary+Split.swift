import GRDB
import Planning

extension PhotoLibrary {
    /// Works a group's shares out again before displays of it are published, if anything changed since.
    ///
    /// Not in the transaction of each change: while a thousand photos come in one by one, they are shared out once.
    func settleShares(of displays: [String]) async throws {
        let list = try Self.fragment(displays)
        let stale = try await self.read { db in
            try GroupID.fetchAll(
                try db.cachedStatement(
                    sql: """
                        SELECT DISTINCT displayGroup.id FROM displayGroup
                        JOIN display ON display.shareGroupID = displayGroup.id
                        WHERE displayGroup.isStale AND display.id IN (SELECT value FROM json_each(?))
                        """), arguments: [list])
        }
        guard !stale.isEmpty else { return }
        try await self.write { db, change in
            for group in stale { try Self.share(db, group, &change) }
        }
    }

    /// Shares out every album that one of the group's displays shows now, and marks the displays whose share changed.
    private static func share(_ db: Database, _ group: GroupID, _ change: inout LibraryChange) throws {
        try db.execute(
            sql: "UPDATE displayGroup SET isStale = 0, version = version + 1 WHERE id = ?", arguments: [group])
        // All of them have their share, also of an album that is not on at this hour where they hang.
        let displays = try String.fetchAll(
            db, sql: "SELECT id FROM display WHERE groupID = ? ORDER BY groupPlace, id", arguments: [group])
        let albums = try AlbumID.fetchAll(
            db,
            sql: "SELECT DISTINCT shownAlbumID FROM display WHERE shareGroupID = ? AND shownAlbumID IS NOT NULL",
            arguments: [group])
        var others: Set<String> = []
        for album in albums { others.formUnion(try Self.share(db, album, over: displays, of: group)) }
        for display in others {
            try db.execute(sql: "UPDATE display SET generation = generation + 1 WHERE id = ?", arguments: [display])
        }
        change.displays.formUnion(others)
        change.publishing = change.publishing || !others.isEmpty
    }

    /// - Returns: The displays whose share is another one.
    private static func share(
        _ db: Database, _ album: AlbumID, over displays: [String], of group: GroupID
    ) throws -> Set<String> {
        let photos = try PhotoID.fetchAll(
            db, sql: "SELECT photoID FROM albumPhoto WHERE albumID = ? ORDER BY position, photoID", arguments: [album])
        var owners: [PhotoID: String] = [:]
        var shares: [String: [PhotoID]] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT photoID, displayID FROM groupShare WHERE groupID = ? AND albumID = ?",
            arguments: [group, album])
        while let row = try rows.next() {
            let (photo, display): (PhotoID, String) = (row[0], row[1])
            owners[photo] = display
            shares[display, default: []].append(photo)
        }
        var split = GroupSplit(shares: shares)
        split.update(photos: photos, displays: displays)
        let put = try db.cachedStatement(
            sql: """
                INSERT INTO groupShare (groupID, albumID, photoID, displayID) VALUES (?, ?, ?, ?)
                ON CONFLICT (groupID, albumID, photoID) DO UPDATE SET displayID = excluded.displayID
                """)
        var others: Set<String> = []
        for (display, photos) in split.shares {
            for photo in photos {
                let old = owners.removeValue(forKey: photo)
                guard old != display else { continue }
                try put.execute(arguments: [group, album, photo, display])
                others.insert(display)
                if let old { others.insert(old) }
            }
        }
        let remove = try db.cachedStatement(
            sql: "DELETE FROM groupShare WHERE groupID = ? AND albumID = ? AND photoID = ?")
        for (photo, display) in owners {
            try remove.execute(arguments: [group, album, photo])
            others.insert(display)
        }
        return others
    }

    /// How many photos each display of a group has of the album that it shows now. Those without any are left out.
    package func shareCounts(of group: GroupID) async throws -> [String: Int] {
        try await self.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT display.id, count(*) FROM display
                    JOIN groupShare ON groupShare.displayID = display.id AND groupShare.albumID = display.shownAlbumID
                        AND groupShare.groupID = display.shareGroupID
                    WHERE display.shareGroupID = ? GROUP BY display.id
                    """, arguments: [group])
            return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0[1] as Int) })
        }
    }
}
