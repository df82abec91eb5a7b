import GRDB

/// The photos that a filter lets through, in one transaction: some of them in their order, and how many they are.
///
/// Words and keywords have indexes of their own, which give ids. Few ids are looked up; many are held as a set while the
/// index of the library's order, which has all that the other filters ask for, is gone through once: asking SQLite for
/// `id IN (…)` would build, sort and read a tree of a hundred thousand of them.
struct FilteredPhotos {
    /// From how many ids on the order is gone through. About there both cost the same.
    private static let fewAtMost = 2_000

    /// What words and keywords leave.
    private enum Members {
        case all
        case few([Int64])
        case many(PhotoIDSet)
    }

    private let db: Database
    private let album: AlbumID?
    private let members: Members
    /// Everything but what `members` holds already.
    private let condition: SQL

    init(_ db: Database, _ filter: PhotoFilter) throws {
        self.db = db
        self.album = filter.album
        let (indexed, rule) = filter.rule.splitByIndex
        var rest = filter
        rest.rule = rule
        self.condition = rest.condition
        var members: PhotoIDSet?
        for query in indexed {
            var found = PhotoIDSet()
            let ids = try SQLRequest<Int64>(literal: query).fetchCursor(db)
            while let id = try ids.next() { found.insert(id) }
            members?.formIntersection(found)
            members = members ?? found
            if members?.count == 0 { break }
        }
        self.members = members.map { $0.count > Self.fewAtMost ? .many($0) : .few($0.ids) } ?? .all
    }

    // MARK: Pages

    /// The first page, and how many photos there are in all: where they are few, from one look at the index.
    func beginning(limit: Int) throws -> (page: PhotoPage, total: Int) {
        let (source, order) = self.source(columns: "photo.id")
        let ids: [Int64]
        let count: Int
        switch self.members {
        case .all, .few:
            var query: SQL = "\(source) \(order) LIMIT \(Self.fewAtMost)"
            if case .few(let few) = self.members { query = "\(source) AND \(Self.isAmong(few)) \(order)" }
            ids = try SQLRequest<Int64>(literal: query).fetchAll(self.db)
            count = ids.count < Self.fewAtMost ? ids.count : try self.count()
        case .many:
            // Counting reads the index forwards, which is faster than the order's way backwards.
            return (try self.page(after: nil, limit: limit), try self.count())
        }
        return (try self.page(of: try self.rows(among: ids.prefix(limit + 1)), limit: limit), count)
    }

    func page(after cursor: PhotoCursor?, limit: Int) throws -> PhotoPage {
        try self.page(of: try self.rows(after: cursor, limit: limit + 1), limit: limit)
    }

    /// - Parameter rows: One more than the page has, where there is one.
    private func page(of rows: [Row], limit: Int) throws -> PhotoPage {
        let page = rows.prefix(limit)
        guard rows.count > limit, let last = page.last else {
            return PhotoPage(photos: try page.map { try Photo(row: $0) }, next: nil)
        }
        let position: PhotoCursor.Position =
            self.album == nil
            ? .library(sortKey: last["sortKey"], id: PhotoID(last["id"]))
            : .album(position: last["position"], id: PhotoID(last["id"]))
        return PhotoPage(photos: try page.map { try Photo(row: $0) }, next: PhotoCursor(position))
    }

    /// What a page shows, of these photos, in the list's order.
    private func rows(among ids: some Collection<Int64>) throws -> [Row] {
        let (source, order) = self.source(columns: self.pageColumns)
        return try SQLRequest<Row>(literal: "\(source) AND \(Self.isAmong(ids)) \(order)").fetchAll(self.db)
    }

    private var pageColumns: String { self.album == nil ? "photo.*" : "photo.*, albumPhoto.position" }

    private func rows(after cursor: PhotoCursor?, limit: Int) throws -> [Row] {
        let (source, order) = self.source(columns: self.pageColumns)
        let position = self.position(cursor)
        switch self.members {
        case .all:
            return try SQLRequest<Row>(literal: "\(source) AND \(position) \(order) LIMIT \(limit)").fetchAll(self.db)
        case .few(let ids):
            return try SQLRequest<Row>(
                literal: "\(source) AND \(position) AND \(Self.isAmong(ids)) \(order) LIMIT \(limit)"
            ).fetchAll(self.db)
        case .many(let set):
            let (inOrder, _) = self.source(columns: "photo.id")
            let all = try SQLRequest<Int64>(literal: "\(inOrder) AND \(position) \(order)").fetchCursor(self.db)
            var ids: [Int64] = []
            while ids.count < limit, let id = try all.next() {
                if set.contains(id) { ids.append(id) }
            }
            return try self.rows(among: ids)
        }
    }

    /// The list without its end.
    private func source(columns: String) -> (source: SQL, order: SQL) {
        let columns = SQL(sql: columns)
        guard let album = self.album else {
            return (
                "SELECT \(columns) FROM photo WHERE \(self.condition)",
                SQL("ORDER BY photo.sortKey DESC, photo.id DESC")
            )
        }
        return (
            """
            SELECT \(columns) FROM albumPhoto JOIN photo ON photo.id = albumPhoto.photoID
            WHERE albumPhoto.albumID = \(album) AND \(self.condition)
            """, SQL("ORDER BY albumPhoto.position, albumPhoto.photoID")
        )
    }

    private func position(_ cursor: PhotoCursor?) -> SQL {
        switch (cursor?.position, self.album) {
        case (.library(let sortKey, let id), nil): "(photo.sortKey, photo.id) < (\(sortKey), \(id))"
        case (.album(let position, let id), .some): "(albumPhoto.position, albumPhoto.photoID) > (\(position), \(id))"
        // Of another kind of list, or none: from the beginning.
        default: SQL("1")
        }
    }

    private static func isAmong(_ ids: some Collection<Int64>) -> SQL {
        let list = "[" + ids.map(String.init).joined(separator: ",") + "]"
        return "photo.id IN (SELECT value FROM json_each(\(list)))"
    }

    // MARK: Counting

    func count() throws -> Int {
        switch self.members {
        case .all:
            return try SQLRequest<Int>(literal: self.source(columns: "count(*)").source).fetchOne(self.db) ?? 0
        case .few(let ids):
            let query: SQL = "\(self.source(columns: "count(*)").source) AND \(Self.isAmong(ids))"
            return try SQLRequest<Int>(literal: query).fetchOne(self.db) ?? 0
        case .many(let set):
            let all = try SQLRequest<Int64>(literal: self.source(columns: "photo.id").source).fetchCursor(self.db)
            var count = 0
            while let id = try all.next() {
                if set.contains(id) { count += 1 }
            }
            return count
        }
    }
}
