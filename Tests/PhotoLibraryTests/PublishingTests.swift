import Foundation
import PhotoLibrary
import Renditions
import TestSupport
import Testing

struct PublishingTests {
    struct Change: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let make: @Sendable (PhotoLibrary, AlbumID, [Photo], String) async throws -> Void

        init(_ name: String, _ make: @escaping @Sendable (PhotoLibrary, AlbumID, [Photo], String) async throws -> Void)
        {
            self.testDescription = name
            self.make = make
        }
    }

    static let changes: [Change] = [
        Change("settings") { library, _, _, _ in
            _ = try await library.updateDisplay("hall") { $0.settings = #"{"interval_time":5}"# }
        },
        Change("fit") { library, _, _, _ in _ = try await library.updateDisplay("hall") { $0.fit = .cover } },
        Change("name") { library, _, _, _ in _ = try await library.updateDisplay("hall") { $0.name = "Big" } },
        Change("power") { library, _, _, _ in _ = try await library.updateDisplay("hall") { $0.power = .off } },
        Change("screen size") { library, _, _, _ in _ = try await library.resizeDisplay("hall", width: 800, height: 600)
        },
        Change("another album") { library, _, _, _ in _ = try await library.updateDisplay("hall") { $0.albumID = nil }
        },
        Change("upload into the album") { library, album, _, folder in
            _ = try await TestPhoto.add(to: library, folder: folder, named: "new.jpg", seed: 9, album: album)
        },
        Change("photo added") { library, album, photos, _ in try await library.addPhotos([photos[2].id], to: album) },
        Change("photo removed") { library, album, photos, _ in
            try await library.removePhotos([photos[0].id], from: album)
        },
        Change("photo deleted") { library, _, photos, _ in try await library.deletePhotos([photos[0].id]) },
        Change("order") { library, album, photos, _ in try await library.orderPhotos([photos[1].id], in: album) },
        Change("album renamed") { library, album, _, _ in _ = try await library.renameAlbum(album, to: "Other") },
        Change("album deleted") { library, album, _, _ in try await library.deleteAlbum(album) },
    ]

    @Test(arguments: changes)
    func aChangeOfWhatADisplayShowsMarksItUntilItIsPublished(change: Change) async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            var photos: [Photo] = []
            for seed in 1...3 {
                photos.append(try await TestPhoto.add(to: library, folder: folder, named: "\(seed).jpg", seed: seed))
            }
            try await library.addPhotos(photos.prefix(2).map(\.id), to: album.id)
            let display = try await addDisplay(library, album: album.id)
            let bystander = try await addDisplay(library, id: "kitchen")
            try await library.markPublished("hall", generation: display.generation)
            try await library.markPublished("kitchen", generation: bystander.generation)
            #expect(try await library.displaysToPublish().isEmpty)

            var subscriber = library.changes().makeAsyncIterator()
            try await change.make(library, album.id, photos, folder)

            let marked = try await library.displaysToPublish()
            #expect(marked.map(\.id) == ["hall"])
            let told = try #require(await subscriber.next())
            #expect(told.publishing && told.displays.contains("hall") && !told.displays.contains("kitchen"))
            // An answer for the state before does not clear the mark.
            try await library.markPublished("hall", generation: display.generation)
            #expect(try await library.displaysToPublish().map(\.id) == ["hall"])
            try await library.markPublished("hall", generation: marked[0].generation)
            #expect(try await library.displaysToPublish().isEmpty)
        }
    }

    @Test func aChangeThatConcernsNoDisplayMarksNone() async throws {
        try await withLibrary { (library, folder) async throws in
            let display = try await addDisplay(library)
            try await library.markPublished("hall", generation: display.generation)
            let album = try await library.createAlbum(named: "Unused")
            _ = try await TestPhoto.add(to: library, folder: folder, album: album.id)
            try await library.touchDisplay("hall", seenAt: Date())
            #expect(try await library.displaysToPublish().isEmpty)
        }
    }

    @Test func aPlaylistPromisesTheSizesThatComeOut() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            for (seed, size) in [(400, 300), (300, 400), (401, 77), (50, 50)].enumerated() {
                _ = try await TestPhoto.add(
                    to: library, folder: folder, named: "\(seed).jpg", width: size.0, height: size.1, seed: seed,
                    album: album.id)
            }
            _ = try await addDisplay(library, album: album.id, width: 160, height: 90)
            for (fit, rotation) in [
                (RenditionRecipe.Mode.contain, RenditionRecipe.Rotation.none), (.cover, .none), (.contain, .quarter),
                (.cover, .threeQuarters),
            ] {
                _ = try await library.updateDisplay("hall") { draft in
                    draft.fit = fit
                    draft.rotation = rotation
                }
                let playlist = try #require(try await library.publication(for: "hall")).playlist
                struct Document: Decodable {
                    struct Entry: Decodable {
                        var name: String, rendition: String, width: Int, height: Int, album: String
                    }
                    var version: Int
                    var photos: [Entry]
                }
                let document = try JSONDecoder().decode(Document.self, from: Data(playlist.json))
                #expect(document.version == 1 && document.photos.map(\.name) == playlist.names)
                for entry in document.photos {
                    let id = try #require(RenditionID(text: entry.rendition))
                    let picture = try Picture(jpeg: try await library.renditionFile(id).path)
                    #expect(picture.width == entry.width && picture.height == entry.height)
                    let box = rotation == .none ? (160, 90) : (90, 160)
                    #expect(entry.width <= box.0 && entry.height <= box.1)
                }
            }
        }
    }

    @Test func aPlaylistIsAddressedByWhatItSays() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            _ = try await TestPhoto.add(to: library, folder: folder, album: album.id)
            _ = try await addDisplay(library, album: album.id)
            _ = try await addDisplay(library, id: "kitchen", album: album.id)
            let hall = try #require(try await library.publication(for: "hall")).playlist
            #expect(try await library.publication(for: "kitchen")?.playlist == hall)
            #expect(try await library.publication(for: "hall")?.playlist == hall)
            #expect(try await library.playlistDocument(sha256: hall.sha256, for: "hall") == hall.json)
            #expect(try await library.playlistDocument(sha256: hall.sha256, for: "stranger") == nil)

            _ = try await TestPhoto.add(to: library, folder: folder, named: "b.jpg", seed: 2, album: album.id)
            let next = try #require(try await library.publication(for: "hall")).playlist
            #expect(next.sha256 != hall.sha256 && next.count == 2)
            // It may still be reading the one before.
            #expect(try await library.playlistDocument(sha256: hall.sha256, for: "hall") == hall.json)
        }
    }

    @Test func aDisplayMayFetchWhatItShowsAndNothingElse() async throws {
        try await withLibrary { (library, folder) async throws in
            let (mine, theirs) = (
                try await library.createAlbum(named: "Mine"), try await library.createAlbum(named: "Theirs")
            )
            _ = try await TestPhoto.add(to: library, folder: folder, named: "a.jpg", seed: 1, album: mine.id)
            _ = try await TestPhoto.add(to: library, folder: folder, named: "b.jpg", seed: 2, album: theirs.id)
            let hall = try await addDisplay(library, album: mine.id)
            _ = try await addDisplay(library, id: "kitchen", album: theirs.id)
            let own = try #require(try await library.publication(for: "hall")).playlist.renditions[0]
            let other = try #require(try await library.publication(for: "kitchen")).playlist.renditions[0]
            #expect(try await library.displayMayFetch("hall", rendition: own))
            #expect(try await !library.displayMayFetch("hall", rendition: other))
            // Moved to another album, it may still fetch what it is playing.
            _ = try await library.updateDisplay("hall") { $0.albumID = theirs.id }
            #expect(try await library.displayMayFetch("hall", rendition: own))
            #expect(try await library.renditionFile(ofPhotoNamed: "A.JPG", for: hall).id == own)
            let error = await #expect(throws: PhotoLibraryError.self) {
                _ = try await library.renditionFile(ofPhotoNamed: "b.jpg", for: hall)
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func aRenditionAskedForByManyAtOnceIsCutOnce() async throws {
        try await withTemporaryFolder { folder in
            let count = "\(folder)/count"
            let script = "\(folder)/worker"
            try Data("#!/bin/sh\necho x >> '\(count)'\nexec '\(try BuiltProgram.photoserver)' worker\n".utf8)
                .write(to: URL(fileURLWithPath: script))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            try await withLibrary(in: folder, worker: .init(executable: script, arguments: [], seedArguments: nil)) {
                (library, _) async throws in
                let album = try await library.createAlbum(named: "A")
                _ = try await TestPhoto.add(to: library, folder: folder, album: album.id)
                _ = try await addDisplay(library, album: album.id)
                let id = try #require(try await library.publication(for: "hall")).playlist.renditions[0]
                try FileManager.default.removeItem(atPath: count)
                let paths = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<10 { group.addTask { try await library.renditionFile(id).path } }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(paths.count == 1)
                #expect(try String(contentsOfFile: count, encoding: .utf8) == "x\n")
            }
        }
    }

    @Test func renditionsAreReadyBeforeAnybodyAsks() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            for seed in 1...3 {
                _ = try await TestPhoto.add(
                    to: library, folder: folder, named: "\(seed).jpg", seed: seed, album: album.id)
            }
            _ = try await addDisplay(library, album: album.id, width: 64, height: 64)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await library.keepRenditionsReady() }
                let playlist = try #require(try await library.publication(for: "hall")).playlist
                try await eventually("three thumbnails and three renditions") {
                    try filesIn("\(folder)/data/renditions").count == 6
                }
                #expect(playlist.count == 3)
                group.cancelAll()
            }
        }
    }
}
