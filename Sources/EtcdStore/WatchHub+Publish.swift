extension WatchHub {
    /// Queues newly committed changes for the synced watchers they concern.
    ///
    /// - Returns: The streams that have something to send and did not know it yet.
    mutating func publish(_ news: ArraySlice<KeyVersion>, index: KeyIndex, compacted: Revision) -> [WatchStreamID] {
        guard !self.interest.isEmpty else { return [] }
        var woken: [WatchStreamID] = []
        var rest = news
        while let first = rest.first {
            let end = rest.firstIndex { $0.modRevision != first.modRevision } ?? rest.endIndex
            self.publishRevision(rest[..<end], index: index, compacted: compacted, woken: &woken)
            rest = rest[end...]
        }
        return woken
    }

    private mutating func publishRevision(
        _ changes: ArraySlice<KeyVersion>, index: KeyIndex, compacted: Revision, woken: inout [WatchStreamID]
    ) {
        guard let revision = changes.first?.modRevision else { return }
        var batches: [WatcherID: [WatchEvent]] = [:]
        var order: [WatcherID] = []
        for change in changes {
            var groups: [[WatcherID]] = []
            self.interest.forEachGroup(of: change.key) { groups.append($0) }
            guard !groups.isEmpty else { continue }
            let event = WatchEvent(change: change, previous: nil)
            // Looked up once a change, however many watchers want it.
            var eventWithPrevious: WatchEvent?
            for id in groups.joined() {
                guard let watcher = self.watchers[id], watcher.next <= revision, watcher.request.wants(change) else {
                    continue
                }
                var wanted = event
                if watcher.request.wantsPrevious {
                    let found = eventWithPrevious ?? index.event(change, compacted: compacted)
                    eventWithPrevious = found
                    wanted = found
                }
                if changes.count == 1 {
                    self.queue([wanted], of: revision, for: id, woken: &woken)
                } else {
                    if batches[id] == nil { order.append(id) }
                    batches[id, default: []].append(wanted)
                }
            }
        }
        for id in order { self.queue(batches[id] ?? [], of: revision, for: id, woken: &woken) }
    }

    /// Queues one whole revision for one watcher, or makes it a late one if its stream's queue is full.
    private mutating func queue(
        _ events: [WatchEvent], of revision: Revision, for id: WatcherID, woken: inout [WatchStreamID]
    ) {
        guard let watcher = self.watchers[id] else { return }
        if self.hasRoom(watcher.stream) {
            for response in self.responses(events, watcher: watcher, headerRevision: revision) {
                self.streams[watcher.stream]?.append(response)
            }
            self.watchers[id]?.next = revision.next
            self.watchers[id]?.isFresh = true
        } else {
            self.interest.remove(id, from: watcher.request.range)
            self.watchers[id]?.isSynced = false
            self.watchers[id]?.next = revision
            self.streams[watcher.stream]?.unsynced.append(id)
        }
        self.wake(watcher.stream, &woken)
    }

    /// Tells watchers that asked for it, and have heard nothing since the last time, how far they are.
    ///
    /// - Returns: The streams that have something to send and did not know it yet.
    mutating func reportProgress(committed: Revision) -> [WatchStreamID] {
        var woken: [WatchStreamID] = []
        for (id, watcher) in self.watchers where watcher.request.wantsProgress && watcher.isSynced {
            if !watcher.isFresh, watcher.next <= committed.next, self.hasRoom(watcher.stream) {
                self.streams[watcher.stream]?.append(
                    WatchResponse(watchID: watcher.watchID, headerRevision: committed, content: .progress))
                self.wake(watcher.stream, &woken)
            }
            self.watchers[id]?.isFresh = false
        }
        return woken.sorted()
    }

    /// Splits a revision's events where the watch allows it; most are one response.
    func responses(_ events: [WatchEvent], watcher: Watcher, headerRevision: Revision) -> [WatchResponse] {
        func response(_ events: [WatchEvent], isFragment: Bool) -> WatchResponse {
            WatchResponse(
                watchID: watcher.watchID, headerRevision: headerRevision,
                content: .events(events, isFragment: isFragment))
        }
        guard watcher.request.wantsFragments else { return [response(events, isFragment: false)] }
        var responses: [WatchResponse] = []
        var part: [WatchEvent] = []
        var cost = 0
        for event in events {
            if !part.isEmpty, cost + event.cost >= self.limits.fragmentBytes {
                responses.append(response(part, isFragment: true))
                part = []
                cost = 0
            }
            part.append(event)
            cost += event.cost
        }
        responses.append(response(part, isFragment: false))
        return responses
    }

    /// Whether a stream may queue more events.
    ///
    /// A function of its own so that no copy of the stream is alive, and so copied on write, while it is changed.
    func hasRoom(_ id: WatchStreamID) -> Bool {
        guard let stream = self.streams[id] else { return false }
        let responses = min(
            max(self.limits.responsesPerStream, 2 * stream.watchers.count), self.limits.responsesPerStreamMaximum)
        return stream.queue.count < responses && stream.queuedCost < self.limits.bytesPerStream
    }

    private mutating func wake(_ id: WatchStreamID, _ woken: inout [WatchStreamID]) {
        guard self.streams[id]?.isAwake == false else { return }
        self.streams[id]?.isAwake = true
        woken.append(id)
    }
}

extension KeyIndex {
    /// A change with the value it replaced, if that is not compacted.
    func event(_ change: KeyVersion, compacted: Revision) -> WatchEvent {
        let before = change.modRevision.previous
        let previous = before >= compacted ? self.live(change.key, at: before) : nil
        return WatchEvent(change: change, previous: previous)
    }
}
