/// What a stream gets when it asks for more.
package struct WatchBatch: Sendable {
    package var responses: [WatchResponse] = []
    /// Whether to ask again at once. If not, the hub says when there is more.
    package var hasMore = false
}

/// What late watchers are read from.
struct WatchHistory {
    let changes: ChangeLog
    let index: KeyIndex
    let committed: Revision
    let compacted: Revision
}

extension WatchHub {
    /// How many changes one call looks at; the rest waits for the next call, so that no caller holds the store long.
    private static var scanBudget: Int { 20_000 }

    /// Takes what a stream has to send next: what is queued, then what its late watchers missed.
    mutating func take(_ id: WatchStreamID, limit: Int, from history: WatchHistory) -> WatchBatch {
        guard var stream = self.streams.removeValue(forKey: id) else { return WatchBatch() }
        var batch = WatchBatch()
        if stream.queue.count <= limit {
            batch.responses = stream.queue
            stream.queue = []
            stream.queuedCost = 0
            stream.unreadAnswers = 0
        } else {
            batch.responses = Array(stream.queue[..<limit])
            stream.queue.removeFirst(limit)
            stream.queuedCost -= batch.responses.reduce(0) { $0 + $1.cost }
            stream.unreadAnswers = min(stream.unreadAnswers, stream.queue.count)
        }
        if stream.queue.isEmpty {
            var budget = Self.scanBudget
            var cost = 0
            while budget > 0, batch.responses.count < limit, cost < self.limits.bytesPerCatchUp,
                let watcher = stream.unsynced.first
            {
                stream.unsynced.removeFirst()
                let caught = self.catchUp(watcher, of: &stream, from: history, budget: &budget)
                batch.responses.append(contentsOf: caught)
                cost += caught.reduce(0) { $0 + $1.cost }
            }
            if stream.unsynced.isEmpty, stream.owesProgress, !self.isAnyInFuture(stream, history.committed) {
                stream.owesProgress = false
                batch.responses.append(
                    WatchResponse(
                        watchID: WatchResponse.everyWatch, headerRevision: history.committed, content: .progress))
            }
        }
        batch.hasMore = !stream.queue.isEmpty || !stream.unsynced.isEmpty
        stream.isAwake = batch.hasMore
        self.streams[id] = stream
        return batch
    }

    /// Reads one late watcher's next batch of whole revisions.
    private mutating func catchUp(
        _ id: WatcherID, of stream: inout Stream, from history: WatchHistory, budget: inout Int
    ) -> [WatchResponse] {
        guard let watcher = self.watchers[id] else { return [] }
        // Never skipped forward: the client has to know that it missed something.
        if watcher.next < history.compacted {
            self.watchers[id] = nil
            stream.watchers[watcher.watchID] = nil
            stream.compactedWatches.insert(watcher.watchID)
            return [
                WatchResponse(
                    watchID: watcher.watchID, headerRevision: Revision(0), content: .compacted(history.compacted))
            ]
        }
        let missed = self.missedChanges(watcher, from: history, budget: &budget)
        self.watchers[id]?.next = missed.next
        if missed.next > history.committed {
            self.watchers[id]?.isSynced = true
            self.interest.add(id, to: watcher.request.range)
        } else {
            stream.unsynced.append(id)
        }
        guard !missed.changes.isEmpty else { return [] }
        self.watchers[id]?.isFresh = true
        let events = missed.changes.map { change in
            watcher.request.wantsPrevious
                ? history.index.event(change, compacted: history.compacted)
                : WatchEvent(change: change, previous: nil)
        }
        return self.responses(WatchEvents(events), watcher: watcher, headerRevision: history.committed)
    }

    /// The watcher's next changes in whole revisions, and the revision to go on from.
    private func missedChanges(
        _ watcher: Watcher, from history: WatchHistory, budget: inout Int
    ) -> (changes: [KeyVersion], next: Revision) {
        // A watch of few keys is read from their own histories rather than from everybody's.
        let candidates: ArraySlice<KeyVersion>
        if let own = history.index.changes(of: watcher.request.range, from: watcher.next, through: history.committed) {
            candidates = own[...]
        } else {
            candidates = history.changes.changes(from: watcher.next, through: history.committed)
        }
        var changes: [KeyVersion] = []
        var revisionCount = 0
        var cost = 0
        var current = watcher.next.previous
        for change in candidates {
            if change.modRevision != current {
                let isFull =
                    revisionCount >= self.limits.revisionsPerCatchUp || cost >= self.limits.bytesPerCatchUp
                if isFull || budget <= 0 { return (changes, change.modRevision) }
                current = change.modRevision
            }
            budget -= 1
            guard watcher.request.range.contains(change.key), watcher.request.wants(change) else { continue }
            if changes.last?.modRevision != current { revisionCount += 1 }
            changes.append(change)
            cost += change.cost
        }
        return (changes, history.committed.next)
    }

    private func isAnyInFuture(_ stream: Stream, _ committed: Revision) -> Bool {
        stream.watchers.values.contains { (self.watchers[$0]?.next ?? committed) > committed.next }
    }
}

extension KeyIndex {
    /// The changes of a range of few keys, in the order they were made; `nil` if it is not few.
    func changes(of range: KeyRange, from first: Revision, through last: Revision) -> [KeyVersion]? {
        var changes: [KeyVersion] = []
        var visits = 0
        self.scanHistories(range) { history in
            visits += 1
            for version in history.versions.reversed() {
                if version.modRevision < first { break }
                if version.modRevision <= last { changes.append(version) }
            }
            return visits <= 64 && changes.count <= 4_096
        }
        guard visits <= 64, changes.count <= 4_096 else { return nil }
        return changes.sorted { $0.precedes($1) }
    }
}
