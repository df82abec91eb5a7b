import EtcdClient

/// The promises of a watch, each as a function that finds where a record breaks it.
///
/// They are the nine that etcd's own robustness tests check.
enum WatchValidators {
    typealias Validator = @Sendable (WatchRecord, WatchHistory) -> [String]

    static let all: [(name: String, check: Validator)] = [
        ("filter", { record, _ in Self.filter(record) }),
        ("ordered", { record, _ in Self.ordered(record) }),
        ("unique", { record, _ in Self.unique(record) }),
        ("atomic", { record, _ in Self.atomic(record) }),
        ("bookmarkable", { record, _ in Self.bookmarkable(record) }),
        ("resumable", { Self.resumable($0, $1) }),
        ("is-create", { Self.isCreate($0, $1) }),
        ("reliable", { Self.reliable($0, $1) }),
        ("prev_kv", { Self.previous($0, $1) }),
    ]

    /// Every violation of every promise.
    static func violations(of record: WatchRecord, against history: WatchHistory) -> [String] {
        self.all.flatMap { name, check in check(record, history).map { "\(name): \($0)" } }
    }

    /// Only events that were asked for are told.
    static func filter(_ record: WatchRecord) -> [String] {
        record.events.filter { !record.specification.wants($0) }.map { "\($0.text) was not asked for" }
    }

    /// Revisions never go back.
    static func ordered(_ record: WatchRecord) -> [String] {
        let events = record.events
        return zip(events, events.dropFirst()).filter { $0.keyValue.modRevision > $1.keyValue.modRevision }.map {
            "\($1.text) came after \($0.text)"
        }
    }

    /// No key is told of twice for one revision.
    static func unique(_ record: WatchRecord) -> [String] {
        struct Place: Hashable {
            let revision: Revision
            let key: Key
        }
        var seen: Set<Place> = []
        return record.events.filter {
            !seen.insert(Place(revision: $0.keyValue.modRevision, key: $0.keyValue.key)).inserted
        }.map { "\($0.text) came twice" }
    }

    /// A revision is never spread over two batches.
    static func atomic(_ record: WatchRecord) -> [String] {
        let batches = record.batches.filter { !$0.events.isEmpty }
        return zip(batches, batches.dropFirst()).compactMap { left, right in
            guard let last = left.events.last, let first = right.events.first,
                last.keyValue.modRevision == first.keyValue.modRevision
            else { return nil }
            return "revision \(last.keyValue.modRevision) is spread over two batches"
        }
    }

    /// After a report of progress nothing comes that it covers.
    static func bookmarkable(_ record: WatchRecord) -> [String] {
        var bookmark = Revision(0)
        var violations: [String] = []
        for batch in record.batches {
            for event in batch.events where event.keyValue.modRevision <= bookmark {
                violations.append("\(event.text) came after progress to \(bookmark)")
            }
            if batch.events.isEmpty { bookmark = max(bookmark, batch.revision) }
        }
        return violations
    }

    /// A watch begins with the first event at or after the revision it was opened at.
    static func resumable(_ record: WatchRecord, _ history: WatchHistory) -> [String] {
        var violations: [String] = []
        var opened: Revision?
        for entry in record.entries {
            switch entry {
            case .opened(let from): opened = from
            case .compacted: opened = nil
            case .batch(let batch):
                guard let from = opened, let first = batch.events.first else { continue }
                opened = nil
                let expected = (from.rawValue...max(from.rawValue, history.last)).first {
                    !history.events(at: $0, for: record.specification).isEmpty
                }
                if first.keyValue.modRevision.rawValue != expected {
                    violations.append(
                        "opened at \(from), began with \(first.text) instead of revision \(expected ?? 0)")
                }
            }
        }
        return violations
    }

    /// An event says that its key is new if, and only if, it is.
    static func isCreate(_ record: WatchRecord, _ history: WatchHistory) -> [String] {
        record.events.filter { $0.kind == .put }.compactMap { event in
            let saysNew = event.keyValue.createRevision == event.keyValue.modRevision
            let isNew = history.before(event.keyValue.modRevision, event.keyValue.key) == nil
            guard saysNew != isNew || saysNew != (event.keyValue.version == 1) else { return nil }
            return "\(event.text) says \(saysNew ? "new" : "old"), version \(event.keyValue.version)"
        }
    }

    /// Exactly what happened is told, but for what a compaction took away, which was said.
    static func reliable(_ record: WatchRecord, _ history: WatchHistory) -> [String] {
        var violations: [String] = []
        /// Everything before was told or given up.
        var next: Int64?
        func expectNothing(before revision: Int64) {
            guard let from = next, from < revision else { return }
            for missing in from..<revision {
                for event in history.events(at: missing, for: record.specification) {
                    violations.append("\(event.text) was not told")
                }
            }
        }
        for entry in record.entries {
            switch entry {
            case .opened(let from):
                // A watch may be opened anew only where it left off, or where history begins after a compaction.
                if let next, from.rawValue > next { expectNothing(before: from.rawValue) }
                next = max(next ?? 0, from.rawValue)
            case .compacted(let revision):
                if let known = next, revision.rawValue < known {
                    violations.append("compaction to \(revision) was given as the reason, but \(known) was wanted")
                }
                if revision.rawValue > history.compacted {
                    violations.append("\(revision) was never compacted to")
                }
                next = max(next ?? 0, revision.rawValue)
            case .batch(let batch):
                for (revision, told) in Dictionary(grouping: batch.events, by: \.keyValue.modRevision.rawValue)
                    .sorted(by: { $0.key < $1.key })
                {
                    expectNothing(before: revision)
                    let expected = Set(history.events(at: revision, for: record.specification))
                    let found = Set(
                        told.map { event in
                            var event = event
                            event.previous = nil
                            return event
                        })
                    for event in found.subtracting(expected) { violations.append("\(event.text) never happened") }
                    for event in expected.subtracting(found) { violations.append("\(event.text) was not told") }
                    next = max(next ?? 0, revision + 1)
                }
                if batch.events.isEmpty { expectNothing(before: batch.revision.rawValue + 1) }
            }
        }
        return violations
    }

    /// The value before is the one that was there, where it was asked for. It may be missing once it is compacted away.
    static func previous(_ record: WatchRecord, _ history: WatchHistory) -> [String] {
        record.events.compactMap { event in
            let before = history.before(event.keyValue.modRevision, event.keyValue.key)
            guard record.specification.options.previous else {
                return event.previous == nil ? nil : "\(event.text) has a value before that was not asked for"
            }
            if event.previous == before { return nil }
            if event.previous == nil, event.keyValue.modRevision.rawValue - 1 < history.compacted { return nil }
            return "\(event.text) has \(event.previous?.value.string ?? "nothing") before it"
        }
    }
}

extension WatchEvent {
    /// For people.
    var text: String { "\(self.kind) \(self.keyValue.key) at \(self.keyValue.modRevision)" }
}
