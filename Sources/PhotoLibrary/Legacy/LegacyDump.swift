import Foundation
import GRDB
import Renditions

/// What the older system's tables `image`, `album`, `album_image`, `frame` and `frameset` hold.
package struct LegacyDump: Sendable {
    struct Image: Sendable {
        let id: String
        let name: String
        let keywords: [String]
        /// When it was taken, as far as the older system knew.
        let created: PhotoDate?
    }

    struct Album: Sendable {
        let id: String
        let name: String
        /// Of the album that this one is a share of, for one display of a frameset.
        let parent: String?
        /// JSON, of a smart album.
        let rules: String?
    }

    struct Frame: Sendable {
        let id: String
        let name: String
        let album: String?
        let frameset: String?
        /// H, V or S.
        let orientation: String
        /// Members of the settings topic, as they stood in the table.
        let settings: [String: String]
    }

    struct Frameset: Sendable {
        let id: String
        let name: String
        let album: String?
    }

    let images: [Image]
    let albums: [Album]
    /// Images of each album by hand, in the table's order.
    let members: [String: [String]]
    let frames: [Frame]
    let framesets: [Frameset]

    package var imageCount: Int { self.images.count }

    private static let tables = ["image", "album", "album_image", "frame", "frameset"]
    private static let bytesMaximum = 1 << 30

    /// - Parameter path: An SQLite file with these tables, or a folder with a file for each, `image.csv` or
    ///   `image.tsv`, whose first line names the columns. Tables other than `image` may be missing.
    /// - Throws: ``PhotoLibraryError``: `storage` (cannot be read), `unsupportedFormat`, `damaged`.
    package init(path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw PhotoLibraryError(.storage, "\(path) is not there. Check the path.")
        }
        let rows = isFolder.boolValue ? try Self.readFolder(path) : try Self.readDatabase(path)
        guard let images = rows["image"] else {
            throw PhotoLibraryError(
                .unsupportedFormat,
                "\(path) has no table “image”. Give the folder with image.csv and the other tables, each beginning with "
                    + "a line that names its columns, or an SQLite file.")
        }
        let members = rows["album_image"] ?? []
        try Self.require(["pkid", "name"], "image", images)
        try Self.require(["album_id", "image_id"], "album_image", members)
        for table in ["album", "frame", "frameset"] { try Self.require(["pkid", "name"], table, rows[table] ?? []) }
        self.images = images.map { row in
            Image(
                id: row["pkid"] ?? "", name: row["name"] ?? "", keywords: Self.keywords(row["keywords"] ?? ""),
                created: row["created"].flatMap(Self.date))
        }
        self.albums = (rows["album"] ?? []).map { row in
            let isSmart = ["1", "true"].contains((row["smart"] ?? "").lowercased())
            return Album(
                id: row["pkid"] ?? "", name: row["name"] ?? "", parent: row["parent_id"].nonEmpty,
                rules: isSmart ? row["rules"] ?? "" : nil)
        }
        self.members = Dictionary(grouping: members) { $0["album_id"] ?? "" }
            .mapValues { $0.compactMap { $0["image_id"] } }
        self.frames = (rows["frame"] ?? []).map { row in
            Frame(
                id: row["pkid"] ?? "", name: row["name"] ?? "", album: row["album_id"].nonEmpty,
                frameset: row["frameset_id"].nonEmpty, orientation: row["orientation"] ?? "H",
                settings: Self.settings(row))
        }
        self.framesets = (rows["frameset"] ?? []).map { row in
            Frameset(id: row["pkid"] ?? "", name: row["name"] ?? "", album: row["album_id"].nonEmpty)
        }
    }

    // MARK: Reading

    private typealias Rows = [String: [[String: String]]]

    private static func readFolder(_ path: String) throws -> Rows {
        var result: Rows = [:]
        for table in Self.tables {
            for (suffix, delimiter) in [("csv", ","), ("tsv", "\t"), ("txt", "\t")] as [(String, Character)] {
                let file = "\(path)/\(table).\(suffix)"
                guard let size = DurableFile.size(of: file) else { continue }
                guard size <= Self.bytesMaximum, let data = FileManager.default.contents(atPath: file) else {
                    throw PhotoLibraryError(.storage, "\(file) cannot be read, or is larger than 1 GiB.")
                }
                do {
                    result[table] = try DelimitedText(MetadataText.decode(data), delimiter: delimiter).rows
                } catch let fault as DelimitedText.Fault {
                    throw PhotoLibraryError(
                        .damaged, "Line \(fault.line) of \(file) \(fault.reason). Export the table again.")
                }
                break
            }
        }
        return result
    }

    private static func readDatabase(_ path: String) throws -> Rows {
        guard let file = FileHandle(forReadingAtPath: path),
            try file.read(upToCount: 16) == Data("SQLite format 3\0".utf8)
        else {
            throw PhotoLibraryError(
                .unsupportedFormat,
                "\(path) is neither an SQLite file nor a folder. Export each table into a folder, as image.csv and so on."
            )
        }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.read { db in
                var result: Rows = [:]
                for table in Self.tables where try db.tableExists(table) {
                    // In the order in which they were put in: the table's own primary key is random.
                    let rows = try Row.fetchAll(db, sql: "SELECT * FROM \(table.quotedDatabaseIdentifier)")
                    result[table] = rows.map { row in
                        row.reduce(into: [:]) { values, column in
                            values[column.0.lowercased()] = Self.text(column.1)
                        }
                    }
                }
                return result
            }
        } catch let error as DatabaseError {
            throw PhotoLibraryError(
                .damaged, "\(path) cannot be read: \(error.message ?? "it is damaged"). Export it again.", cause: error)
        }
    }

    private static func text(_ value: DatabaseValue) -> String? {
        switch value.storage {
        case .null: nil
        case .string(let text): text
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .blob(let data): MetadataText.decode(data)
        }
    }

    private static func require(_ columns: [String], _ table: String, _ rows: [[String: String]]) throws {
        for row in rows {
            guard let missing = columns.first(where: { row[$0].nonEmpty == nil }) else { continue }
            throw PhotoLibraryError(
                .damaged,
                "A row of the table “\(table)” has no “\(missing)”. Export the table with the names of its columns.")
        }
    }

    // MARK: Values

    /// The older system kept keywords as words in one text, and looked for whole words.
    static func keywords(_ text: String) -> [String] {
        MetadataText.cleanKeywords(
            text.split { $0.isWhitespace || $0 == "," || $0 == ";" }.map(String.init))
    }

    static func date(_ text: String) -> PhotoDate? {
        PhotoDate(exif: text.count == 10 ? text + " 00:00:00" : text, offset: nil)
    }

    private static func settings(_ row: [String: String]) -> [String: String] {
        let kept = [
            "description", "orientation", "interval_base", "interval_time", "interval_units", "variance_pct",
            "use_halflife", "brightness", "contrast", "saturation", "log_level",
        ]
        var settings = row.filter { kept.contains($0.key) && !$0.value.isEmpty }
        // Its first versions wrote a letter.
        let units = ["S": "seconds", "M": "minutes", "H": "hours", "D": "days"]
        settings["interval_units"] = settings["interval_units"].map { units[$0] ?? $0 }
        settings["log_level"] = settings["log_level"]?.lowercased()
        settings["use_halflife"] = settings["use_halflife"].map { ["1", "true"].contains($0.lowercased()) ? "1" : "0" }
        return settings
    }
}

extension Optional<String> {
    fileprivate var nonEmpty: String? { self.flatMap { $0.isEmpty ? nil : $0 } }
}
