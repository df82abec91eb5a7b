import Foundation
import GRDB
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

/// The older system's tables, as SQLite and as text, and what becomes of them.
struct LegacyTests {
    private static let frame = "0F3C2B1A-9D8E-4F60-8123-456789ABCDEF"

    private func makePhotos(_ folder: String) throws {
        try FileManager.default.createDirectory(atPath: "\(folder)/old/thumb", withIntermediateDirectories: true)
        for (seed, name) in ["beach.jpg", "dune.jpg", "tower.jpg", "same.jpg"].enumerated() {
            // The last is the first one's file under another name.
            let turned = name == "tower.jpg"
            try TestPhoto.make(
                "\(folder)/old/\(name)", width: turned ? 64 : 96, height: turned ? 96 : 64, seed: seed % 3)
            try TestPhoto.make("\(folder)/old/thumb/\(name)", width: 12, height: 8, seed: 9)
        }
    }

    private static let rules = """
        [{"keywords": {"May contain": "sea"}}, {"keywords": {"May contain": "sand"}}, \
        {"keywords": {"Must not contain": "rain"}}, {"(": {"null": null}}, {"orientation": {"Horizontal": null}}, \
        {"year": {"2019": null}}, {")": {"null": null}}]
        """

    private func makeDatabase(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE image (pkid TEXT PRIMARY KEY, keywords TEXT, name TEXT, width INT, height INT,
                        orientation TEXT, imgtype TEXT, size INT, created TEXT, updated TEXT);
                    CREATE TABLE album (pkid TEXT PRIMARY KEY, name TEXT, orientation TEXT, parent_id TEXT,
                        smart INT, rules TEXT, updated TEXT);
                    CREATE TABLE album_image (album_id TEXT, image_id TEXT);
                    CREATE TABLE frameset (pkid TEXT PRIMARY KEY, name TEXT, user_id TEXT, album_id TEXT);
                    CREATE TABLE frame (pkid TEXT PRIMARY KEY, name TEXT, frameset_id TEXT, album_id TEXT,
                        description TEXT, orientation TEXT, interval_time INT, interval_units TEXT, variance_pct INT,
                        brightness DECIMAL, contrast DECIMAL, saturation DECIMAL, freespace INT, log_level TEXT);
                    INSERT INTO image VALUES ('i1', 'sea sand', 'beach.jpg', 96, 64, 'H', 'JPEG', 1, '2019-06-21 10:00:00', NULL),
                        ('i2', 'sand rain', 'dune.jpg', 96, 64, 'H', 'JPEG', 1, '2019-07-01 10:00:00', NULL),
                        ('i3', 'city', 'tower.jpg', 64, 96, 'V', 'JPEG', 1, '2020-01-01 00:00:00', NULL),
                        ('i4', 'again', 'same.jpg', 96, 64, 'H', 'JPEG', 1, NULL, NULL),
                        ('i5', NULL, '../../etc/passwd', 1, 1, 'S', 'JPEG', 1, NULL, NULL);
                    INSERT INTO album_image VALUES ('a1', 'i3'), ('a1', 'i1'), ('a1', 'i5');
                    INSERT INTO frameset VALUES ('f1', 'Stairs', NULL, 'a1');
                    """)
            for (id, name, smart, rules) in [
                ("a0", "Summer", 1, Self.rules), ("a1", "By hand", 0, ""),
                ("a2", "Not by hand", 1, #"[{"album": {"Is not a member of": "a1"}}]"#),
                ("a3", "Riddle", 1, #"[{"colour": {"Equals": "blue"}}]"#), ("a4", "by HAND", 0, ""),
            ] {
                try db.execute(
                    sql: "INSERT INTO album VALUES (?, ?, 'H', NULL, ?, ?, NULL)", arguments: [id, name, smart, rules])
            }
            // What the older system kept of the frameset's album for this display.
            try db.execute(
                sql: "INSERT INTO album VALUES ('a5', 'By hand-' || ?, 'H', 'a1', 0, '', NULL)", arguments: [Self.frame]
            )
            try db.execute(
                sql: """
                    INSERT INTO frame VALUES (?, 'Hall', 'f1', 'a5', 'By the door', 'V', 10, 'M', 20, 1.1, 1, 0.5, 9, 'INFO')
                    """, arguments: [Self.frame])
        }
    }

    @Test func `photos, albums, rules and displays of the older system come in once, with their names and ids`()
        async throws
    {
        try await withLibrary { library, folder in
            try self.makePhotos(folder)
            try self.makeDatabase("\(folder)/old.sqlite")
            let dump = try LegacyDump(path: "\(folder)/old.sqlite")
            let report = try await library.importLegacy(dump, photos: "\(folder)/old")
            #expect(report.photosAdded == 3 && report.photosShared == 1)
            #expect(report.albums == 2 && report.smartAlbums == 2 && report.displays == 1 && report.framesets == 1)
            let group = try #require(try await library.groups().first)
            #expect(group.group.name == "Stairs" && group.displays == [Self.frame.lowercased()])
            #expect(group.group.mode == .split)
            // The file that is not there (twice: as a photo and in its album), the rule, the name in other case.
            #expect(report.problems.count == 4, "\(report.problems)")
            #expect(report.problems.contains { $0.contains("passwd") && $0.contains("no file") })
            #expect(report.problems.contains { $0.contains("Riddle") && $0.contains("colour") })
            #expect(report.problems.contains { $0.contains("by HAND (2)") })

            let beach = try #require(try await library.photo(named: "beach.jpg"))
            #expect(beach.takenLocal == "2019-06-21T10:00:00" && beach.width == 96)
            #expect(try await library.keywords(of: beach.id) == ["again", "sand", "sea"])
            let album = try #require(try await library.album(named: "By hand"))
            #expect(try await library.photos(album: album.id).photos.map(\.name) == ["tower.jpg", "beach.jpg"])
            func names(_ album: String) async throws -> [String] {
                let id = try #require(try await library.album(named: album)).id
                return try await library.photos(album: id).photos.map(\.name)
            }
            #expect(try await names("Summer") == ["beach.jpg"])
            #expect(try await names("Not by hand") == ["dune.jpg"])
            #expect(try await names("Riddle") == [])

            let display = try #require(try await library.display(Self.frame.lowercased()))
            #expect(display.name == "Hall" && display.albumID == album.id && display.kind == .legacy)
            #expect(display.width == 1_080 && display.height == 1_920)
            let settings = try #require(
                try JSONSerialization.jsonObject(with: Data(display.settings.utf8)) as? [String: String])
            #expect(settings["interval_units"] == "minutes" && settings["brightness"] == "1.1")
            #expect(try await library.publication(for: display.id)?.playlist.count == 2)

            // A smart album goes on following its rule; a second run changes nothing of what people did since.
            var change = PhotoChange()
            change.removeKeywords = ["rain"]
            let dune = try #require(try await library.photo(named: "dune.jpg"))
            _ = try await library.changePhotos([dune.id], change)
            #expect(try await names("Summer") == ["dune.jpg", "beach.jpg"])
            _ = try await library.renameAlbum(album.id, to: "Chosen")
            let again = try await library.importLegacy(dump, photos: "\(folder)/old")
            #expect(again.photosAdded == 0 && again.photosKnown == 4 && again.albums + again.smartAlbums == 0)
            #expect(again.displays == 0 && again.framesets == 0)
            #expect(try await library.groups().count == 1)
            #expect(try await library.album(named: "By hand") == nil)
            #expect(try await library.keywords(of: dune.id) == ["sand"])
            #expect(try await library.check(readsAll: true).isSound)

            // All its albums are one change, which can be undone, and taken in again.
            let edit = try #require(try await library.edits().first { $0.summary.contains("older system") })
            _ = try await library.undoEdit(edit.id)
            #expect(try await library.album(named: "Summer") == nil)
        }
    }

    @Test func `a new display takes the place of one of the older system, with its name, album and group`() async throws
    {
        try await withLibrary { library, folder in
            try self.makePhotos(folder)
            try self.makeDatabase("\(folder)/old.sqlite")
            _ = try await library.importLegacy(try LegacyDump(path: "\(folder)/old.sqlite"), photos: "\(folder)/old")
            let old = try #require(try await library.display(Self.frame.lowercased()))
            let new = try await library.admitDisplay(
                NewDisplay(id: "new", name: "New", secretHash: "hash", width: 800, height: 600), replacing: old.id)
            #expect(new.name == "Hall" && new.kind == .viewer && new.albumID == old.albumID)
            #expect(try await library.groups().first?.displays == ["new"])
            // It is not taken in again: its id is used up.
            let again = try await library.importLegacy(
                try LegacyDump(path: "\(folder)/old.sqlite"), photos: "\(folder)/old")
            #expect(again.displays == 0)
            #expect(try await library.display(old.id) == nil)
        }
    }

    @Test func `tables as text come in as the same`() async throws {
        try await withLibrary { library, folder in
            try self.makePhotos(folder)
            let tables = "\(folder)/tables"
            try FileManager.default.createDirectory(atPath: tables, withIntermediateDirectories: true)
            try
                "\u{FEFF}pkid,keywords,name,created\r\ni1,\"sea, \"\"the\"\"\nsand\",beach.jpg,2019-06-21\r\ni2,\\N,dune.jpg,NULL\r\n\r\n"
                .write(toFile: "\(tables)/image.csv", atomically: true, encoding: .utf8)
            try
                "pkid\tname\tsmart\trules\na1\tTab\\tbed\t0\tNULL\na2\tOnly names\t1\t[{\"name\": {\"Starts with\": \"du\"}}]\n"
                .write(toFile: "\(tables)/album.tsv", atomically: true, encoding: .utf8)
            try "album_id\timage_id\na1\ti2\na1\ti1\n"
                .write(toFile: "\(tables)/album_image.tsv", atomically: true, encoding: .utf8)
            let report = try await library.importLegacy(try LegacyDump(path: tables), photos: "\(folder)/old")
            #expect(report.photosAdded == 2 && report.albums == 1 && report.smartAlbums == 1)
            let beach = try #require(try await library.photo(named: "beach.jpg"))
            #expect(try await library.keywords(of: beach.id) == ["\"the\"", "sand", "sea"])
            let album = try #require(try await library.album(named: "Tab bed"))
            #expect(try await library.photos(album: album.id).photos.map(\.name) == ["dune.jpg", "beach.jpg"])
            #expect(try await library.album(named: "Only names")?.photoCount == 1)
        }
    }

    @Test(
        arguments: [
            ("pkid,name\n1,\"open", "Line 2"), ("pkid,name\n1,a\n2,b,c", "Line 3"),
            ("pkid,name\n1,\"a\"b", "closing quote"),
            ("keywords\nsea", "pkid"), (nil, "table “image”"),
        ] as [(String?, String)])
    func `a broken table is named with its line, and a missing one`(text: String?, words: String) async throws {
        try await withTemporaryFolder { folder in
            if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/image.csv")) }
            let error = #expect(throws: PhotoLibraryError.self) { _ = try LegacyDump(path: folder) }
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test(
        arguments: [
            ("2019-06-21", "2019-06-21"), ("2019/6/1", "2019-06-01"), ("6/21/2019", "2019-06-21"), ("2019", "2019"),
            ("2019-06-21 10:00:00", "2019-06-21"), ("2019-02-30", nil), ("summer", nil), ("", nil),
        ] as [(String, String?)])
    func `days are read as people wrote them`(text: String, day: String?) { #expect(LegacyRules.day(text) == day) }

    @Test(arguments: [
        (#"[{"(": {"null": null}}, {"year": {"2019": null}}]"#, "does not close"),
        (#"[{"year": {"2019": null}}, {")": {"null": null}}]"#, ""),
        (#"[{"album": {"Is a member of": "nowhere"}}]"#, "nowhere"), (#"{"year": 1}"#, "no list"),
        (#"[{"created": {"After": "the war"}}]"#, "the war"), ("", "no list"),
    ])
    func `rules that cannot be understood are said to be so`(json: String, words: String) {
        let error = #expect(throws: LegacyRules.Untranslatable.self) {
            _ = try LegacyRules(json: json).rule { _ in nil }
        }
        #expect(words.isEmpty || error?.reason.contains(words) == true, "\(String(describing: error))")
    }
}
