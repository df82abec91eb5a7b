/// All kept versions of one key, oldest first.
struct KeyHistory: Sendable {
    private(set) var versions: [KeyVersion] = []

    /// The newest version, a tombstone too.
    var newest: KeyVersion? { self.versions.last }

    mutating func append(_ version: KeyVersion) { self.versions.append(version) }

    /// The newest version made at or before `revision`, a tombstone too.
    func newest(at revision: Revision) -> KeyVersion? {
        // Nearly every read is of the present.
        guard let last = self.versions.last, last.modRevision > revision else { return self.versions.last }
        let count = self.count(through: revision)
        return count == 0 ? nil : self.versions[count - 1]
    }

    /// The versions that a compaction at `revision` keeps: those after it and the one it found in force.
    ///
    /// A tombstone exactly at the compacted revision stays, as a watch may begin there.
    func kept(compactedAt revision: Revision) -> ArraySlice<KeyVersion> {
        let count = self.count(through: revision)
        guard count > 0 else { return self.versions[...] }
        let inForce = self.versions[count - 1]
        let isForgotten = inForce.isTombstone && inForce.modRevision < revision
        return self.versions[(isForgotten ? count : count - 1)...]
    }

    /// Forgets what a compaction at `revision` drops; returns how many bytes that frees.
    mutating func compact(at revision: Revision) -> Int {
        let kept = self.kept(compactedAt: revision)
        guard kept.count < self.versions.count else { return 0 }
        let freed = self.versions[..<kept.startIndex].reduce(0) { $0 + $1.cost }
        self.versions = Array(kept)
        return freed
    }

    private func count(through revision: Revision) -> Int {
        var low = 0
        var high = self.versions.count
        while low < high {
            let middle = (low + high) / 2
            if self.versions[middle].modRevision <= revision { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
