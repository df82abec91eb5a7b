/// The changes since the last compaction in the order they were made: what a late watcher is read from.
struct ChangeLog: Sendable {
    private var changes: [KeyVersion] = []
    /// Changes before this one are compacted and wait to be dropped in bulk.
    private var start = 0

    var count: Int { self.changes.count - self.start }

    mutating func append(_ change: KeyVersion) { self.changes.append(change) }

    /// The changes with `revisions`, in order.
    func changes(from first: Revision, through last: Revision) -> ArraySlice<KeyVersion> {
        guard first <= last else { return [] }
        let low = self.firstIndex(notBefore: first)
        let high = self.firstIndex(notBefore: last.next)
        return self.changes[low..<high]
    }

    /// The changes from `first` on, up to `last`.
    func firstIndex(notBefore revision: Revision) -> Int {
        var low = self.start
        var high = self.changes.count
        while low < high {
            let middle = (low + high) / 2
            if self.changes[middle].modRevision < revision { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Drops at most `limit` changes older than `revision` and returns them.
    mutating func dropChanges(before revision: Revision, limit: Int) -> ArraySlice<KeyVersion> {
        let end = min(self.firstIndex(notBefore: revision), self.start + limit)
        let dropped = self.changes[self.start..<end]
        self.start = end
        // Moving the rest to the front costs as much as was dropped since the last time: cheap on average.
        if self.start > 1_024, self.start > self.changes.count / 2 {
            self.changes = Array(self.changes[self.start...])
            self.start = 0
        }
        return dropped
    }
}
