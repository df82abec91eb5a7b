import Planning
import TestSupport
import Testing

struct GroupSplitTests {
    @Test func aNewAlbumIsDealtLikeCards() {
        var split = GroupSplit<Int, String>()
        #expect(split.update(photos: Array(1...7), displays: ["left", "middle", "right"]).isEmpty)
        #expect(split.shares == ["left": [1, 4, 7], "middle": [2, 5], "right": [3, 6]])
    }

    @Test func aPhotoThatComesMovesNoOther() {
        var split = GroupSplit(shares: ["left": [1, 3], "right": [2]])
        #expect(split.update(photos: [1, 9, 2, 3], displays: ["left", "right"]).isEmpty)
        #expect(split.shares == ["left": [1, 3], "right": [9, 2]])
    }

    @Test func aDisplayThatGoesLeavesItsPhotosToTheOthers() {
        var split = GroupSplit(shares: ["a": [1, 4], "b": [2, 5], "c": [3, 6]])
        #expect(split.update(photos: Array(1...6), displays: ["a", "c"]) == [2, 5])
        #expect(split.shares == ["a": [1, 2, 4], "c": [3, 5, 6]])
    }

    @Test func withoutDisplaysThereIsNothing() {
        var split = GroupSplit(shares: ["a": [1]])
        split.update(photos: [1], displays: [])
        #expect(split.shares.isEmpty)
    }

    /// The fewest moves, by trying every way to give the odd photos out.
    private static func fewestMoves(_ counts: [Int], total: Int) -> Int {
        let base = total / counts.count
        let odd = total % counts.count
        return (0..<(1 << counts.count)).filter { $0.nonzeroBitCount == odd }.map { mask in
            counts.indices.reduce(0) { $0 + max(0, counts[$1] - base - (mask >> $1 & 1)) }
        }.min() ?? 0
    }

    @Test func overTenThousandChangesItIsEvenCompleteAndMovesTheFewest() throws {
        var generator = SeededGenerator(seed: 11)
        var split = GroupSplit<Int, Int>()
        var photos: [Int] = []
        var displays = [0]
        var nextPhoto = 0
        for step in 0..<10_000 {
            switch generator.number(0...5) {
            case 0, 1:
                for _ in 0..<generator.number(1...5) {
                    photos.insert(nextPhoto, at: generator.number(0...photos.count))
                    nextPhoto += 1
                }
            case 2: photos.removeAll { _ in generator.number(0...9) == 0 }
            case 3: photos.shuffle(using: &generator)
            case 4 where displays.count < 8:
                displays.append((displays.max() ?? 0) + 1)
            case 5 where displays.count > 1:
                displays.remove(at: generator.number(0...(displays.count - 1)))
            default: break
            }
            if photos.count > 60 { photos.removeFirst(30) }
            let before = split.shares
            let moved = split.update(photos: photos, displays: displays)
            let shares = split.shares
            #expect(Set(shares.keys) == Set(displays), "step \(step)")
            #expect(shares.values.flatMap { $0 }.sorted() == photos.sorted(), "step \(step)")
            let sizes = shares.values.map(\.count)
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "step \(step)")
            for share in shares.values {
                let positions = share.compactMap { photos.firstIndex(of: $0) }
                #expect(positions == positions.sorted(), "step \(step)")
            }
            // A photo whose display is gone has to move; the others as few as can be.
            let kept = displays.map { display in before[display, default: []].filter(photos.contains).count }
            let homeless = before.filter { !displays.contains($0.key) }.values.flatMap { $0 }.filter(photos.contains)
            #expect(
                moved.count == homeless.count + Self.fewestMoves(kept, total: photos.count), "step \(step)")
        }
    }
}
