import NIOCore

/// What a watch has received and its reader has not taken yet. Pure.
struct WatchBuffer {
    private let options: WatchBufferOptions
    private var batches = CircularBuffer<WatchBatch>(initialCapacity: 1)
    private var events = 0
    private var bytes = 0

    init(_ options: WatchBufferOptions) {
        self.options = options
    }

    var isFull: Bool { self.events >= self.options.events || self.bytes >= self.options.bytes }

    /// Whether the server is to be held back. Where an overflow is wanted, it is not.
    var holdsBack: Bool { self.isFull && self.options.policy != .fail }

    /// Whether so much was read that it is time to fetch more.
    var hasRoom: Bool { self.events <= self.options.events / 2 && self.bytes <= self.options.bytes / 2 }

    /// Takes a batch in.
    ///
    /// - Returns: `false` if it did not: it would overflow a buffer that may not.
    mutating func append(_ batch: WatchBatch) -> Bool {
        if batch.events.isEmpty {
            // The newest report says all that the ones before it said.
            if self.batches.last?.events.isEmpty == true { self.batches.removeLast() }
            self.batches.append(batch)
            return true
        }
        if self.options.policy == .fail, self.isFull { return false }
        self.batches.append(batch)
        self.count(batch, sign: 1)
        if self.options.policy == .coalesceByKey, self.isFull { self.coalesce() }
        return true
    }

    mutating func popFirst() -> WatchBatch? {
        guard let batch = self.batches.popFirst() else { return nil }
        self.count(batch, sign: -1)
        return batch
    }

    /// The newest event of each key, with the value before the oldest, in the order of their revisions.
    private mutating func coalesce() {
        guard let last = self.batches.last, self.batches.count > 1 || last.events.count > 1 else { return }
        var merged: [Key: WatchEvent] = [:]
        for event in self.batches.lazy.flatMap(\.events) {
            var event = event
            if let earlier = merged[event.keyValue.key] { event.previous = earlier.previous }
            merged[event.keyValue.key] = event
        }
        var seen: Set<Key> = []
        var newestFirst: [WatchEvent] = []
        for event in self.batches.reversed().lazy.flatMap({ $0.events.reversed() })
        where seen.insert(event.keyValue.key).inserted {
            if let event = merged[event.keyValue.key] { newestFirst.append(event) }
        }
        var batch = last
        batch.events = newestFirst.reversed()
        self.batches.removeAll()
        self.batches.append(batch)
        self.events = 0
        self.bytes = 0
        self.count(batch, sign: 1)
    }

    private mutating func count(_ batch: WatchBatch, sign: Int) {
        self.events += sign * batch.events.count
        self.bytes += sign * batch.events.reduce(0) { $0 + $1.byteCount }
    }
}

extension WatchEvent {
    fileprivate var byteCount: Int {
        self.keyValue.key.bytes.count + self.keyValue.value.bytes.count + (self.previous?.value.bytes.count ?? 0)
    }
}
