import EtcdClient

/// What one watch was asked for.
struct WatchSpecification: Sendable {
    var range: KeyRange
    var options = WatchOptions()

    /// Whether an event is one that the watch should tell.
    func wants(_ event: WatchEvent) -> Bool {
        guard self.range.contains(event.keyValue.key) else { return false }
        return event.kind == .put ? !self.options.excludesPuts : !self.options.excludesDeletes
    }
}

/// What a watch told, in the order in which its reader heard it.
struct WatchRecord: Sendable {
    enum Entry: Sendable {
        /// The reader asked for everything from here on.
        case opened(from: Revision)
        case batch(WatchBatch)
        /// The watch ended because history up to here, exclusively, is gone.
        case compacted(Revision)
    }

    let specification: WatchSpecification
    var entries: [Entry] = []

    var batches: [WatchBatch] {
        self.entries.compactMap { entry in
            if case .batch(let batch) = entry { batch } else { nil }
        }
    }

    var events: [WatchEvent] { self.batches.flatMap(\.events) }

    /// The revision up to which the reader has heard everything, as far as events show.
    var lastRevision: Revision { self.events.last?.keyValue.modRevision ?? Revision(0) }

    /// For people: what was heard, entry by entry.
    var text: String {
        self.entries.map { entry in
            switch entry {
            case .opened(let from): "opened at \(from)"
            case .batch(let batch) where batch.events.isEmpty: "progress to \(batch.revision)"
            case .batch(let batch):
                "[\(batch.events.map(\.text).joined(separator: ", "))] created \(batch.createdRevision)"
            case .compacted(let revision): "compacted to \(revision)"
            }
        }.joined(separator: "; ")
    }
}
