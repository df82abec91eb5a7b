/// What a cache shows: a range as of one revision. Pure.
struct CacheImage: Sendable {
    var revision: Revision
    var values: [Key: KeyValue] = [:]

    init(revision: Revision) {
        self.revision = revision
    }

    mutating func apply(_ batch: WatchBatch) {
        for event in batch.events {
            switch event.kind {
            case .put: self.values[event.keyValue.key] = event.keyValue
            case .delete: self.values[event.keyValue.key] = nil
            }
            self.revision = max(self.revision, event.keyValue.modRevision)
        }
    }

    func snapshot(of range: KeyRange) -> CacheSnapshot {
        CacheSnapshot(
            revision: self.revision,
            keyValues: self.values.values.filter { range == .all || range.contains($0.key) }
                .sorted { $0.key < $1.key })
    }
}

/// The last changes of a cache, for readers that are a little behind. Pure.
struct CacheHistory: Sendable {
    private let limit: Int
    private var batches: [WatchBatch] = []
    private var events = 0
    /// Everything after this revision is in ``batches``.
    private var since: Revision?

    init(limit: Int) {
        self.limit = limit
    }

    /// What came before is not told any more.
    mutating func restart(at revision: Revision) {
        self.batches = []
        self.events = 0
        self.since = revision
    }

    mutating func append(_ batch: WatchBatch, revision: Revision) {
        self.batches.append(batch)
        self.events += batch.events.count
        var dropped = 0
        while self.events > self.limit, dropped < self.batches.count {
            self.events -= self.batches[dropped].events.count
            self.since = self.batches[dropped].events.last?.keyValue.modRevision
            dropped += 1
        }
        self.batches.removeFirst(dropped)
    }

    /// What a reader has missed that knows everything up to `revision`; `nil` if that is not known any more.
    func batches(after revision: Revision) -> ArraySlice<WatchBatch>? {
        guard let since = self.since, revision >= since else { return nil }
        // Whole batches: a reader is always at the end of one, or at a snapshot, which is, too.
        let first = self.batches.firstIndex { ($0.events.last?.keyValue.modRevision ?? revision) > revision }
        return self.batches[(first ?? self.batches.endIndex)...]
    }
}
