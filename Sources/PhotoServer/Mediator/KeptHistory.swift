import Foundation

/// Decides up to where a store may be compacted so that a day of its history stays. Pure; its owner keeps it over restarts,
/// as a server that starts anew every day would otherwise never compact.
struct KeptHistory: Codable, Sendable, Equatable {
    /// The newest revision at some time.
    struct Sample: Codable, Sendable, Equatable {
        let time: Date
        let revision: Int64
    }

    /// Revisions mean something within one cluster only.
    private(set) var cluster: UInt64?
    private(set) var samples: [Sample] = []
    private(set) var compacted: Int64 = 0

    /// Since when history is complete; nil where nobody knows.
    var keptSince: Date? { self.samples.first?.time }

    /// Takes the newest revision now.
    ///
    /// - Parameter age: How much history stays, in seconds.
    /// - Returns: The revision to compact to, if that is another than the last time.
    mutating func target(head: Int64, cluster: UInt64, now: Date, age: TimeInterval) -> Int64? {
        if self.cluster != cluster || head < (self.samples.last?.revision ?? 0) {
            // Another store, or this one set back.
            self = KeptHistory()
            self.cluster = cluster
        }
        // A clock that was set back: what was noted in its future says nothing.
        self.samples.removeAll { $0.time > now }
        self.samples.append(Sample(time: now, revision: head))
        guard let index = self.samples.lastIndex(where: { $0.time <= now.addingTimeInterval(-age) }) else { return nil }
        self.samples.removeFirst(index)
        guard self.samples[0].revision > self.compacted else { return nil }
        self.compacted = self.samples[0].revision
        return self.compacted
    }
}
