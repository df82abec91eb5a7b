/// Which revision of the display's state is fully in effect on the screen. Pure.
///
/// Each revision waits for what makes it visible: a frame, or photos that are on their way. A newer revision takes over
/// the older ones' waits: a playlist replaced before it was fetched never has to be shown.
struct AppliedRevisions: Sendable {
    private struct Entry {
        var revision: Int64
        var receivedAt: Duration
        /// The frame that shows it; nil once presented, or when there is nothing to see.
        var ticket: UInt64?
        var needsPhotos: Bool

        var isApplied: Bool { self.ticket == nil && !self.needsPhotos }
    }

    /// Revisions in flight beyond this are merged: the newest counts.
    private static let limit = 64

    /// The newest state fully in effect.
    private(set) var applied: Int64 = 0
    /// From receiving `applied` to its frame; nil before the first.
    private(set) var appliedAfter: Duration?
    private var entries: [Entry] = []

    /// State of `revision` was taken in.
    ///
    /// - Parameters:
    ///   - ticket: The frame that will show it, if it changes the frame.
    ///   - needsPhotos: Whether it is shown only once photos have arrived.
    mutating func receive(_ revision: Int64, at now: Duration, ticket: UInt64?, needsPhotos: Bool) {
        if self.entries.count >= Self.limit { self.entries.removeFirst() }
        self.entries.append(
            Entry(revision: revision, receivedAt: now, ticket: ticket, needsPhotos: needsPhotos))
        self.settle(at: now)
    }

    /// The photos that revisions waited for are here; `ticket` is the frame that shows them, if one is needed.
    mutating func photosArrived(ticket: UInt64?, at now: Duration) {
        for index in self.entries.indices where self.entries[index].needsPhotos {
            self.entries[index].needsPhotos = false
            if let ticket { self.entries[index].ticket = max(ticket, self.entries[index].ticket ?? 0) }
        }
        self.settle(at: now)
    }

    /// The frame of `ticket`, and of all before it, was presented.
    mutating func presented(_ ticket: UInt64, at now: Duration) {
        for index in self.entries.indices {
            if let wanted = self.entries[index].ticket, wanted <= ticket { self.entries[index].ticket = nil }
        }
        self.settle(at: now)
    }

    /// Another store: its revisions have nothing to do with the old ones.
    mutating func reset() { self = AppliedRevisions() }

    private mutating func settle(at now: Duration) {
        while let first = self.entries.first, first.isApplied {
            self.applied = first.revision
            self.appliedAfter = now - first.receivedAt
            self.entries.removeFirst()
        }
    }
}
