import PhotoLibrary
import TestSupport
import Testing

struct AlbumTests {
    @Test func anAlbumKeepsTheOrderItIsGiven() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "  Holiday ")
            #expect(album.name == "Holiday")
            var ids: [PhotoID] = []
            for seed in 1...4 {
                ids.append(try await TestPhoto.add(to: library, folder: folder, named: "\(seed).jpg", seed: seed).id)
            }
            try await library.addPhotos([ids[2], ids[0], ids[2], ids[1]], to: album.id)
            #expect(try await library.photos(album: album.id).photos.map(\.id) == [ids[2], ids[0], ids[1]])
            try await library.addPhotos([ids[0], ids[3]], to: album.id)
            #expect(try await library.photos(album: album.id).photos.map(\.id) == [ids[2], ids[0], ids[1], ids[3]])
            try await library.orderPhotos([ids[3], ids[1], PhotoID(99)], in: album.id)
            #expect(try await library.photos(album: album.id).photos.map(\.id) == [ids[3], ids[1], ids[2], ids[0]])
            try await library.removePhotos([ids[3], PhotoID(99)], from: album.id)
            let summary = try #require(try await library.album(album.id))
            #expect(summary.photoCount == 3 && summary.coverID == ids[1])
            #expect(try await library.photoCount() == 4, "taken out of an album is not deleted")
        }
    }

    @Test func nothingIsAddedWhenOneOfThePhotosIsGone() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            let photo = try await TestPhoto.add(to: library, folder: folder)
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.addPhotos([photo.id, PhotoID(99)], to: album.id)
            }
            #expect(error?.code == .notFound)
            #expect(try await library.album(album.id)?.photoCount == 0)
        }
    }

    @Test func pagesFollowEachOtherWithoutAGapOrARepeat() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            var ids: [PhotoID] = []
            for seed in 1...7 {
                ids.append(
                    try await TestPhoto.add(
                        to: library, folder: folder, named: "\(seed).jpg", seed: seed, album: album.id
                    ).id)
            }
            for (list, expected) in [(album.id as AlbumID?, ids), (nil, Array(ids.reversed()))] {
                var seen: [PhotoID] = []
                var cursor: PhotoCursor?
                repeat {
                    let text = cursor?.text
                    let page = try await library.photos(
                        album: list, after: text.flatMap { PhotoCursor(text: $0) }, limit: 3)
                    seen += page.photos.map(\.id)
                    cursor = page.next
                } while cursor != nil && seen.count < 20
                #expect(seen == expected)
            }
        }
    }

    @Test(arguments: ["", "   ", "two\nlines", String(repeating: "x", count: 101)])
    func aNameThatCannotBeShownIsRefused(name: String) async throws {
        try await withLibrary { (library, _) async throws in
            let error = await #expect(throws: PhotoLibraryError.self) { try await library.createAlbum(named: name) }
            #expect(error?.code == .invalidName)
        }
    }

    @Test func aNameIsTakenWithoutRegardToCase() async throws {
        try await withLibrary { (library, _) async throws in
            let first = try await library.createAlbum(named: "Summer")
            let error = await #expect(throws: PhotoLibraryError.self) { try await library.createAlbum(named: "SUMMER") }
            #expect(error?.code == .nameTaken)
            #expect(try await library.renameAlbum(first.id, to: "SUMMER").name == "SUMMER")
        }
    }

    @Test func aNameIsDataAndNeverACommand() async throws {
        try await withLibrary { (library, folder) async throws in
            let name = "'; DROP TABLE photo; --"
            let album = try await library.createAlbum(named: name)
            let photo = try await TestPhoto.add(to: library, folder: folder, named: "\(name).jpg", album: album.id)
            #expect(try await library.album(named: name)?.id == album.id)
            #expect(try await library.photo(named: photo.name)?.id == photo.id)
        }
    }
}
