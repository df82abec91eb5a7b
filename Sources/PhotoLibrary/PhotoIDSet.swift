/// Ids of photos, a bit each: a hundred thousand of them are 12 kB, and whether one is among them costs nanoseconds. Ids
/// are given out by the database in order, so that there are few gaps.
struct PhotoIDSet {
    private var words: [UInt64] = []
    private(set) var count = 0

    mutating func insert(_ id: Int64) {
        guard id >= 0 else { return }
        let word = Int(id >> 6)
        if word >= self.words.count {
            self.words.append(contentsOf: repeatElement(0, count: max(word + 1 - self.words.count, self.words.count)))
        }
        let bit: UInt64 = 1 << UInt64(id & 63)
        if self.words[word] & bit == 0 {
            self.words[word] |= bit
            self.count += 1
        }
    }

    func contains(_ id: Int64) -> Bool {
        let word = Int(id >> 6)
        return id >= 0 && word < self.words.count && self.words[word] & (1 << UInt64(id & 63)) != 0
    }

    /// In ascending order.
    var ids: [Int64] {
        var ids: [Int64] = []
        ids.reserveCapacity(self.count)
        for (index, word) in self.words.enumerated() {
            var rest = word
            while rest != 0 {
                ids.append(Int64(index << 6 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return ids
    }

    mutating func formIntersection(_ other: PhotoIDSet) {
        self.count = 0
        for index in self.words.indices {
            self.words[index] &= index < other.words.count ? other.words[index] : 0
            self.count += self.words[index].nonzeroBitCount
        }
    }
}
