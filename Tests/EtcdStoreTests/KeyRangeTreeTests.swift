import TestSupport
import Testing

@testable import EtcdStore

struct KeyRangeTreeTests {
    /// Random ranges come and go; each key is held by the ranges that a look at every one of them finds.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func findsWhatALookAtEveryRangeFinds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var tree = KeyRangeTree<Int>()
        var ranges: [KeyRange: Int] = [:]
        func key() -> Bytes {
            Bytes(
                (0..<Int.random(in: 1...3, using: &generator)).map { _ in UInt8.random(in: 0...4, using: &generator) })
        }
        for step in 0..<600 {
            if Int.random(in: 0..<3, using: &generator) == 0, let gone = ranges.keys.min(by: { $0.start < $1.start }) {
                tree.remove(gone)
                ranges[gone] = nil
            } else {
                let extents = [KeyRange.Extent.single, .until(key()), .until(key()), .unbounded]
                let range = KeyRange(start: key(), extent: extents.randomElement(using: &generator) ?? .single)
                guard !range.isEmpty else { continue }
                ranges[range, default: 0] += 1
                tree.update(range, initial: 0) { $0 += 1 }
            }
            #expect(tree.isEmpty == ranges.isEmpty)
            let probe = key()
            var found: [Int] = []
            tree.forEach(holding: probe) { found.append($0) }
            let expected = ranges.filter { $0.key.contains(probe) }.values
            #expect(found.sorted() == expected.sorted(), "seed \(seed), step \(step), key \(probe)")
        }
        for (range, value) in ranges {
            #expect(tree[range] == value)
            tree.remove(range)
        }
        #expect(tree.isEmpty)
    }
}
