extension Store {
    /// Makes all revisions before `revision` unreadable, at the head. What they held is dropped later, in steps.
    ///
    /// - Throws: `compacted` if that is done already, `futureRevision` if it is not made yet.
    package mutating func compact(_ revision: Revision) throws(StoreError) {
        if revision <= self.compacted { throw .compacted }
        if revision > self.head { throw .futureRevision }
        self.compacted = revision
        self.note(.compacted(revision))
    }

    /// Compacts to `retained` revisions before the head, once there are a tenth more than that.
    package mutating func compactIfDue(retained: Int64) {
        let target = Revision(self.head.number - retained)
        let slack = max(retained / 10, 1)
        guard target.number > 0, target.number - max(self.compacted.number, 1) >= slack else { return }
        try? self.compact(target)  // cannot fail: the target lies between the compacted revision and the head
    }

    /// Whether there is something for ``dropCompacted(limit:)``.
    package var hasCompacted: Bool { self.dropsBefore < min(self.compacted, self.committed) }

    /// Drops at most `limit` changes that compaction made unreadable; returns whether there is more to drop.
    ///
    /// Only what is durable may go: an undurable compaction must not take what readers still see.
    package mutating func dropCompacted(limit: Int) -> Bool {
        let target = min(self.compacted, self.committed)
        guard self.dropsBefore < target else { return false }
        let dropped = self.changes.dropChanges(before: target, limit: limit)
        for change in dropped { self.index.compact(change.key, at: target) }
        guard dropped.count < limit else { return true }
        // The changes of the target revision itself stay for watchers but supersede older versions already.
        for change in self.changes.changes(from: target, through: target) {
            self.index.compact(change.key, at: target)
        }
        self.dropsBefore = target
        return false
    }
}
