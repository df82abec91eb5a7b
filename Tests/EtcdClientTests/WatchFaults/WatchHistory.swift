import EtcdClient

/// What really happened: the contents of the store at each revision, read one by one.
struct WatchHistory: Sendable {
    private(set) var states: [Int64: [Key: KeyValue]] = [:]
    private(set) var last: Int64
    /// History below this has been given up by the store.
    var compacted: Int64 = 0

    /// Begins after `first`, at which the keys in question do not exist.
    init(after first: Revision) {
        self.last = first.rawValue
        self.states[first.rawValue] = [:]
    }

    mutating func append(_ keyValues: [KeyValue]) {
        self.last += 1
        self.states[self.last] = Dictionary(uniqueKeysWithValues: keyValues.map { ($0.key, $0) })
    }

    /// What a key was before a revision.
    func before(_ revision: Revision, _ key: Key) -> KeyValue? { self.states[revision.rawValue - 1]?[key] }

    /// The events of one revision, in no certain order, without the values before.
    func events(at revision: Int64) -> [WatchEvent] {
        guard let before = self.states[revision - 1], let after = self.states[revision] else { return [] }
        let puts = after.values.filter { $0.modRevision.rawValue == revision }.map {
            WatchEvent(kind: .put, keyValue: $0)
        }
        let deletes = before.keys.filter { after[$0] == nil }.map { key in
            WatchEvent(
                kind: .delete,
                keyValue: KeyValue(
                    key: key, value: Value([]), createRevision: Revision(0), modRevision: Revision(revision), version: 0
                ))
        }
        return puts + deletes
    }

    /// The events that a watch should tell of one revision.
    func events(at revision: Int64, for specification: WatchSpecification) -> [WatchEvent] {
        self.events(at: revision).filter { specification.wants($0) }
    }

    /// The last revision of which a watch should tell something.
    func lastRevision(for specification: WatchSpecification) -> Revision {
        var revision = self.last
        while revision > 0, self.events(at: revision, for: specification).isEmpty { revision -= 1 }
        return Revision(revision)
    }
}
