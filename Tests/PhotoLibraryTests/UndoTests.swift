import Foundation
import GRDB
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

/// Every kind of change, undone: one by one, many in the order they came, and out of order.
struct UndoTests {
    /// Everything that people can change, as rows.
    private static func everything(_ library: PhotoLibrary) async throws -> [String] {
        try await library.read { db in
            var lines: [String] = []
            for sql in [
                """
                SELECT id, name, title, caption, takenLocal, takenOffsetMinutes, rating, isFavourite, isHidden, turn,
                    width, height, sortKey, isPlaceShown, deletedAt IS NULL FROM photo ORDER BY id
                """,
                "SELECT photoID, keyword FROM photoKeyword ORDER BY photoID, keyword",
                "SELECT id, name, rule, createdAt FROM album ORDER BY id",
                "SELECT albumID, photoID, position FROM albumPhoto ORDER BY albumID, photoID",
                "SELECT albumID, photoID, position FROM albumPhotoAside ORDER BY albumID, photoID",
                "SELECT id, albumID FROM display ORDER BY id",
                "SELECT rowid, name, title, caption, keywords FROM photoSearch ORDER BY rowid",
            ] {
                lines += try Row.fetchAll(db, sql: sql).map { row in
                    row.map { "\($0.0)=\($0.1.description)" }.joined(separator: " ")
                }
            }
            return lines
        }
    }

    /// What the edits of a run are made of.
    private struct World {
        let photos: [PhotoID]
        let byHand: AlbumID
        let smart: AlbumID
    }

    private static func withWorld(_ body: (PhotoLibrary, World) async throws -> Void) async throws {
        try await withLibrary { library, folder in
            var photos: [PhotoID] = []
            for seed in 1...4 {
                photos.append(
                    try await TestPhoto.add(to: library, folder: folder, named: "p\(seed).jpg", seed: seed).id)
            }
            var change = PhotoChange()
            change.keywords = ["Sea", "dusk"]
            change.taken = "2024-02-28T12:00:00"
            change.takenOffsetMinutes = 60
            _ = try await library.changePhotos(Array(photos.prefix(2)), change)
            let byHand = try await library.createAlbum(named: "By hand").id
            _ = try await library.addPhotos([photos[1], photos[0], photos[2]], to: byHand)
            let smart = try await library.createAlbum(
                named: "Sea", rule: .test(.init(.keyword, .equals, "sea"))
            ).id
            _ = try await addDisplay(library, album: byHand)
            try await body(library, World(photos: photos, byHand: byHand, smart: smart))
        }
    }

    /// A kind of change: `one` is a photo, `all` are all, `byHand` and `smart` are albums.
    private struct Kind: Sendable {
        typealias Make =
            @Sendable (
                _ library: PhotoLibrary, _ one: PhotoID, _ all: [PhotoID], _ byHand: AlbumID, _ smart: AlbumID
            ) async throws -> Void

        let name: String
        let make: Make

        init(_ name: String, _ make: @escaping Make) {
            self.name = name
            self.make = make
        }
    }

    private static func change(_ edit: (inout PhotoChange) -> Void) -> PhotoChange {
        var change = PhotoChange()
        edit(&change)
        return change
    }

    private static let kinds: [Kind] = {
        let changes: [(String, PhotoChange)] = [
            ("name", Self.change { $0.name = "other.jpg" }), ("title", Self.change { $0.title = "Tide" }),
            ("caption", Self.change { $0.caption = "By the sea" }),
            ("keywords anew", Self.change { $0.keywords = ["sand"] }),
            ("keywords in other case", Self.change { $0.keywords = ["SEA", "Dusk"] }),
            ("keyword added", Self.change { $0.addKeywords = ["sand"] }),
            ("keyword taken away", Self.change { $0.removeKeywords = ["sea"] }),
            ("rating", Self.change { $0.rating = 5 }), ("favourite", Self.change { $0.favourite = true }),
            ("hidden", Self.change { $0.hidden = true }), ("bin", Self.change { $0.bin = true }),
            ("turn", Self.change { $0.turn = 90 }), ("date", Self.change { $0.taken = "2020-01-01T00:00:00" }),
            ("no date", Self.change { $0.taken = "" }), ("offset", Self.change { $0.takenOffsetMinutes = -300 }),
            ("shift", Self.change { $0.shiftSeconds = 86_400 }), ("place", Self.change { $0.placeShown = true }),
            ("several at once", Self.change { ($0.title, $0.rating, $0.hidden, $0.turn) = ("x", 1, true, 270) }),
        ]
        var kinds: [Kind] = []
        for (name, change) in changes {
            kinds.append(Kind(name) { library, one, _, _, _ in _ = try await library.changePhotos([one], change) })
            guard change.name == nil else { continue }
            kinds.append(
                Kind("\(name), of all") { library, _, all, _, _ in _ = try await library.changePhotos(all, change) })
        }
        kinds += [
            Kind("keyword renamed") { library, _, _, _, _ in _ = try await library.renameKeyword("sea", to: "ocean") },
            Kind("keyword merged") { library, _, _, _, _ in _ = try await library.renameKeyword("sea", to: "dusk") },
            Kind("keyword removed") { library, _, _, _, _ in _ = try await library.renameKeyword("sea", to: nil) },
            Kind("album made") { library, _, _, _, _ in _ = try await library.createAlbum(named: "New") },
            Kind("smart album made") { library, _, _, _, _ in
                _ = try await library.createAlbum(named: "New", rule: .all([]))
            },
            Kind("album renamed") { library, _, _, byHand, _ in
                _ = try await library.renameAlbum(byHand, to: "Other")
            },
            Kind("rule changed") { library, _, _, _, smart in
                _ = try await library.changeAlbum(smart, rule: .test(.init(.keyword, .isEmpty, "")))
            },
            Kind("album deleted") { library, _, _, byHand, _ in _ = try await library.deleteAlbum(byHand) },
            Kind("smart album deleted") { library, _, _, _, smart in _ = try await library.deleteAlbum(smart) },
            Kind("photos added") { library, _, all, byHand, _ in _ = try await library.addPhotos(all, to: byHand) },
            Kind("photos taken out") { library, one, _, byHand, _ in
                _ = try await library.removePhotos([one], from: byHand)
            },
            Kind("photos in another order") { library, one, _, byHand, _ in
                _ = try await library.movePhotos([one], before: nil, in: byHand)
            },
        ]
        return kinds
    }()

    /// All edits that `body` made, the newest first.
    private static func edits(_ library: PhotoLibrary, after: Int64) async throws -> [Int64] {
        try await library.edits(limit: 1_000).map(\.id).filter { $0 > after }
    }

    @Test func `every kind of change is undone to the last row, and done again`() async throws {
        try await Self.withWorld { library, world in
            for kind in Self.kinds {
                let before = try await Self.everything(library)
                let last = try await library.edits(limit: 1).first?.id ?? 0
                try await kind.make(library, world.photos[0], world.photos, world.byHand, world.smart)
                let changed = try await Self.everything(library)
                #expect(changed != before, "“\(kind.name)” changed nothing")
                let edits = try await Self.edits(library, after: last)
                #expect(edits.count == 1, "“\(kind.name)” is one change")
                let edit = try #require(edits.first)
                let undone = try #require(try await library.undoEdit(edit), "\(kind.name)")
                #expect(try await Self.everything(library) == before, "“\(kind.name)” undone")
                let again = try #require(try await library.undoEdit(undone.id), "\(kind.name)")
                #expect(try await Self.everything(library) == changed, "“\(kind.name)” done again")
                _ = try await library.undoEdit(again.id)
                #expect(try await Self.everything(library) == before, "“\(kind.name)” undone again")
            }
            #expect(try await library.check().isSound)
        }
    }

    @Test(arguments: [UInt64.random(in: 0..<1_000_000), UInt64.random(in: 0..<1_000_000)])
    func `twenty changes of any kind are undone, the newest first`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await Self.withWorld { library, world in
            var states = [try await Self.everything(library)]
            var steps: [(kind: String, edits: [Int64])] = []
            while steps.count < 20 {
                guard let kind = Self.kinds.randomElement(using: &random),
                    let one = world.photos.randomElement(using: &random)
                else { break }
                let last = try await library.edits(limit: 1).first?.id ?? 0
                do {
                    try await kind.make(library, one, world.photos, world.byHand, world.smart)
                } catch is PhotoLibraryError {
                    continue  // an album that is gone, a name that is taken: no change
                }
                let edits = try await Self.edits(library, after: last)
                guard !edits.isEmpty else { continue }
                steps.append((kind.name, edits))
                states.append(try await Self.everything(library))
            }
            while let step = steps.popLast() {
                states.removeLast()
                for edit in step.edits { _ = try await library.undoEdit(edit) }
                let now = try await Self.everything(library)
                let expected = try #require(states.last)
                #expect(now == expected, "seed \(seed): after undoing “\(step.kind)”, \(steps.count) before it")
                guard now == expected else { break }
            }
        }
    }

    /// Each edit is undone for itself: whatever the order, nothing of any is left when all are undone.
    @Test(arguments: [UInt64.random(in: 0..<1_000_000), UInt64.random(in: 0..<1_000_000)])
    func `changes of photos are undone in any order, and nothing of them is left`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await Self.withWorld { library, world in
            let before = try await Self.everything(library)
            let last = try await library.edits(limit: 1).first?.id ?? 0
            for number in 0..<12 {
                var change = PhotoChange()
                switch Int.random(in: 0..<6, using: &random) {
                case 0: change.title = "Title \(number)"
                case 1: change.rating = Int.random(in: 1...5, using: &random)
                case 2: change.addKeywords = [["a", "b", "c"].randomElement(using: &random) ?? "a"]
                case 3: change.removeKeywords = [["a", "b", "sea"].randomElement(using: &random) ?? "a"]
                case 4: change.favourite = Bool.random(using: &random)
                default: change.taken = "20\(10 + number)-05-05T05:05:05"
                }
                let photos = world.photos.shuffled(using: &random).prefix(2)
                _ = try await library.changePhotos(Array(photos), change)
            }
            let edits = try await Self.edits(library, after: last).shuffled(using: &random)
            for edit in edits { _ = try await library.undoEdit(edit) }
            #expect(try await Self.everything(library) == before, "seed \(seed), order \(edits)")
        }
    }

    /// The same for albums. Where a later change stands in the way it is said, and nothing happens until that is undone.
    @Test(arguments: SoakSeeds.all(orElse: 2))
    func `changes of albums are undone in any order, or it is said what is in the way, and nothing of them is left`(
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        try await Self.withWorld { library, world in
            let other = try await library.createAlbum(named: "Other").id
            let before = try await Self.everything(library)
            let last = try await library.edits(limit: 1).first?.id ?? 0
            for number in 0..<14 {
                let album = [world.byHand, other].randomElement(using: &random) ?? other
                let photos = Array(world.photos.shuffled(using: &random).prefix(2))
                switch Int.random(in: 0..<7, using: &random) {
                case 0, 1: _ = try await library.addPhotos(photos, to: album)
                case 2: _ = try await library.removePhotos(photos, from: album)
                case 3: _ = try await library.movePhotos([photos[0]], before: photos[1], in: album)
                case 4: _ = try await library.renameAlbum(album, to: "Name \(number)")
                case 5:
                    _ = try await library.changeAlbum(
                        world.smart, rule: .test(.init(.rating, .onOrAfter, "\(number % 5)")))
                default: _ = try await library.renameAlbum(world.smart, to: "Name \(number)")
                }
            }
            var edits = try await Self.edits(library, after: last).shuffled(using: &random)
            let all = edits
            while !edits.isEmpty {
                var waiting: [Int64] = []
                for edit in edits {
                    let now = try await Self.everything(library)
                    do {
                        _ = try await library.undoEdit(edit)
                    } catch let error as PhotoLibraryError where error.code == .conflict {
                        #expect(error.message.contains("“"), "\(error.message)")
                        #expect(try await Self.everything(library) == now, "what was refused changed nothing")
                        waiting.append(edit)
                    }
                }
                guard waiting.count < edits.count else {
                    Issue.record("seed \(seed): \(waiting) of \(all) can never be undone")
                    return
                }
                edits = waiting
            }
            #expect(try await Self.everything(library) == before, "seed \(seed), order \(all)")
            #expect(try await library.check().isSound)
        }
    }

    @Test func `a change of an album that a later one was built on is undone alone, or refused by name`() async throws {
        try await Self.withWorld { library, world in
            let (a, b, c, d) = (world.photos[0], world.photos[1], world.photos[2], world.photos[3])
            func members() async throws -> [PhotoID] {
                try await library.photos(album: world.byHand).photos.map(\.id)
            }
            func name() async throws -> String? { try await library.album(world.byHand)?.name }
            func newest() async throws -> Int64 { try #require(try await library.edits(limit: 1).first).id }
            #expect(try await members() == [b, a, c])

            // Renamed twice: the newer name stays, and undoing that one leads to the first.
            _ = try await library.renameAlbum(world.byHand, to: "Two")
            let first = try await newest()
            _ = try await library.renameAlbum(world.byHand, to: "Three")
            let second = try await newest()
            _ = try await library.undoEdit(first)
            #expect(try await name() == "Three")
            _ = try await library.undoEdit(second)
            #expect(try await name() == "By hand")

            // The old name is another one's by now: refused until that one has let it go.
            _ = try await library.renameAlbum(world.byHand, to: "Two")
            let renamed = try await newest()
            let taker = try await library.createAlbum(named: "By hand").id
            let taken = await #expect(throws: PhotoLibraryError.self) { try await library.undoEdit(renamed) }
            #expect(taken?.code == .nameTaken && taken?.message.contains("“By hand”") == true)
            #expect(try await name() == "Two")
            _ = try await library.deleteAlbum(taker)
            _ = try await library.undoEdit(renamed)
            #expect(try await name() == "By hand")

            // Added, then moved: it goes alone, and the move leaves nothing of it.
            let added = try #require(try await library.addPhotos([d], to: world.byHand))
            let moved = try #require(try await library.movePhotos([d], before: b, in: world.byHand))
            _ = try await library.undoEdit(added.id)
            #expect(Set(try await members()) == [a, b, c])
            _ = try await library.undoEdit(moved.id)
            #expect(try await members() == [b, a, c])

            // Ordered twice over the same photos: those that only the first had moved go back, then the others.
            let one = try #require(try await library.orderPhotos([a, b, c], in: world.byHand))
            let two = try #require(try await library.orderPhotos([c, b, a], in: world.byHand))
            _ = try await library.undoEdit(one.id)
            let between = try await members()
            #expect(between.last == a && Set(between) == [a, b, c])
            _ = try await library.undoEdit(two.id)
            #expect(try await members() == [b, a, c])

            // Made, then filled: it does not take away what was put in.
            let made = try await library.createAlbum(named: "New").id
            let make = try await newest()
            let filled = try #require(try await library.addPhotos([a], to: made))
            let notMade = await #expect(throws: PhotoLibraryError.self) { try await library.undoEdit(make) }
            #expect(notMade?.code == .conflict && notMade?.message.contains("“New”") == true)
            #expect(try await library.album(made)?.photoCount == 1)

            // Changed, then deleted: the deletion is undone first.
            let deleted = try #require(try await library.deleteAlbum(made))
            let gone = await #expect(throws: PhotoLibraryError.self) { try await library.undoEdit(filled.id) }
            #expect(gone?.code == .conflict && gone?.message.contains("“New” is not there") == true)
            _ = try await library.undoEdit(deleted.id)
            _ = try await library.undoEdit(filled.id)
            _ = try await library.undoEdit(make)
            #expect(try await library.album(made) == nil)
        }
    }
}
