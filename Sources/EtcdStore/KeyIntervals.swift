/// A set of key ranges, kept as disjoint intervals in order, so that a hostile transaction with tens of thousands
/// of deletes costs no more than sorting them.
struct KeyIntervals: Sendable {
    private struct Interval: Sendable {
        var start: Bytes
        var end: Bytes
    }

    private var intervals: [Interval] = []

    /// Adds `range`.
    ///
    /// An unbounded range adds nothing: etcd reads its end, one zero byte, as the key that sorts before all others.
    mutating func insert(_ range: KeyRange) {
        switch range.extent {
        case .single: self.formUnion([Interval(start: range.start, end: Bytes(range.start.array + [0]))])
        case .until(let end): if range.start < end { self.formUnion([Interval(start: range.start, end: end)]) }
        case .unbounded: break
        }
    }

    mutating func formUnion(_ other: KeyIntervals) { self.formUnion(other.intervals) }

    func contains(_ key: Bytes) -> Bool {
        var low = 0
        var high = self.intervals.count
        while low < high {
            let middle = (low + high) / 2
            if self.intervals[middle].start <= key { low = middle + 1 } else { high = middle }
        }
        return low > 0 && key < self.intervals[low - 1].end
    }

    private mutating func formUnion(_ other: [Interval]) {
        guard !other.isEmpty else { return }
        var merged: [Interval] = []
        merged.reserveCapacity(self.intervals.count + other.count)
        var left = self.intervals[...]
        var right = other[...]
        while let next = Self.popFirst(&left, &right) {
            if let last = merged.last, next.start <= last.end {
                if last.end < next.end { merged[merged.count - 1].end = next.end }
            } else {
                merged.append(next)
            }
        }
        self.intervals = merged
    }

    private static func popFirst(
        _ left: inout ArraySlice<Interval>, _ right: inout ArraySlice<Interval>
    ) -> Interval? {
        guard let first = left.first else { return right.popFirst() }
        guard let second = right.first, second.start < first.start else { return left.popFirst() }
        return right.popFirst()
    }
}
