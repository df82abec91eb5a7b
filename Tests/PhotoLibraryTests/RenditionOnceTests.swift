import Foundation
import GRDB
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

/// How often a photo is decoded, counted at the worker.
struct RenditionOnceTests {
    /// The worker, leaving a line for each run.
    private static func counting(_ folder: String) throws -> RenditionPool.Worker {
        let path = "\(folder)/worker"
        let script = "#!/bin/sh\necho x >> '\(folder)/runs'\nexec '\(try BuiltProgram.photoserver)' worker\n"
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return .init(executable: path, arguments: [])
    }

    private static func runs(_ folder: String) -> Int {
        ((try? String(contentsOfFile: "\(folder)/runs", encoding: .utf8)) ?? "").split(separator: "\n").count
    }

    @Test(.timeLimit(.minutes(2)))
    func `renditions are made ahead when photos come and albums are assigned, from one decode, and never twice`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try await withLibrary(in: folder, worker: try Self.counting(folder)) { library, _ in
                let album = try await library.createAlbum(named: "Shown").id
                // Two of one size, one of another, one that stands upright and is turned.
                for (id, width, height) in [("a", 640, 360), ("b", 640, 360), ("c", 800, 600), ("d", 360, 640)] {
                    _ = try await addDisplay(library, id: id, album: album, width: width, height: height)
                }
                for seed in 1...2 {
                    _ = try await TestPhoto.add(
                        to: library, folder: folder, named: "\(seed).jpg", width: 900, height: 700, seed: seed,
                        album: album)
                }
                #expect(Self.runs(folder) == 2, "a thumbnail each")
                var wanted: Set<RenditionID> = []
                for id in ["a", "b", "c", "d"] {
                    wanted.formUnion(try #require(try await library.publication(for: id)).playlist.renditions)
                }
                #expect(wanted.count == 6)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await library.keepRenditionsReady() }
                    // A display asks for each meanwhile, all at once.
                    for id in wanted { group.addTask { _ = try await library.renditionFile(id) } }
                    try await eventually("all being there", within: .seconds(60)) {
                        let missing = try await library.read { db in
                            try Int.fetchOne(db, sql: "SELECT count(*) FROM rendition WHERE byteCount IS NULL") ?? -1
                        }
                        return missing == 0
                    }
                    let few = Self.runs(folder)
                    #expect((4...8).contains(few), "\(few) runs: at most one for each rendition, at least one a photo")

                    // Assigned anew to a display of another size: one decode for each photo, in which all is made.
                    _ = try await addDisplay(library, id: "e", album: nil, width: 320, height: 200)
                    _ = try await addDisplay(library, id: "f", album: nil, width: 300, height: 300)
                    for id in ["e", "f"] {
                        _ = try await library.updateDisplay(id) { $0.albumID = album }
                        _ = try await library.publication(for: id)
                    }
                    try await eventually("the new sizes being there", within: .seconds(60)) {
                        let made = try await library.read { db in
                            try Int.fetchOne(db, sql: "SELECT count(*) FROM rendition WHERE byteCount > 0") ?? -1
                        }
                        return made == 10
                    }
                    group.cancelAll()
                    do {
                        try await group.waitForAll()
                    } catch is CancellationError {}
                }
                let runs = Self.runs(folder)
                for id in wanted { _ = try await library.renditionFile(id) }
                #expect(Self.runs(folder) == runs, "what is there is not made again")
            }
            let before = Self.runs(folder)
            try await withLibrary(in: folder, worker: try Self.counting(folder)) { library, _ in
                for id in ["a", "c", "e"] {
                    for rendition in try #require(try await library.publication(for: id)).playlist.renditions {
                        _ = try await library.renditionFile(rendition)
                    }
                }
            }
            #expect(Self.runs(folder) == before, "nor after a restart")
        }
    }
}
