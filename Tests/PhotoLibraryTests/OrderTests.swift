import Foundation
import GRDB
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

struct OrderTests {
    /// Lends a library with photos of different seeds.
    private func withPhotos(
        _ count: Int, _ body: (PhotoLibrary, [Photo], String) async throws -> Void
    ) async throws {
        try await withLibrary { library, folder in
            var photos: [Photo] = []
            for seed in 1...count {
                photos.append(
                    try await TestPhoto.add(to: library, folder: folder, named: "p\(seed).jpg", seed: seed))
            }
            try await body(library, photos, folder)
        }
    }

    private func change(_ edit: (inout PhotoChange) -> Void) -> PhotoChange {
        var change = PhotoChange()
        edit(&change)
        return change
    }

    struct Change: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let change: PhotoChange
        /// What the photo says afterwards.
        let expected: @Sendable (PhotoState) -> Bool

        init(
            _ name: String, _ edit: (inout PhotoChange) -> Void, _ expected: @escaping @Sendable (PhotoState) -> Bool
        ) {
            self.testDescription = name
            var change = PhotoChange()
            edit(&change)
            self.change = change
            self.expected = expected
        }
    }

    static let changes: [Change] = [
        Change("title", { $0.title = "  Evening \n tide " }) { $0.title == "Evening tide" },
        Change("caption", { $0.caption = "By the sea" }) { $0.caption == "By the sea" },
        Change("keywords", { $0.keywords = ["sea", "Sea", " sand "] }) { Set($0.keywords) == ["sea", "sand"] },
        Change("more keywords", { $0.addKeywords = ["dusk"] }) { $0.keywords == ["dusk"] },
        Change("rating", { $0.rating = 4 }) { $0.rating == 4 },
        Change("favourite", { $0.favourite = true }) { $0.isFavourite },
        Change("hidden", { $0.hidden = true }) { $0.isHidden },
        Change("bin", { $0.bin = true }) { $0.deletedAt != nil },
        Change("turn", { $0.turn = 90 }) { $0.turn == .quarter },
        Change("turn back", { $0.turn = -90 }) { $0.turn == .threeQuarters },
        Change("date", { $0.taken = "2024-06-21T19:30:00" }) { $0.takenLocal == "2024-06-21T19:30:00" },
        Change("day", { $0.taken = "2024-06-21" }) { $0.takenLocal == "2024-06-21T00:00:00" },
        Change("place", { $0.placeShown = true }) { $0.isPlaceShown },
        Change("name", { $0.name = "Tide.jpg" }) { $0.name == "Tide.jpg" },
    ]

    @Test(arguments: changes)
    func `a change is made, and undone, and done again`(item: Change) async throws {
        try await self.withPhotos(1) { library, photos, _ in
            let id = photos[0].id
            func state() async throws -> PhotoState {
                let state = try await library.read { try PhotoState.fetch($0, id) }
                return try #require(state)
            }
            let before = try await state()
            let edit = try #require(try await library.changePhotos([id], item.change))
            #expect(item.expected(try await state()))
            #expect(try await library.changePhotos([id, PhotoID(999)], PhotoChange()) == nil)
            let undone = try #require(try await library.undoEdit(edit.id))
            #expect(try await state() == before)
            await #expect(throws: PhotoLibraryError.self) { try await library.undoEdit(edit.id) }
            _ = try await library.undoEdit(undone.id)
            #expect(item.expected(try await state()))
        }
    }

    @Test func `undoing leaves alone what was changed since`() async throws {
        try await self.withPhotos(1) { library, photos, _ in
            let id = photos[0].id
            var one = PhotoChange()
            one.title = "One"
            one.rating = 2
            one.keywords = ["a", "b"]
            let first = try #require(try await library.changePhotos([id], one))
            var two = PhotoChange()
            two.title = "Two"
            two.addKeywords = ["c"]
            let second = try #require(try await library.changePhotos([id], two))
            #expect(second.id > first.id)
            let between = try await library.keywords(of: id)
            #expect(between == ["a", "b", "c"])
            _ = try await library.undoEdit(first.id)
            let photo = try #require(try await library.photo(id))
            #expect(photo.title == "Two")
            #expect(photo.rating == 0)
            let keywords = try await library.keywords(of: id)
            #expect(keywords == ["c"])
        }
    }

    @Test func `a wrong clock is set right for many, over the end of a year and a leap day`() async throws {
        try await self.withPhotos(2) { library, photos, _ in
            _ = try await library.changePhotos([photos[0].id], self.change { $0.taken = "2023-12-31T23:30:00" })
            _ = try await library.changePhotos([photos[1].id], self.change { $0.taken = "2024-02-28T23:59:59" })
            let edit = try await library.changePhotos(photos.map(\.id), self.change { $0.shiftSeconds = 3_600 })
            #expect(try await library.photo(photos[0].id)?.takenLocal == "2024-01-01T00:30:00")
            #expect(try await library.photo(photos[1].id)?.takenLocal == "2024-02-29T00:59:59")
            #expect(try await library.photos().photos.map(\.id) == [photos[1].id, photos[0].id])
            _ = try await library.undoEdit(try #require(edit).id)
            #expect(try await library.photo(photos[0].id)?.takenLocal == "2023-12-31T23:30:00")
        }
    }

    @Test(
        arguments: [
            ("2024-03-01T00:00:00", -1, "2024-02-29T23:59:59"), ("1900-03-01T00:00:00", -86_400, "1900-02-28T00:00:00"),
            ("1969-12-31T23:59:59", 1, "1970-01-01T00:00:00"),
            ("2000-02-29T12:00:00", 366 * 86_400, "2001-03-01T12:00:00"),
            ("1800-01-01T00:00:00", -1, nil), ("9999-12-31T23:59:59", 1, nil),
        ] as [(String, Int, String?)])
    func `a date is shifted as the calendar has it`(text: String, seconds: Int, expected: String?) {
        #expect(PhotoDate(localText: text, offsetMinutes: nil).shifted(bySeconds: seconds)?.localText == expected)
    }

    @Test func `a hidden photo and one in the bin are in no list and on no display, and come back to their places`()
        async throws
    {
        try await self.withPhotos(3) { library, photos, _ in
            let ids = photos.map(\.id)
            let album = try await library.createAlbum(named: "All").id
            _ = try await library.addPhotos(ids, to: album)
            _ = try await addDisplay(library, album: album)
            for what in [self.change { $0.hidden = true }, self.change { $0.bin = true }] {
                let edit = try #require(try await library.changePhotos([ids[1]], what))
                #expect(try await library.photos(album: album).photos.map(\.id) == [ids[0], ids[2]])
                #expect(try await library.photoCount() == 2)
                #expect(try await library.album(album)?.photoCount == 2)
                let publication = try #require(try await library.publication(for: "hall"))
                #expect(publication.playlist.names == ["p1.jpg", "p3.jpg"])
                _ = try await library.undoEdit(edit.id)
                #expect(try await library.photos(album: album).photos.map(\.id) == ids)
                #expect(try await library.publication(for: "hall")?.playlist.count == 3)
            }
            _ = try await library.changePhotos([ids[0]], self.change { $0.bin = true })
            #expect(try await library.photos(PhotoFilter(shelf: .bin)).photos.map(\.id) == [ids[0]])
        }
    }

    @Test func `a turned photo is cut anew for its displays, and its thumbnail is another`() async throws {
        try await self.withPhotos(1) { library, photos, _ in
            let album = try await library.createAlbum(named: "All").id
            _ = try await library.addPhotos([photos[0].id], to: album)
            _ = try await addDisplay(library, album: album)
            let before = try #require(try await library.publication(for: "hall"))
            _ = try await library.changePhotos([photos[0].id], self.change { $0.turn = 90 })
            let photo = try #require(try await library.photo(photos[0].id))
            #expect(photo.width == 64 && photo.height == 96)
            let thumbnail = try Picture(jpeg: try await library.thumbnailFile(photo).path)
            #expect(thumbnail.width == 64 && thumbnail.height == 96)
            let after = try #require(try await library.publication(for: "hall"))
            #expect(after.playlist.sha256 != before.playlist.sha256)
            let file = try Picture(jpeg: try await library.renditionFile(after.playlist.renditions[0]).path)
            #expect(file.width == 64 && file.height == 96)
            #expect(String(decoding: after.playlist.json, as: UTF8.self).contains("\"height\":96"))
            #expect(try await library.displayMayFetch("hall", rendition: after.playlist.renditions[0]))
        }
    }

    @Test func `the bin is emptied of what is old, and uploading again takes a photo out of it`() async throws {
        try await self.withPhotos(2) { library, photos, folder in
            _ = try await library.changePhotos(photos.map(\.id), self.change { $0.bin = true })
            #expect(try await library.emptyBin(deletedBefore: Date().addingTimeInterval(-60)) == 0)
            let again = try await TestPhoto.add(to: library, folder: folder, named: "again.jpg", seed: 2)
            #expect(again.id == photos[1].id && again.deletedAt == nil)
            #expect(try await library.emptyBin() == 1)
            #expect(try await library.photoCount() == 1)
            #expect(try filesIn("\(folder)/data/originals").count == 1)
            #expect(try await library.edits().count > 0)
        }
    }

    @Test func `a keyword is offered, renamed everywhere and taken away, and that is undone`() async throws {
        try await self.withPhotos(3) { library, photos, _ in
            _ = try await library.changePhotos(photos.map(\.id), self.change { $0.keywords = ["see", "sand"] })
            _ = try await library.changePhotos([photos[0].id], self.change { $0.addKeywords = ["sea"] })
            #expect(try await library.keywords(beginningWith: "SE").map(\.keyword) == ["see", "sea"])
            #expect(try await library.keywords(beginningWith: "%").isEmpty)
            let edit = try #require(try await library.renameKeyword("see", to: "sea"))
            #expect(try await library.keywords().map(\.keyword) == ["sand", "sea"])
            #expect(try await library.keywords(beginningWith: "sea").first?.count == 3)
            _ = try await library.undoEdit(edit.id)
            #expect(try await library.keywords(of: photos[1].id) == ["sand", "see"])
            _ = try await library.renameKeyword("sand", to: "")
            #expect(try await library.keywords(beginningWith: "sand").isEmpty)
        }
    }

    @Test func `searching finds beginnings of words in names, titles, captions, keywords and cameras`() async throws {
        try await self.withPhotos(3) { library, photos, _ in
            _ = try await library.changePhotos(
                [photos[0].id],
                self.change {
                    $0.title = "Málaga Harbour"
                    $0.keywords = ["Zoë's boat"]
                })
            _ = try await library.changePhotos([photos[1].id], self.change { $0.caption = "malaga by night" })
            func found(_ text: String) async throws -> [String] {
                try await library.photos(PhotoFilter(rule: .test(.init(.text, .contains, text)))).photos.map(\.name)
                    .sorted()
            }
            #expect(try await found("mala") == ["p1.jpg", "p2.jpg"])
            #expect(try await found("MÁLAGA har") == ["p1.jpg"])
            #expect(try await found("zoe boa") == ["p1.jpg"])
            #expect(try await found("p3") == ["p3.jpg"])
            #expect(try await found("nothing") == [])
            #expect(try await found("\" OR 1 --") == [])
            #expect(try await found("NEAR( \"") == [])
            _ = try await library.changePhotos([photos[0].id], self.change { $0.title = "" })
            #expect(try await found("harbour") == [])
            _ = try await library.changePhotos([photos[1].id], self.change { $0.bin = true })
            _ = try await library.emptyBin()
            #expect(try await found("mala") == [])
        }
    }

    @Test func `photos of an album are moved before another one, many together, and that is undone`() async throws {
        try await self.withPhotos(5) { library, photos, _ in
            let ids = photos.map(\.id)
            let album = try await library.createAlbum(named: "All").id
            _ = try await library.addPhotos(ids, to: album)
            func order() async throws -> [Int] {
                try await library.photos(album: album).photos.map { ids.firstIndex(of: $0.id) ?? -1 }
            }
            let edit = try #require(try await library.movePhotos([ids[3], ids[4]], before: ids[1], in: album))
            #expect(try await order() == [0, 3, 4, 1, 2])
            _ = try await library.movePhotos([ids[0]], before: nil, in: album)
            #expect(try await order() == [3, 4, 1, 2, 0])
            #expect(try await library.movePhotos([ids[3]], before: ids[3], in: album) == nil)
            _ = try await library.undoEdit(try await library.edits()[0].id)
            _ = try await library.undoEdit(edit.id)
            #expect(try await order() == [0, 1, 2, 3, 4])
        }
    }

    @Test func `a deleted album comes back with its photos, its order and its displays`() async throws {
        try await self.withPhotos(3) { library, photos, _ in
            let ids = photos.map(\.id)
            let album = try await library.createAlbum(named: "All").id
            _ = try await library.addPhotos([ids[2], ids[0], ids[1]], to: album)
            _ = try await addDisplay(library, album: album)
            let edit = try #require(try await library.deleteAlbum(album))
            #expect(try await library.display("hall")?.albumID == nil)
            _ = try await library.undoEdit(edit.id)
            #expect(try await library.photos(album: album).photos.map(\.id) == [ids[2], ids[0], ids[1]])
            #expect(try await library.display("hall")?.albumID == album)
            #expect(try await library.publication(for: "hall")?.playlist.count == 3)
        }
    }

    @Test func `pages of a filtered list join without a gap or a repeat`() async throws {
        try await self.withPhotos(7) { library, photos, _ in
            _ = try await library.changePhotos(photos.map(\.id), self.change { $0.taken = "2024-06-21" })
            _ = try await library.changePhotos(photos.prefix(5).map(\.id), self.change { $0.rating = 3 })
            let filter = PhotoFilter(rule: .test(.init(.rating, .onOrAfter, "2")))
            var ids: [PhotoID] = []
            var cursor: PhotoCursor?
            repeat {
                let page = try await library.photos(filter, after: cursor, limit: 2)
                ids += page.photos.map(\.id)
                cursor = page.next.flatMap { PhotoCursor(text: $0.text) }
            } while cursor != nil
            #expect(ids == photos.prefix(5).map(\.id).reversed())
            #expect(try await library.photoCount(filter) == 5)
        }
    }

    @Test(arguments: [
        PhotoRule.test(.init(.rating, .contains, "3")), .test(.init(.year, .equals, "last")),
        .test(.init(.orientation, .equals, "diagonal")), .test(.init(.keyword, .equals, " ")),
        .test(.init(.taken, .before, "'; DROP TABLE photo")),
        (0..<9).reduce(.test(.init(.rating, .equals, "1"))) { rule, _ in .not(rule) },
        .all(Array(repeating: .test(.init(.rating, .equals, "1")), count: 101)),
    ])
    func `a rule that cannot be is refused`(rule: PhotoRule) async throws {
        try await withLibrary { library, _ in
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.createAlbum(named: "Smart", rule: rule)
            }
            #expect(error?.code == .invalidRule)
        }
    }
}
