import Foundation
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

struct SmartAlbumTests {
    private static func test(
        _ field: PhotoRule.Field, _ comparison: PhotoRule.Comparison, _ value: String = ""
    ) -> PhotoRule { .test(.init(field, comparison, value)) }

    @Test func `a smart album is current after every kind of change, and so is what displays show`() async throws {
        try await withLibrary { library, folder in
            let rule = PhotoRule.all([
                Self.test(.keyword, .equals, "sea"), .not(Self.test(.rating, .before, "3")),
            ])
            let album = try await library.createAlbum(named: "Best of the sea", rule: rule).id
            _ = try await addDisplay(library, album: album)
            var ids: [PhotoID] = []
            for seed in 1...3 {
                ids.append(try await TestPhoto.add(to: library, folder: folder, named: "\(seed).jpg", seed: seed).id)
            }
            func members() async throws -> [Int] {
                let shown = try await library.photos(album: album).photos.map { ids.firstIndex(of: $0.id) ?? -1 }
                let played = try await library.publication(for: "hall")?.playlist.count
                #expect(played == shown.count)
                #expect(try await library.album(album)?.photoCount == shown.count)
                return shown.sorted()
            }
            func change(_ photos: [PhotoID], _ edit: (inout PhotoChange) -> Void) async throws -> LibraryEdit? {
                var change = PhotoChange()
                edit(&change)
                return try await library.changePhotos(photos, change)
            }
            #expect(try await members() == [])
            _ = try await change(ids) { $0.keywords = ["Sea"] }
            _ = try await change([ids[0], ids[1]]) { $0.rating = 4 }
            #expect(try await members() == [0, 1])
            let hidden = try #require(try await change([ids[0]]) { $0.hidden = true })
            #expect(try await members() == [1])
            _ = try await library.undoEdit(hidden.id)
            #expect(try await members() == [0, 1])
            _ = try await library.renameKeyword("sea", to: "ocean")
            #expect(try await members() == [])
            _ = try await library.changeAlbum(album, rule: Self.test(.keyword, .startsWith, "oce"))
            #expect(try await members() == [0, 1, 2])
            _ = try await change([ids[2]]) { $0.bin = true }
            #expect(try await members() == [0, 1])
            _ = try await library.emptyBin()
            #expect(try await members() == [0, 1])

            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.addPhotos([ids[0]], to: album)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test func `albums that ask about albums follow, and none can ask about itself`() async throws {
        try await withLibrary { library, folder in
            let manual = try await library.createAlbum(named: "By hand").id
            let first = try await library.createAlbum(
                named: "Rest", rule: .not(Self.test(.album, .equals, "\(manual.rawValue)"))
            ).id
            let second = try await library.createAlbum(
                named: "Both",
                rule: .any([
                    Self.test(.album, .equals, "\(first.rawValue)"), Self.test(.album, .equals, "\(manual.rawValue)"),
                ])
            ).id
            let photo = try await TestPhoto.add(to: library, folder: folder).id
            func holds(_ album: AlbumID) async throws -> Bool {
                try await library.photos(album: album).photos.map(\.id) == [photo]
            }
            #expect(try await holds(first))
            #expect(try await holds(second))
            let edit = try #require(try await library.addPhotos([photo], to: manual))
            #expect(try await !holds(first))
            #expect(try await holds(second))
            _ = try await library.undoEdit(edit.id)
            #expect(try await holds(first))

            for (album, other) in [(first, first), (first, second)] {
                let error = await #expect(throws: PhotoLibraryError.self) {
                    try await library.changeAlbum(album, rule: Self.test(.album, .equals, "\(other.rawValue)"))
                }
                #expect(error?.code == .invalidRule)
            }
            _ = try await library.deleteAlbum(first)
            #expect(try await !holds(second))
        }
    }

    /// Every field and comparison against the same question asked in Swift.
    @Test func `the answer of every comparison is that of the words`() async throws {
        try await withLibrary { library, folder in
            var photos: [PhotoID: PhotoState] = [:]
            for seed in 1...8 {
                let photo = try await TestPhoto.add(
                    to: library, folder: folder, named: "IMG_\(seed).jpg", width: seed % 3 == 0 ? 64 : 40 + seed * 5,
                    height: 64, seed: seed)
                var change = PhotoChange()
                change.title = ["Sea", "sea side", "The sea", "", "50 % off", "a_b", "Seal", "x"][seed - 1]
                change.keywords = [["sea", "sun"], ["Sea"], [], ["sand"], ["sea"], [], ["sun"], ["seaside"]][seed - 1]
                change.rating = seed % 6
                if seed != 4 { change.taken = "202\(seed)-0\(seed)-1\(seed)T10:00:00" }
                change.favourite = seed % 2 == 0
                _ = try await library.changePhotos([photo.id], change)
                let state = try await library.read { try PhotoState.fetch($0, photo.id) }
                let known: PhotoState = try #require(state)
                photos[photo.id] = known
            }
            func expect(
                _ rule: PhotoRule, _ isMember: (PhotoState) -> Bool, _ location: SourceLocation = #_sourceLocation
            ) async throws {
                let (found, count) = try await library.preview(rule, limit: 100)
                let expected = Set(photos.filter { isMember($0.value) }.keys)
                #expect(Set(found.map(\.id)) == expected, "\(rule)", sourceLocation: location)
                #expect(count == expected.count, sourceLocation: location)
                let inverse = try await library.preview(.not(rule), limit: 100).count
                #expect(inverse == photos.count - expected.count, "not \(rule)", sourceLocation: location)
            }
            func lower(_ text: String?) -> String { (text ?? "").lowercased() }
            try await expect(Self.test(.title, .equals, "SEA")) { lower($0.title) == "sea" }
            try await expect(Self.test(.title, .contains, "sea")) { lower($0.title).contains("sea") }
            try await expect(Self.test(.title, .startsWith, "sea")) { lower($0.title).hasPrefix("sea") }
            try await expect(Self.test(.title, .endsWith, "sea")) { lower($0.title).hasSuffix("sea") }
            try await expect(Self.test(.title, .isEmpty)) { $0.title == nil }
            try await expect(Self.test(.title, .contains, "%")) { lower($0.title).contains("%") }
            try await expect(Self.test(.title, .contains, "a_b")) { lower($0.title).contains("a_b") }
            try await expect(Self.test(.keyword, .equals, "SEA")) { $0.keywords.contains { $0.lowercased() == "sea" } }
            try await expect(Self.test(.keyword, .contains, "ea")) {
                $0.keywords.contains { $0.lowercased().contains("ea") }
            }
            try await expect(Self.test(.keyword, .isEmpty)) { $0.keywords.isEmpty }
            try await expect(Self.test(.rating, .onOrAfter, "3")) { $0.rating >= 3 }
            try await expect(Self.test(.rating, .before, "2")) { $0.rating < 2 }
            try await expect(Self.test(.favourite, .equals, "yes")) { $0.isFavourite }
            try await expect(Self.test(.favourite, .equals, "no")) { !$0.isFavourite }
            try await expect(Self.test(.year, .equals, "2025")) { $0.takenLocal?.hasPrefix("2025") == true }
            try await expect(Self.test(.taken, .equals, "2025")) { $0.takenLocal?.hasPrefix("2025") == true }
            try await expect(Self.test(.taken, .before, "2023-03-13")) { ($0.takenLocal ?? "9") < "2023-03-13" }
            try await expect(Self.test(.taken, .onOrBefore, "2023-03-13")) { ($0.takenLocal ?? "9") < "2023-03-14" }
            try await expect(Self.test(.taken, .after, "2023-03-13")) { ($0.takenLocal ?? "") >= "2023-03-14" }
            try await expect(Self.test(.taken, .onOrAfter, "2023-03-13")) { ($0.takenLocal ?? "") >= "2023-03-13" }
            try await expect(Self.test(.text, .contains, "img 3")) { $0.name == "IMG_3.jpg" }
            try await expect(Self.test(.name, .endsWith, "_5.jpg")) { $0.name == "IMG_5.jpg" }
            try await expect(Self.test(.shown, .equals, "no")) { _ in true }
            try await expect(.all([])) { _ in true }
            try await expect(.any([])) { _ in false }
            try await expect(
                .any([
                    .all([Self.test(.keyword, .equals, "sea"), Self.test(.favourite, .equals, "no")]),
                    .not(.any([Self.test(.rating, .after, "0"), Self.test(.title, .isEmpty)])),
                ])
            ) {
                ($0.keywords.contains { $0.lowercased() == "sea" } && !$0.isFavourite)
                    || !($0.rating > 0 || $0.title == nil)
            }
            try await library.noteShown(photoNamed: "IMG_1.jpg")
            try await expect(Self.test(.shown, .equals, "yes")) { $0.name == "IMG_1.jpg" }
            let landscape = try await library.preview(Self.test(.orientation, .equals, "landscape")).count
            let portrait = try await library.preview(Self.test(.orientation, .equals, "portrait")).count
            let square = try await library.preview(Self.test(.orientation, .equals, "square")).count
            #expect(landscape + portrait + square == 8 && square == 2 && portrait > 0 && landscape > 0)
        }
    }

    @Test func `a rule is the same after it was stored`() throws {
        let rule = PhotoRule.any([
            .all([Self.test(.keyword, .contains, "\"sea\" \\ ö"), .not(Self.test(.year, .before, "2020"))]),
            Self.test(.title, .isEmpty), .not(.any([])),
        ])
        #expect(PhotoRule(stored: try rule.stored()) == rule)
        #expect(PhotoRule(stored: #"{"field":"nonsense","is":"equals","value":""}"#) == nil)
        #expect(PhotoRule(stored: String(repeating: #"{"not":"#, count: 5_000)) == nil)
    }
}
