import EtcdClient
import Testing

/// Each validator catches the violation it is there for, and none objects to what is right.
struct WatchValidatorTests {
    private static let history: WatchHistory = {
        // 2: put a=1. 3: put a=2 and b=1. 4: delete a. 5: put b=2. 6: put c=1.
        var history = WatchHistory(after: Revision(1))
        let a2 = Self.keyValue("a", "1", created: 2, modified: 2, version: 1)
        let a3 = Self.keyValue("a", "2", created: 2, modified: 3, version: 2)
        let b3 = Self.keyValue("b", "1", created: 3, modified: 3, version: 1)
        let b5 = Self.keyValue("b", "2", created: 3, modified: 5, version: 2)
        let c6 = Self.keyValue("c", "1", created: 6, modified: 6, version: 1)
        for state in [[a2], [a3, b3], [b3], [b5], [b5, c6]] { history.append(state) }
        return history
    }()

    private static func keyValue(
        _ key: Key, _ value: Value, created: Int64, modified: Int64, version: Int64
    ) -> KeyValue {
        KeyValue(
            key: key, value: value, createRevision: Revision(created), modRevision: Revision(modified),
            version: version)
    }

    private static func batch(_ events: [WatchEvent], revision: Int64? = nil) -> WatchRecord.Entry {
        .batch(
            WatchBatch(
                events: events,
                revision: revision.map { Revision($0) } ?? events.last?.keyValue.modRevision ?? Revision(0),
                createdRevision: Revision(1), clusterID: ClusterID(1)))
    }

    private static func events(_ revision: Int64) -> [WatchEvent] {
        Self.history.events(at: revision).sorted { $0.keyValue.key < $1.keyValue.key }.map { event in
            var event = event
            event.previous = Self.history.before(Revision(revision), event.keyValue.key)
            return event
        }
    }

    private static func record(
        _ entries: [WatchRecord.Entry], of range: KeyRange = .all, change: (inout WatchOptions) -> Void = { _ in }
    ) -> WatchRecord {
        var options = WatchOptions()
        options.previous = true
        change(&options)
        return WatchRecord(specification: .init(range: range, options: options), entries: entries)
    }

    private static let whole: [WatchRecord.Entry] =
        [.opened(from: Revision(2))] + (2...6).map { Self.batch(Self.events($0)) }

    @Test func whatIsRightPasses() {
        let records = [
            Self.record(Self.whole),
            Self.record([.opened(from: Revision(2)), Self.batch((2...6).flatMap { Self.events($0) })]),
            Self.record(Self.whole + [Self.batch([], revision: 6)]),
            Self.record(
                [.opened(from: Revision(2)), Self.batch(Self.events(2)), Self.batch([Self.events(3)[0]])], of: .key("a")
            ),
            Self.record(Array(Self.whole[...2]) + [.opened(from: Revision(4))] + Array(Self.whole[3...])),
        ]
        for record in records { #expect(WatchValidators.violations(of: record, against: Self.history) == []) }
    }

    @Test func aCompactionMayTakeAwayWhatItSays() {
        var history = Self.history
        history.compacted = 5
        let entries: [WatchRecord.Entry] = [
            .opened(from: Revision(2)), Self.batch(Self.events(2)), .compacted(Revision(5)), .opened(from: Revision(5)),
            Self.batch(Self.events(5)), Self.batch(Self.events(6)),
        ]
        #expect(WatchValidators.violations(of: Self.record(entries), against: history) == [])
        // But not what it does not say, and not what was still there.
        #expect(!WatchValidators.reliable(Self.record(entries), Self.history).isEmpty)
        let tooFar = entries[..<3] + [.opened(from: Revision(6)), Self.batch(Self.events(6))]
        #expect(!WatchValidators.reliable(Self.record(Array(tooFar)), history).isEmpty)
        let needless: [WatchRecord.Entry] =
            Array(Self.whole) + [.compacted(Revision(3)), .opened(from: Revision(3))]
        #expect(!WatchValidators.reliable(Self.record(needless), history).isEmpty)
    }

    @Test(arguments: [
        ("filter", Self.record(Self.whole, of: .key("a"))),
        ("filter", Self.record(Self.whole) { $0.excludesDeletes = true }),
        ("ordered", Self.record([.opened(from: Revision(2)), Self.batch(Self.events(3)), Self.batch(Self.events(2))])),
        ("unique", Self.record(Self.whole + [Self.batch(Self.events(6))])),
        (
            "atomic",
            Self.record([.opened(from: Revision(3)), Self.batch([Self.events(3)[0]]), Self.batch([Self.events(3)[1]])])
        ),
        (
            "bookmarkable",
            Self.record([.opened(from: Revision(2)), Self.batch([], revision: 3), Self.batch(Self.events(3))])
        ),
        ("resumable", Self.record([.opened(from: Revision(2)), Self.batch(Self.events(3))])),
        ("resumable", Self.record([.opened(from: Revision(4)), Self.batch(Self.events(3))])),
        (
            "is-create",
            Self.record([
                .opened(from: Revision(5)),
                Self.batch([
                    WatchEvent(kind: .put, keyValue: Self.keyValue("b", "2", created: 5, modified: 5, version: 1))
                ]),
            ])
        ),
        ("reliable", Self.record([Self.whole[0], Self.whole[1], Self.whole[2], Self.whole[4]])),
        ("reliable", Self.record(Array(Self.whole[...2]) + [.opened(from: Revision(5))] + Array(Self.whole[4...]))),
        ("reliable", Self.record([Self.whole[0], Self.batch([], revision: 2)])),
        ("reliable", Self.record([.opened(from: Revision(3)), Self.batch([Self.events(3)[0]])])),
        (
            "prev_kv",
            Self.record([
                .opened(from: Revision(4)),
                Self.batch([WatchEvent(kind: .delete, keyValue: Self.events(4)[0].keyValue)]),
            ])
        ),
        ("prev_kv", Self.record(Self.whole) { $0.previous = false }),
    ])
    func aViolationIsCaught(by name: String, in record: WatchRecord) throws {
        let validator = try #require(WatchValidators.all.first { $0.name == name })
        #expect(!validator.check(record, Self.history).isEmpty)
    }
}
