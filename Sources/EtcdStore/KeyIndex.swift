/// Every key's history, in key order.
package struct KeyIndex: Sendable {
    private var histories = SortedMap<KeyHistory>()
    /// About how many bytes all kept versions take.
    private(set) var cost = 0

    var keyCount: Int { self.histories.count }

    mutating func append(_ version: KeyVersion) {
        self.cost += version.cost
        self.histories.update(version.key, initial: KeyHistory()) { $0.append(version) }
    }

    /// The key's newest value at `revision`, or `nil` where it does not exist then.
    func live(_ key: Bytes, at revision: Revision) -> KeyVersion? {
        guard let version = self.histories[key]?.newest(at: revision), !version.isTombstone else { return nil }
        return version
    }

    /// Calls `body` with each key that exists at `revision`, in key order, until it returns `false`.
    func scan(_ range: KeyRange, at revision: Revision, _ body: (KeyVersion) -> Bool) {
        self.histories.scan(range) { _, history in
            guard let version = history.newest(at: revision), !version.isTombstone else { return true }
            return body(version)
        }
    }

    /// Calls `body` with the history of each key of `range`, deleted ones too, until it returns `false`.
    func scanHistories(_ range: KeyRange, _ body: (KeyHistory) -> Bool) {
        self.histories.scan(range) { _, history in body(history) }
    }

    /// All kept versions of all keys, by key, leaving out what a compaction at `compacted` drops.
    func allVersions(compactedAt compacted: Revision) -> [KeyVersion] {
        var versions: [KeyVersion] = []
        versions.reserveCapacity(self.histories.count)
        self.histories.scan(.all) { _, history in
            versions.append(contentsOf: history.kept(compactedAt: compacted))
            return true
        }
        return versions
    }

    /// Forgets the versions of one key that a compaction at `revision` drops.
    mutating func compact(_ key: Bytes, at revision: Revision) {
        guard self.histories[key] != nil else { return }
        let (freed, isGone) = self.histories.update(key, initial: KeyHistory()) { history in
            (history.compact(at: revision), history.versions.isEmpty)
        }
        self.cost -= freed
        if isGone { self.histories.remove(key) }
    }
}
