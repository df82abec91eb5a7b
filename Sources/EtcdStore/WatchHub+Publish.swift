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
        var heard: [WatcherID: [Int]] = [:]
        var order: [WatcherID] = []
        var telling = RevisionEvents(changes: changes, index: index, compacted: compacted)
        for number in changes.indices {
            let change = changes[number]
            var groups: [[WatcherID]] = []
            self.interest.forEachGroup(of: change.key) { groups.append($0) }
            for id in groups.joined() {
                guard let watcher = self.watchers[id], watcher.next <= revision, watcher.request.wants(change) else {
                    continue
                }
                if changes.count == 1 {
                    let events = telling.events([number], withPrevious: watcher.request.wantsPrevious)
                    self.queue(events, of: revision, for: id, woken: &woken)
                } else {
                    if heard[id] == nil { order.append(id) }
                    heard[id, default: []].append(number)
                }
            }
        }
        for id in order {
            guard let watcher = self.watchers[id], let numbers = heard[id] else { continue }
            let events = telling.events(numbers, withPrevious: watcher.request.wantsPrevious)
            self.queue(events, of: revision, for: id, woken: &woken)
        }
    }

    /// The events of one revision, each selection of them made once however many watchers hear it.
    private struct RevisionEvents {
        private struct Selection: Hashable {
            let numbers: [Int]
            let hasPrevious: Bool
        }

        let changes: ArraySlice<KeyVersion>
        let index: KeyIndex
        let compacted: Revision
        private var made: [Selection: WatchEvents] = [:]
        /// Nearly always the next watcher hears the same.
        private var last: (selection: Selection, events: WatchEvents)?

        init(changes: ArraySlice<KeyVersion>, index: KeyIndex, compacted: Revision) {
            self.changes = changes
            self.index = index
            self.compacted = compacted
        }

        mutating func events(_ numbers: [Int], withPrevious: Bool) -> WatchEvents {
            let selection = Selection(numbers: numbers, hasPrevious: withPrevious)
            if let last = self.last, last.selection == selection { return last.events }
            let events = self.made[selection] ?? self.make(selection)
            self.made[selection] = events
            self.last = (selection, events)
            return events
        }

        private func make(_ selection: Selection) -> WatchEvents {
            WatchEvents(
                selection.numbers.map { number in
                    let change = self.changes[number]
                    return selection.hasPrevious
                        ? self.index.event(change, compacted: self.compacted)
                        : WatchEvent(change: change, previous: nil)
                })
        }
    }

    /// Queues one whole revision for one watcher, or makes it a late one if its stream's queue is full.
    private mutating func queue(
        _ events: WatchEvents, of revision: Revision, for id: WatcherID, woken: inout [WatchStreamID]
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
    func responses(_ events: WatchEvents, watcher: Watcher, headerRevision: Revision) -> [WatchResponse] {
        func response(_ events: WatchEvents, isFragment: Bool) -> WatchResponse {
            WatchResponse(
                watchID: watcher.watchID, headerRevision: headerRevision,
                content: .events(events, isFragment: isFragment))
        }
        guard watcher.request.wantsFragments, events.cost >= self.limits.fragmentBytes else {
            return [response(events, isFragment: false)]
        }
        var responses: [WatchResponse] = []
        var part: [WatchEvent] = []
        var cost = 0
        for event in events {
            if !part.isEmpty, cost + event.cost >= self.limits.fragmentBytes {
                responses.append(response(WatchEvents(part), isFragment: true))
                part = []
                cost = 0
            }
            part.append(event)
            cost += event.cost
        }
        responses.append(response(WatchEvents(part), isFragment: false))
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
