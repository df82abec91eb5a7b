import Foundation
import GRDB
import TestSupport
import Testing

@testable import PhotoLibrary

/// Lists of thousands of photos, beside the same photos filtered one by one.
struct FilterTests {
    private struct Known: Sendable {
        let id: Int64
        let words: Set<Substring>
        let keywords: Set<String>
        let camera: String?
        let taken: String?
        let shownAt: String?
        let rating: Int
        let isFavourite: Bool
        let isPortrait: Bool
        let shelf: PhotoFilter.Shelf
        /// In the album.
        let position: Int64?

        func has(_ word: String) -> Bool { self.words.contains { $0.hasPrefix(word) } }
    }

    /// A filter, said twice: as the library takes it, and as a question about a row.
    private struct Part: Sendable {
        let test: PhotoRule.Test
        let holds: @Sendable (Known) -> Bool

        init(
            _ field: PhotoRule.Field, _ comparison: PhotoRule.Comparison, _ value: String,
            _ holds: @escaping @Sendable (Known) -> Bool
        ) {
            self.test = .init(field, comparison, value)
            self.holds = holds
        }

        static func day(_ comparison: PhotoRule.Comparison, _ value: String) -> Part {
            Part(.taken, comparison, value) { known in
                guard let taken = known.taken else { return false }
                let start = String(taken.prefix(value.count))
                switch comparison {
                case .before: return start < value
                case .onOrBefore: return start <= value
                case .after: return start > value
                case .onOrAfter: return start >= value
                default: return start == value
                }
            }
        }

        static let all: [Part] = [
            // In all, in most, in half, in some, in few and in none of them.
            Part(.text, .contains, "im") { $0.has("im") }, Part(.text, .contains, "img") { $0.has("img") },
            Part(.text, .contains, "camera") { $0.has("camera") },
            Part(.text, .contains, "person plac") { $0.has("person") && $0.has("plac") },
            Part(.text, .contains, "title") { $0.has("title") },
            Part(.text, .contains, "7 place") { $0.has("7") && $0.has("place") },
            Part(.text, .contains, "nowhere") { $0.has("nowhere") },
            Part(.keyword, .equals, "Everywhere") { $0.keywords.contains("everywhere") },
            Part(.keyword, .equals, "person 3") { $0.keywords.contains("person 3") },
            Part(.keyword, .equals, "none") { _ in false },
            Part(.rating, .onOrAfter, "4") { $0.rating >= 4 },
            Part(.favourite, .equals, "yes") { $0.isFavourite },
            Part(.shown, .equals, "no") { $0.shownAt == nil },
            Part(.camera, .equals, "camera 2") { $0.camera == "Camera 2" },
            Part(.orientation, .equals, "portrait") { $0.isPortrait },
            .day(.onOrAfter, "2015-03-01"), .day(.onOrBefore, "2014-02"), .day(.before, "2015"),
            .day(.after, "2015-06-30"),
            .day(.equals, "2014"),
        ]
    }

    /// Six thousand rows; of files nobody asks.
    private static func fill(_ db: Database) throws {
        try db.execute(
            sql: """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
                INSERT INTO photo (name, contentHash, format, byteCount, width, height, takenLocal, camera, title, addedAt,
                    sortKey, rating, isFavourite, isHidden, shownAt, deletedAt)
                SELECT printf('IMG_%06d.jpg', i), 'content ' || i, 'jpeg', i, iif(i % 3 = 0, 4000, 6000),
                    iif(i % 3 = 0, 6000, 4000), taken, iif(i % 4 = 0, NULL, 'Camera ' || (i % 7)),
                    iif(i % 10 = 0, 'Title ' || i, NULL), '2024-01-01 00:00:00.000', coalesce(taken, '2024-01-01T00:00:00'),
                    i % 6, i % 17 = 0, i % 50 = 0, iif(i % 2 = 0, '2024-02-01 00:00:00.000', NULL),
                    iif(i % 60 = 0, '2024-02-02 00:00:00.000', NULL)
                FROM (SELECT i, iif(i % 13 = 0, NULL, strftime('%Y-%m-%dT%H:%M:%S', '2014-01-01',
                    ((i * 7919) % 6000 * 13000) || ' seconds')) AS taken FROM n);
                INSERT INTO photoKeyword (photoID, keyword) SELECT id, 'place ' || (id % 97) FROM photo;
                INSERT INTO photoKeyword (photoID, keyword) SELECT id, 'person ' || (id % 41) FROM photo WHERE id % 2 = 0;
                INSERT INTO photoKeyword (photoID, keyword) SELECT id, 'everywhere' FROM photo WHERE id % 5 > 0;
                INSERT INTO album (name, createdAt) VALUES ('Some', '2024-01-01 00:00:00.000');
                INSERT INTO albumPhoto (albumID, photoID, position)
                    SELECT (SELECT id FROM album), id, (id * 31) % 6007 FROM photo
                    WHERE id % 3 > 0 AND NOT isHidden AND deletedAt IS NULL;
                """)
    }

    private static func known(_ db: Database) throws -> [Known] {
        let keywords = Dictionary(grouping: try Row.fetchAll(db, sql: "SELECT photoID, keyword FROM photoKeyword")) {
            $0[0] as Int64
        }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT photo.*, albumPhoto.position FROM photo LEFT JOIN albumPhoto ON albumPhoto.photoID = photo.id
                ORDER BY sortKey DESC, photo.id DESC
                """)
        return rows.map { row in
            let own = (keywords[row["id"]] ?? []).map { $0[1] as String }
            let texts = own + [row["name"], (row["title"] as String?) ?? "", (row["camera"] as String?) ?? ""]
            let words = texts.flatMap { text in
                text.lowercased().split { !$0.isLetter && !$0.isNumber }
            }
            return Known(
                id: row["id"], words: Set(words), keywords: Set(own), camera: row["camera"], taken: row["takenLocal"],
                shownAt: row["shownAt"], rating: row["rating"], isFavourite: row["isFavourite"],
                isPortrait: (row["width"] as Int) < row["height"],
                shelf: (row["deletedAt"] as String?) != nil ? .bin : row["isHidden"] ? .hidden : .library,
                position: row["position"])
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [UInt64.random(in: 0..<1_000_000)])
    func `whatever filters are put together, a list has what each photo says, in order, page by page`(seed: UInt64)
        async throws
    {
        var random = SeededGenerator(seed: seed)
        try await withLibrary { library, _ in
            try await library.write { db, _ in try Self.fill(db) }
            let known = try await library.read { try Self.known($0) }
            let album = try #require(try await library.album(named: "Some")).id
            for round in 0..<40 {
                // Each part for itself, then up to three of them.
                let parts =
                    round < Part.all.count
                    ? [Part.all[round]]
                    : Array(Part.all.shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random)))
                let shelf =
                    round < Part.all.count
                    ? .library : PhotoFilter.Shelf.allCases.randomElement(using: &random) ?? .library
                let isAlbum = shelf == .library && Int.random(in: 0..<3, using: &random) == 0
                let filter = PhotoFilter(
                    shelf: shelf, album: isAlbum ? album : nil, rule: .all(parts.map { .test($0.test) }))
                var expected = known.filter { known in
                    known.shelf == shelf && (!isAlbum || known.position != nil)
                        && parts.allSatisfy { $0.holds(known) }
                }
                if isAlbum {
                    expected.sort {
                        ($0.position ?? 0, $0.id) < ($1.position ?? 0, $1.id)
                    }
                }
                var found: [Int64] = []
                var cursor: PhotoCursor?
                repeat {
                    let (page, total) = try await library.listing(
                        filter, after: cursor, limit: Int.random(in: 200...500, using: &random))
                    #expect(total == expected.count)
                    found += page.photos.map(\.id.rawValue)
                    cursor = page.next
                } while cursor != nil
                #expect(found == expected.map(\.id), "seed \(seed), round \(round): \(filter)")
                #expect(try await library.photoCount(filter) == expected.count)
            }
        }
    }

    @Test func `ids are held and cut as sets are`() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            var (one, other) = (PhotoIDSet(), PhotoIDSet())
            var (first, second): (Set<Int64>, Set<Int64>) = ([], [])
            for _ in 0..<Int.random(in: 0..<200, using: &random) {
                let (a, b) = (Int64.random(in: 0..<500, using: &random), Int64.random(in: 0..<900, using: &random))
                one.insert(a)
                first.insert(a)
                other.insert(b)
                second.insert(b)
            }
            #expect(one.ids == first.sorted() && one.count == first.count)
            one.formIntersection(other)
            #expect(one.ids == first.intersection(second).sorted() && one.count == one.ids.count)
            #expect((-1..<1_000).allSatisfy { one.contains($0) == (first.contains($0) && second.contains($0)) })
        }
    }

    /// A plan that reads all rows, or sorts them, is what makes a large library slow.
    @Test func `dates are found in the index of the order`() async throws {
        try await withLibrary { library, _ in
            try await library.write { db, _ in try Self.fill(db) }
            let filter = PhotoFilter(rule: .all([.test(.init(.taken, .onOrBefore, "2014-02"))]))
            let plan = try await library.read { db in
                try SQLRequest<Row>(
                    literal: """
                        EXPLAIN QUERY PLAN SELECT * FROM photo WHERE \(filter.condition)
                        ORDER BY sortKey DESC, id DESC LIMIT 101
                        """
                ).fetchAll(db).map { $0["detail"] as String }
            }
            #expect(plan.count == 1 && plan[0].contains("photoVisible (sortKey<?)"), "\(plan)")
        }
    }
}
