import Foundation
import GRDB
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

struct CheckTests {
    @Test func `a sound library is sound, and every fault in it is found, mended and gone`() async throws {
        try await withLibrary { library, folder in
            let files = FileManager.default
            var photos: [Photo] = []
            for seed in 1...4 { photos.append(try await TestPhoto.add(to: library, folder: folder, seed: seed)) }
            let smart = try await library.createAlbum(named: "All", rule: .all([])).id
            #expect(try await library.check(readsAll: true).isSound)

            // A photo's row lost, a file that is no photo, renditions of nobody, an original lost and one changed.
            let (orphan, other) = (photos[0].id, photos[1].id)
            try await library.write { db, _ in
                try db.execute(sql: "DELETE FROM photo WHERE id = ?", arguments: [orphan])
                try db.execute(sql: "DELETE FROM photoSearch WHERE rowid = ?", arguments: [other])
                try db.execute(sql: "DELETE FROM albumPhoto WHERE photoID = ?", arguments: [other])
            }
            try Data("a letter".utf8).write(to: URL(fileURLWithPath: "\(folder)/data/originals/ab.txt"))
            let rubbish = "\(folder)/data/renditions/00/\(String(repeating: "0", count: 64)).jpg"
            try files.createDirectory(atPath: "\(folder)/data/renditions/00", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(fileURLWithPath: rubbish))
            try files.removeItem(atPath: library.originalPath(photos[2]))
            let changed = library.originalPath(photos[3])
            var bytes = try Data(contentsOf: URL(fileURLWithPath: changed))
            bytes[bytes.count / 2] ^= 0xFF
            try bytes.write(to: URL(fileURLWithPath: changed))

            let report = try await library.check(readsAll: true)
            #expect(report.orphanOriginals.count == 2)
            #expect(report.lostOriginals == [photos[2].name, "\(photos[3].name) (changed on disk)"].sorted())
            #expect(report.orphanRenditions == 2, "its own thumbnail and the rubbish")
            #expect(report.databaseFaults.count == 2, "\(report.databaseFaults)")
            #expect(try await library.photos(album: smart).photos.count == 2, "looking changes nothing")

            _ = try await library.check(readsAll: true, mends: true)
            let after = try await library.check()
            #expect(after.orphanOriginals == [] && after.databaseFaults == [])
            #expect(after.lostOriginals == [photos[2].name])
            #expect(try await library.photos(album: smart).photos.count == 4)
            #expect(files.fileExists(atPath: "\(folder)/data/lost+found/ab.txt"))
            #expect(!files.fileExists(atPath: rubbish))
        }
    }

    @Test func `the cache stays within its limit, and what was thrown out is made again`() async throws {
        try await withTemporaryFolder { folder in
            let pool = RenditionPool(worker: .init(executable: try BuiltProgram.photoserver))
            let library = try await PhotoLibrary(
                directory: "\(folder)/data", renditions: pool, maximumCacheBytes: 12_000, logger: quietLogger)
            defer { try? library.close() }
            var photos: [Photo] = []
            for seed in 1...8 {
                photos.append(try await TestPhoto.add(to: library, folder: folder, width: 300, height: 200, seed: seed))
            }
            func size() throws -> Int {
                try filesIn("\(folder)/data/renditions").reduce(0) {
                    $0 + (DurableFile.size(of: "\(folder)/data/renditions/\($1)") ?? 0)
                }
            }
            #expect(try size() > 12_000)
            #expect(try await library.cache.keepWithinLimit() > 0)
            #expect(try size() <= 12_000)
            #expect(try await library.cache.keepWithinLimit() == 0)
            for photo in photos { #expect(try await library.thumbnailFile(photo).byteCount > 0) }
            #expect(try await library.check().isSound)
        }
    }

    /// The database as the first version of the program made it.
    @Test func `a library of the first version is brought up to date with everything in it`() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/data", withIntermediateDirectories: true)
            let queue = try DatabaseQueue(path: "\(folder)/data/library.sqlite")
            try LibraryMigrations.migrator.migrate(queue, upTo: "1 photos, albums, displays, accounts")
            try await queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO photo (name, contentHash, format, byteCount, width, height, title, addedAt, sortKey)
                            VALUES ('old.jpg', 'abc', 'jpeg', 1, 96, 64, 'Harbour', '2024-01-01 00:00:00.000', '2024');
                        INSERT INTO photoKeyword VALUES (1, 'sea');
                        INSERT INTO album (name, createdAt) VALUES ('Old', '2024-01-01 00:00:00.000');
                        INSERT INTO albumPhoto VALUES (1, 1, 1);
                        """)
            }
            try queue.close()
            try await withLibrary(in: folder) { library, _ in
                let photo = try #require(try await library.photo(PhotoID(1)))
                #expect(photo.rating == 0 && photo.turn == .none && !photo.isHidden)
                for words in ["harb", "sea", "old"] {
                    let found = try await library.photos(PhotoFilter(rule: .test(.init(.text, .contains, words))))
                    #expect(found.photos.count == 1, "\(words)")
                }
                #expect(try await library.photos(album: AlbumID(1)).photos.count == 1)
            }
        }
    }
}
