/// The keys that somebody may read, or may write: ranges in order that neither touch nor overlap.
struct PermittedKeys: Sendable {
    private struct Interval: Sendable {
        var start: Bytes
        /// `nil` has no end.
        var end: Bytes?
    }

    private var intervals: [Interval] = []

    init(_ ranges: [KeyRange]) {
        let sorted = ranges.map { Interval(start: $0.start, end: $0.exclusiveEnd) }.sorted { $0.start < $1.start }
        for next in sorted {
            guard let last = self.intervals.last, Self.reaches(last.end, next.start) else {
                self.intervals.append(next)
                continue
            }
            if let lastEnd = last.end, next.end == nil || lastEnd < (next.end ?? lastEnd) {
                self.intervals[self.intervals.count - 1].end = next.end
            }
        }
    }

    /// Whether all of `range` is permitted.
    func contains(_ range: KeyRange) -> Bool {
        var low = 0
        var high = self.intervals.count
        while low < high {
            let middle = (low + high) / 2
            if self.intervals[middle].start <= range.start { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return false }
        let interval = self.intervals[low - 1]
        guard let intervalEnd = interval.end else {
            // A range that ends before it starts holds nothing; etcd permits it only if the permission lies around it.
            return range.exclusiveEnd.map { interval.start < $0 } ?? true
        }
        guard range.start < intervalEnd, let end = range.exclusiveEnd else { return false }
        return interval.start < end && end <= intervalEnd
    }

    private static func reaches(_ end: Bytes?, _ start: Bytes) -> Bool { end.map { start <= $0 } ?? true }
}

extension KeyRange {
    /// The first key after the range, or `nil` if it has no end.
    var exclusiveEnd: Bytes? {
        switch self.extent {
        case .single: Bytes(self.start.array + [0])
        case .until(let end): end
        case .unbounded: nil
        }
    }
}
