import Foundation
import PhotoLibrary
import Planning
import TestSupport
import Testing

/// Groups on the database: what each display is published, as photos, displays and albums come and go.
struct GroupTests {
    /// What each display would be told to show.
    private static func shown(_ library: PhotoLibrary, _ displays: [String]) async throws -> [String: [String]] {
        var shown: [String: [String]] = [:]
        for display in displays {
            shown[display] = try #require(try await library.publication(for: display)).playlist.names
        }
        return shown
    }

    @Test func anAlbumIsSharedOutEvenlyAndEachDisplayGetsOnlyItsShare() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            for seed in 1...7 {
                _ = try await TestPhoto.add(
                    to: library, folder: folder, named: "\(seed).jpg", seed: seed, album: album.id)
            }
            for id in ["left", "middle", "right"] { _ = try await addDisplay(library, id: id) }
            let group = try await library.createGroup(
                named: " Stairs ", displays: ["left", "middle", "right"], album: album.id)
            #expect(group.group.name == "Stairs" && group.displays == ["left", "middle", "right"])

            let shown = try await Self.shown(library, group.displays)
            #expect(
                shown == [
                    "left": ["1.jpg", "4.jpg", "7.jpg"], "middle": ["2.jpg", "5.jpg"], "right": ["3.jpg", "6.jpg"],
                ])
            #expect(try await library.shareCounts(of: group.group.id) == ["left": 3, "middle": 2, "right": 2])
            // What is another display's is not this one's to fetch.
            let left = try #require(try await library.display("left"))
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.renditionFile(ofPhotoNamed: "2.jpg", for: left)
            }
            #expect(error?.code == .notFound)
            let other = try #require(try await library.publication(for: "middle")).playlist.renditions[0]
            #expect(try await library.displayMayFetch("middle", rendition: other))
            #expect(try await !library.displayMayFetch("left", rendition: other))
        }
    }

    @Test func theSameAlbumOnAllIsTheSamePlaylistAndAlwaysInStep() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            for seed in 1...3 {
                _ = try await TestPhoto.add(
                    to: library, folder: folder, named: "\(seed).jpg", seed: seed, album: album.id)
            }
            for id in ["left", "right"] { _ = try await addDisplay(library, id: id) }
            let group = try await library.createGroup(
                named: "Stairs", displays: ["left", "right"], album: album.id, mode: .same)
            #expect(group.group.isInStep)
            let left = try #require(try await library.publication(for: "left"))
            let right = try #require(try await library.publication(for: "right"))
            #expect(left.playlist.names.count == 3)
            #expect(left.playlist.sha256 == right.playlist.sha256)
            #expect(left.group?.name == "Stairs")
        }
    }

    @Test func whoeverLeavesAGroupShowsItsOwnAlbumAgainAndTheOthersTakeItsPhotos() async throws {
        try await withLibrary { (library, folder) async throws in
            let (own, shared) = (try await library.createAlbum(named: "Own"), try await library.createAlbum(named: "A"))
            _ = try await TestPhoto.add(to: library, folder: folder, named: "own.jpg", seed: 99, album: own.id)
            for seed in 1...4 {
                _ = try await TestPhoto.add(
                    to: library, folder: folder, named: "\(seed).jpg", seed: seed, album: shared.id)
            }
            for id in ["a", "b", "c"] { _ = try await addDisplay(library, id: id, album: own.id) }
            let id = try await library.createGroup(named: "G", displays: ["a", "b", "c"], album: shared.id).group.id
            _ = try await Self.shown(library, ["a", "b", "c"])
            for display in try await library.displaysToPublish() {
                try await library.markPublished(display.id, generation: display.generation)
            }

            try await library.moveDisplay("b", to: nil)
            #expect(try await library.displaysToPublish().map(\.id) == ["a", "b", "c"])
            var shown = try await Self.shown(library, ["a", "b", "c"])
            #expect(shown == ["a": ["1.jpg", "4.jpg"], "b": ["own.jpg"], "c": ["2.jpg", "3.jpg"]])

            // One in another group leaves the first.
            _ = try await library.createGroup(named: "Other", displays: ["c"], album: own.id)
            #expect(try await library.group(id)?.displays == ["a"])
            shown = try await Self.shown(library, ["a", "c"])
            #expect(shown["a"]?.count == 4 && shown["c"] == ["own.jpg"])

            try await library.removeDisplay("a")
            #expect(try await library.group(id)?.displays == [])
            try await library.deleteGroup(id)
            #expect(try await library.group(id) == nil)
        }
    }

    @Test func anAlbumThatIsDeletedAndRestoredIsTheGroupsAgain() async throws {
        try await withLibrary { (library, folder) async throws in
            let (own, shared) = (try await library.createAlbum(named: "Own"), try await library.createAlbum(named: "A"))
            _ = try await TestPhoto.add(to: library, folder: folder, named: "own.jpg", seed: 9, album: own.id)
            for seed in 1...2 {
                _ = try await TestPhoto.add(
                    to: library, folder: folder, named: "\(seed).jpg", seed: seed, album: shared.id)
            }
            for id in ["a", "b"] { _ = try await addDisplay(library, id: id, album: own.id) }
            _ = try await library.createGroup(named: "G", displays: ["a", "b"], album: shared.id)
            let edit = try #require(try await library.deleteAlbum(shared.id))
            var shown = try await Self.shown(library, ["a", "b"])
            #expect(shown == ["a": ["own.jpg"], "b": ["own.jpg"]])
            _ = try await library.undoEdit(edit.id)
            shown = try await Self.shown(library, ["a", "b"])
            #expect(Set(shown.values.joined()) == ["1.jpg", "2.jpg"] && shown.values.allSatisfy { $0.count == 1 })
        }
    }

    /// The wiring under random changes, the rule itself being tested in Planning: at every step the displays together
    /// have the album exactly once, evenly, and no photo changed its display that did not have to.
    @Test(.timeLimit(.minutes(2))) func theSharesStayEvenWhilePhotosAndDisplaysComeAndGo() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            var photos: [Photo] = []
            for number in 1...24 {
                photos.append(
                    try await TestPhoto.add(
                        to: library, folder: folder, named: "\(number).jpg", width: 16, height: 12, seed: number))
            }
            let displays = (0..<5).map { "d\($0)" }
            for id in displays { _ = try await addDisplay(library, id: id) }
            let group = try await library.createGroup(named: "G", displays: ["d0", "d1"], album: album.id).group.id
            var members = ["d0", "d1"]
            var before: [String: [String]] = [:]
            for step in 0..<60 {
                switch Int.random(in: 0...5, using: &generator) {
                case 0, 1:
                    let chosen = photos.filter { _ in Int.random(in: 0...3, using: &generator) == 0 }
                    try await library.addPhotos(chosen.map(\.id), to: album.id)
                case 2:
                    let chosen = photos.filter { _ in Int.random(in: 0...7, using: &generator) == 0 }
                    try await library.removePhotos(chosen.map(\.id), from: album.id)
                case 3:
                    let hidden = Int.random(in: 0...1, using: &generator) == 0
                    let chosen = photos.filter { _ in Int.random(in: 0...7, using: &generator) == 0 }.map(\.id)
                    var change = PhotoChange()
                    change.hidden = hidden
                    _ = try await library.changePhotos(chosen, change)
                case 4:
                    try await library.orderPhotos(photos.shuffled(using: &generator).prefix(5).map(\.id), in: album.id)
                default:
                    let display = displays[Int.random(in: 0...4, using: &generator)]
                    if members.contains(display) {
                        if members.count > 1 { members.removeAll { $0 == display } }
                    } else {
                        members.append(display)
                    }
                    let wanted = members
                    _ = try await library.updateGroup(group) { $0.displays = wanted }
                }
                let all = try await library.photos(in: album.id)
                let shown = try await Self.shown(library, members)
                #expect(shown.values.joined().sorted() == all.sorted(), "step \(step), seed \(seed)")
                let sizes = shown.values.map(\.count)
                #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "step \(step), seed \(seed)")
                for names in shown.values {
                    #expect(names == all.filter(Set(names).contains), "the album's order, step \(step), seed \(seed)")
                }
                var split = GroupSplit(shares: before)
                let moves = split.update(photos: all, displays: members)
                let owner = Dictionary(
                    uniqueKeysWithValues: before.flatMap { pair in pair.value.map { ($0, pair.key) } })
                let moved = shown.flatMap { pair in pair.value.filter { owner[$0] != nil && owner[$0] != pair.key } }
                #expect(moved.count == moves.count, "step \(step), seed \(seed)")
                before = shown
            }
        }
    }

    @Test func whatCannotBeIsRefusedAndChangesNothing() async throws {
        try await withLibrary { (library, _) async throws in
            _ = try await addDisplay(library)
            let id = try await library.createGroup(named: "Stairs", displays: ["hall"]).group.id
            func code(_ body: @escaping @Sendable (inout DisplayGroupDraft) -> Void) async throws -> PhotoLibraryError
                .Code?
            {
                do {
                    _ = try await library.updateGroup(id) { draft in
                        draft.isInStep = true
                        body(&draft)
                    }
                    return nil
                } catch let error as PhotoLibraryError {
                    return error.code
                }
            }
            #expect(try await code { $0.name = " " } == .invalidName)
            #expect(try await code { $0.displays = ["nobody"] } == .notFound)
            #expect(try await code { $0.albumID = AlbumID(77) } == .notFound)
            _ = try await library.createGroup(named: "Other")
            #expect(try await code { $0.name = "OTHER" } == .nameTaken)
            #expect(try await library.group(id)?.group.isInStep == false)
            #expect(try await library.group(id)?.displays == ["hall"])
        }
    }
}

extension PhotoLibrary {
    /// The names of an album's photos, in its order.
    fileprivate func photos(in album: AlbumID) async throws -> [String] {
        try await self.photos(album: album, limit: 500).photos.map(\.name)
    }
}
