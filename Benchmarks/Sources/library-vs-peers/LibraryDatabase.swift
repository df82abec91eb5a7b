import BenchmarkSupport
import CSQLite
import Foundation

/// The library's database, seen from outside.
final class LibraryDatabase {
    private var handle: OpaquePointer?

    init(_ path: String, isReadOnly: Bool = true) throws {
        let flags = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        guard sqlite3_open_v2(path, &self.handle, flags, nil) == SQLITE_OK else {
            throw BenchmarkFailure("\(path) cannot be opened")
        }
        sqlite3_busy_timeout(self.handle, 5_000)
    }

    deinit { sqlite3_close(self.handle) }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(self.handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw BenchmarkFailure("\(String(cString: sqlite3_errmsg(self.handle))): \(sql.prefix(200))")
        }
    }

    func number(_ sql: String) throws -> Int {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(self.handle, sql, -1, &statement, nil) == SQLITE_OK else {
            throw BenchmarkFailure(String(cString: sqlite3_errmsg(self.handle)))
        }
        defer { sqlite3_finalize(statement) }
        guard sqlite3_step(statement) == SQLITE_ROW else { throw BenchmarkFailure("no row: \(sql)") }
        return Int(sqlite3_column_int64(statement, 0))
    }

    /// Displays of these sizes that show the album "Shown".
    func addDisplays(_ sizes: [(width: Int, height: Int)]) throws {
        for (number, size) in sizes.enumerated() {
            try self.execute(
                """
                INSERT INTO display (id, name, secretHash, albumID, width, height, fit, rotation, settings, power, registeredAt,
                    generation, publishedGeneration)
                SELECT 'display-\(number)', 'Display \(number)', '', id, \(size.width), \(size.height), 'contain', 0, '{}',
                    'on', '2024-01-01 00:00:00.000', 1, 0
                FROM album WHERE name = 'Shown'
                """)
        }
    }

    /// Photos as ten years of pictures leave them: dates, cameras, stars, keywords, albums by hand and smart ones. Only
    /// their rows; nobody asks for their files here.
    func fill(_ count: Int) throws {
        try self.execute(
            """
            BEGIN;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO photo (name, contentHash, format, byteCount, width, height, takenLocal, camera, title, addedAt,
                sortKey, rating, isFavourite, isHidden, shownAt)
            SELECT printf('IMG_%06d.jpg', i), lower(hex(randomblob(32))), 'jpeg', 5000000 + i,
                iif(i % 3 = 0, 4000, 6000), iif(i % 3 = 0, 6000, 4000),
                strftime('%Y-%m-%dT%H:%M:%S', '2014-01-01', (i * 3155) || ' seconds'),
                'Camera ' || (i % 7), iif(i % 10 = 0, 'Title ' || i, NULL), '2024-01-01 00:00:00.000',
                strftime('%Y-%m-%dT%H:%M:%S', '2014-01-01', (i * 3155) || ' seconds'),
                i % 6, i % 17 = 0, i % 50 = 0, iif(i % 2 = 0, '2024-02-01 00:00:00.000', NULL)
            FROM n;
            INSERT OR IGNORE INTO photoKeyword (photoID, keyword) SELECT id, 'place ' || (id % 97) FROM photo;
            INSERT OR IGNORE INTO photoKeyword (photoID, keyword) SELECT id, 'person ' || (id % 41) FROM photo WHERE id % 2 = 0;
            INSERT OR IGNORE INTO photoKeyword (photoID, keyword) SELECT id, 'travel' FROM photo WHERE id % 5 > 0;
            UPDATE photo SET deletedAt = strftime('%Y-%m-%d %H:%M:%f', 'now') WHERE id % 200 = 7;
            INSERT INTO album (name, createdAt) SELECT 'Year ' || value, '2024-01-01 00:00:00.000'
                FROM json_each('[2014,2015,2016,2017,2018,2019,2020,2021,2022,2023]');
            INSERT INTO albumPhoto (albumID, photoID, position)
                SELECT (SELECT id FROM album WHERE name = 'Year ' || substr(takenLocal, 1, 4)), id, id FROM photo
                WHERE isHidden = 0 AND deletedAt IS NULL AND substr(takenLocal, 1, 4) BETWEEN '2014' AND '2023';
            COMMIT;
            ANALYZE;
            """)
    }
}
