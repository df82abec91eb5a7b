import Foundation
import GRDB
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

/// How often a photo is decoded, counted at the worker.
struct RenditionOnceTests {
    /// The worker, leaving a line for each run.
    ///
    /// - Parameter refusing: A pattern of the shell for jobs that it dies of.
    private static func counting(_ folder: String, refusing pattern: String? = nil) throws -> RenditionPool.Worker {
        let path = "\(folder)/worker"
        let refusal = pattern.map { "case \"$job\" in \($0)) kill -9 $$;; esac\n" } ?? ""
        let script = """
            #!/bin/sh
            echo x >> '\(folder)/runs'
            job=$(cat)
            \(refusal)printf '%s' "$job" | '\(try BuiltProgram.photoserver)' worker

            """
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return .init(executable: path, arguments: [], seedArguments: nil)
    }

    private static func runs(_ folder: String) -> Int {
        ((try? String(contentsOfFile: "\(folder)/runs", encoding: .utf8)) ?? "").split(separator: "\n").count
    }

    /// The renditions that the playlists of these displays name.
    private static func named(_ library: PhotoLibrary, by displays: [String]) async throws -> Set<RenditionID> {
        Set(try await library.publications(for: displays).flatMap(\.playlist.renditions))
    }

    private static func count(_ library: PhotoLibrary, _ condition: String) async throws -> Int {
        try await library.read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM rendition WHERE \(condition)") ?? -1
        }
    }

    /// Two of one size, one of another, one that stands upright.
    private static func addDisplays(_ library: PhotoLibrary, showing album: AlbumID?) async throws -> [String] {
        for (id, width, height) in [("a", 640, 360), ("b", 640, 360), ("c", 800, 600), ("d", 360, 640)] {
            _ = try await addDisplay(library, id: id, album: album, width: width, height: height)
        }
        return ["a", "b", "c", "d"]
    }

    private static func addPhotos(_ library: PhotoLibrary, _ folder: String, to album: AlbumID) async throws {
        for seed in 1...2 {
            _ = try await TestPhoto.add(
                to: library, folder: folder, named: "\(seed).jpg", width: 900, height: 700, seed: seed, album: album)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a photo that comes into an album is decoded once for its thumbnail and all displays that show it`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let worker = try Self.counting(folder)
            var wanted: Set<RenditionID> = []
            try await withLibrary(in: folder, worker: worker) { library, _ in
                let album = try await library.createAlbum(named: "Shown").id
                let displays = try await Self.addDisplays(library, showing: album)
                try await Self.addPhotos(library, folder, to: album)
                // The way of `photoserver import` and of the watched folder.
                try TestPhoto.make("\(folder)/3.jpg", width: 900, height: 700, seed: 3)
                try await library.ingest(files: ["\(folder)/3.jpg"], into: album) { _, _ in }
                #expect(Self.runs(folder) == 3, "one decode for each photo")
                #expect(try await Self.count(library, "byteCount > 0") == 9, "three sizes of each")
                wanted = try await Self.named(library, by: displays)
                #expect(wanted.count == 9)
                for id in wanted { _ = try await library.renditionFile(id) }
                for photo in try await library.photos().photos { _ = try await library.thumbnailFile(photo) }
                #expect(Self.runs(folder) == 3, "and nothing is made again")
            }
            try await withLibrary(in: folder, worker: worker) { library, _ in
                for id in wanted { _ = try await library.renditionFile(id) }
                #expect(Self.runs(folder) == 3, "nor after a restart")
                let photo = try #require(try await library.photos().photos.first)
                try await library.deletePhotos([photo.id])
                #expect(try await library.check().isSound, "with a photo all of its sizes go")
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an album that is given to displays is decoded once for each photo, whoever asks first`() async throws {
        try await withTemporaryFolder { folder in
            try await withLibrary(in: folder, worker: try Self.counting(folder)) { library, _ in
                let album = try await library.createAlbum(named: "Shown").id
                try await Self.addPhotos(library, folder, to: album)
                #expect(Self.runs(folder) == 2, "a thumbnail each: nobody shows them")
                let displays = try await Self.addDisplays(library, showing: album)
                let wanted = try await Self.named(library, by: displays)
                // Each display asks for each of its photos, all at once, before anything is cut.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for id in wanted { group.addTask { _ = try await library.renditionFile(id) } }
                    try await group.waitForAll()
                }
                #expect(wanted.count == 6 && Self.runs(folder) == 4, "one more for each photo")

                _ = try await addDisplay(library, id: "e", album: album, width: 320, height: 200)
                _ = try await addDisplay(library, id: "f", album: album, width: 300, height: 300)
                let more = try await Self.named(library, by: ["e", "f"])
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await library.keepRenditionsReady() }
                    for id in more { group.addTask { _ = try await library.renditionFile(id) } }
                    try await eventually("the new sizes being there", within: .seconds(60)) {
                        try await Self.count(library, "byteCount > 0") == 10
                    }
                    #expect(Self.runs(folder) == 6, "ahead of time and asked for meanwhile: one more for each photo")

                    // Turned, it is another picture everywhere: the thumbnail is made along.
                    let photo = try #require(try await library.photos().photos.first)
                    var change = PhotoChange()
                    change.turn = 90
                    _ = try await library.changePhotos([photo.id], change)
                    _ = try await Self.named(library, by: displays + ["e", "f"])
                    try await eventually("the turned sizes being there", within: .seconds(60)) {
                        try await Self.count(library, "byteCount > 0") == 15
                    }
                    let turned = try #require(try await library.photo(photo.id))
                    _ = try await library.thumbnailFile(turned)
                    #expect(Self.runs(folder) == 7)
                    group.cancelAll()
                    do {
                        try await group.waitForAll()
                    } catch is CancellationError {}
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `what is too much for one worker is cut one by one`() async throws {
        try await withTemporaryFolder { folder in
            let worker = try Self.counting(folder, refusing: "*recipe*recipe*")
            try await withLibrary(in: folder, worker: worker) { library, _ in
                let album = try await library.createAlbum(named: "Shown").id
                let displays = try await Self.addDisplays(library, showing: album)
                try await Self.addPhotos(library, folder, to: album)
                #expect(Self.runs(folder) == 4, "each photo came in by its second run")
                #expect(try await library.photoCount() == 2)
                for id in try await Self.named(library, by: displays) { _ = try await library.renditionFile(id) }
                #expect(try await Self.count(library, "byteCount > 0 AND failure IS NULL") == 6)
                #expect(try await library.check().isSound)
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a size that kills its worker is a message on that photo, and the others are made`() async throws {
        try await withTemporaryFolder { folder in
            let worker = try Self.counting(folder, refusing: "*:800*")
            try await withLibrary(in: folder, worker: worker) { library, _ in
                let album = try await library.createAlbum(named: "Shown").id
                let displays = try await Self.addDisplays(library, showing: album)
                try await Self.addPhotos(library, folder, to: album)
                #expect(try await library.photoCount() == 2)
                _ = try await Self.named(library, by: displays)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await library.keepRenditionsReady() }
                    try await eventually("nothing being due", within: .seconds(60)) {
                        try await Self.count(library, "byteCount IS NULL AND failure IS NULL") == 0
                    }
                    group.cancelAll()
                    do {
                        try await group.waitForAll()
                    } catch is CancellationError {}
                }
                #expect(try await Self.count(library, "byteCount > 0 AND failure IS NULL") == 4)
                let failed = try await library.read { db in
                    try String.fetchAll(
                        db, sql: "SELECT recipe || ' ' || failure FROM rendition WHERE failure IS NOT NULL")
                }
                #expect(failed.count == 2)
                #expect(failed.allSatisfy { $0.contains("800x600") && $0.contains("crash") }, "\(failed)")
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `displays that share an album out have a photo cut before it is theirs only if all are of one size`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try await withLibrary(in: folder, worker: try Self.counting(folder)) { library, _ in
                for (name, sizes, expected) in [
                    ("Alike", [("a", 640, 360), ("b", 640, 360)], 1),
                    ("Unlike", [("c", 640, 360), ("d", 800, 600)], 0),
                ] {
                    let album = try await library.createAlbum(named: name).id
                    for (id, width, height) in sizes {
                        _ = try await addDisplay(library, id: id, width: width, height: height)
                    }
                    _ = try await library.createGroup(named: name, displays: sizes.map(\.0), album: album)
                    let photo = try await TestPhoto.add(
                        to: library, folder: folder, named: "\(name).jpg", width: 900, height: 700,
                        seed: name.utf8.count, album: album)
                    #expect(try await Self.count(library, "photoID = \(photo.id.rawValue)") == expected, "\(name)")
                }
                #expect(Self.runs(folder) == 2)
            }
        }
    }
}
