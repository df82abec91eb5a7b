/// Names a watcher within the hub; rises, and is never used twice.
struct WatcherID: Hashable, Comparable, Sendable {
    let number: UInt64

    static func < (lhs: Self, rhs: Self) -> Bool { lhs.number < rhs.number }
}

/// All watches and what each stream still has to send.
///
/// A watcher is *synced* when all that is committed has been queued for it; then new changes are queued as they are
/// committed. When its stream's queue is full it falls out of the synced set, remembers the first revision it has not
/// got, and is read from the history when the stream asks for more (``WatchHub/take(_:limit:from:)``). So a slow
/// client costs a bounded queue, loses nothing, and slows down nobody.
package struct WatchHub: Sendable {
    package struct Limits: Sendable {
        /// How many event responses a stream queues before its watchers fall back to the history; a stream with many
        /// watches queues twice as many as it has watches.
        package var responsesPerStream = 128
        package var responsesPerStreamMaximum = 16_384
        /// How many bytes of events a stream queues before its watchers fall back to the history.
        package var bytesPerStream = 4 << 20
        /// How many answers to requests (created, canceled) a client may leave unread.
        package var unreadAnswersPerStream = 65_536
        package var revisionsPerCatchUp = 1_000
        package var bytesPerCatchUp = 1 << 20
        /// A response of a watch that asked for fragments is split at this size.
        package var fragmentBytes = 2 << 20
        package var watchers = 1_000_000

        package init() {}
    }

    struct Watcher: Sendable {
        let stream: WatchStreamID
        let watchID: Int64
        let request: WatchRequest
        /// The first revision that has not been queued for it.
        var next: Revision
        var isSynced: Bool
        /// Whether it was sent something since the last periodic progress.
        var isFresh = false
    }

    struct Stream: Sendable {
        var watchers: [Int64: WatcherID] = [:]
        /// Watches that ended by compaction; the client may still cancel them.
        var compactedWatches: Set<Int64> = []
        var nextWatchID: Int64 = 0
        var queue: [WatchResponse] = []
        var queuedCost = 0
        var unreadAnswers = 0
        /// Watchers to be read from the history, in turn.
        var unsynced: [WatcherID] = []
        /// Whether the owner knows that there is something to take.
        var isAwake = false
        var owesProgress = false

        mutating func append(_ response: WatchResponse) {
            self.queue.append(response)
            self.queuedCost += response.cost
        }
    }

    let limits: Limits
    var watchers: [WatcherID: Watcher] = [:]
    var streams: [WatchStreamID: Stream] = [:]
    var interest = WatchInterest()
    private var lastWatcherID: UInt64 = 0
    private var lastStreamID: UInt64 = 0

    init(limits: Limits) { self.limits = limits }

    mutating func openStream() -> WatchStreamID {
        self.lastStreamID += 1
        let id = WatchStreamID(self.lastStreamID)
        self.streams[id] = Stream()
        return id
    }

    mutating func closeStream(_ id: WatchStreamID) {
        guard let stream = self.streams.removeValue(forKey: id) else { return }
        for watcher in stream.watchers.values { self.forget(watcher) }
    }

    /// Makes a watch; the answer, and why it was refused, is queued on the stream.
    mutating func create(_ request: WatchRequest, on id: WatchStreamID, committed: Revision) {
        guard self.streams[id] != nil else { return }
        if let reason = self.refusal(of: request, on: id) {
            self.answer(.refused(reason: reason), watchID: WatchResponse.everyWatch, on: id, committed)
            return
        }
        let watchID = request.watchID != 0 ? request.watchID : self.chooseWatchID(on: id)
        self.lastWatcherID += 1
        let watcherID = WatcherID(number: self.lastWatcherID)
        let isSynced = request.startRevision.number == 0 || request.startRevision > committed
        self.watchers[watcherID] = Watcher(
            stream: id, watchID: watchID, request: request,
            next: isSynced ? max(request.startRevision, committed.next) : request.startRevision, isSynced: isSynced)
        self.streams[id]?.watchers[watchID] = watcherID
        self.answer(.created, watchID: watchID, on: id, committed)
        if isSynced {
            self.interest.add(watcherID, to: request.range)
        } else {
            self.streams[id]?.unsynced.append(watcherID)
        }
    }

    /// Answers a request for a watch that the caller may not have.
    mutating func refuse(_ reason: String, on id: WatchStreamID, committed: Revision) {
        self.answer(.refused(reason: reason), watchID: WatchResponse.everyWatch, on: id, committed)
    }

    /// Ends a watch. One that the stream does not have is not answered, as in etcd.
    mutating func cancel(_ watchID: Int64, on id: WatchStreamID, committed: Revision) {
        if let watcher = self.streams[id]?.watchers.removeValue(forKey: watchID) {
            self.streams[id]?.unsynced.removeAll { $0 == watcher }
            self.forget(watcher)
        } else if self.streams[id]?.compactedWatches.remove(watchID) == nil {
            return
        }
        self.answer(.canceled, watchID: watchID, on: id, committed)
    }

    /// Asks for a progress response once everything committed has been queued for all watches of the stream.
    mutating func requestProgress(on id: WatchStreamID) { self.streams[id]?.owesProgress = true }

    /// Whether the client asks for more than it reads, so that its stream has to be ended.
    func isFlooded(_ id: WatchStreamID) -> Bool {
        (self.streams[id]?.unreadAnswers ?? 0) > self.limits.unreadAnswersPerStream
    }

    private mutating func chooseWatchID(on id: WatchStreamID) -> Int64 {
        var watchID = self.streams[id]?.nextWatchID ?? 0
        while self.isUsed(watchID, on: id) { watchID += 1 }
        self.streams[id]?.nextWatchID = watchID + 1
        return watchID
    }

    private func isUsed(_ watchID: Int64, on id: WatchStreamID) -> Bool {
        guard let stream = self.streams[id] else { return false }
        return stream.watchers[watchID] != nil || stream.compactedWatches.contains(watchID)
    }

    private func refusal(of request: WatchRequest, on id: WatchStreamID) -> String? {
        if request.startRevision.number < 0 { return "etcdserver: mvcc: required revision has been compacted" }
        if request.range.isEmpty { return "mvcc: watcher range is empty" }
        if request.watchID != 0, self.isUsed(request.watchID, on: id) {
            return "mvcc: duplicate watch ID provided on the WatchStream"
        }
        if self.watchers.count >= self.limits.watchers { return "etcdserver: too many requests" }
        return nil
    }

    private mutating func answer(
        _ content: WatchResponse.Content, watchID: Int64, on id: WatchStreamID, _ committed: Revision
    ) {
        self.streams[id]?.unreadAnswers += 1
        self.streams[id]?.append(WatchResponse(watchID: watchID, headerRevision: committed, content: content))
    }

    private mutating func forget(_ id: WatcherID) {
        guard let watcher = self.watchers.removeValue(forKey: id), watcher.isSynced else { return }
        self.interest.remove(id, from: watcher.request.range)
    }
}
