import TestSupport
import EtcdStore
import Testing

struct KeyValueTests {
    @Test func anEmptyStoreIsAtRevisionOneAndTheFirstWriteMakesTwo() throws {
        var store = Store.empty()
        #expect(try store.range(RangeOperation(.all)).headerRevision == Revision(1))
        #expect(try store.set("a").headerRevision == Revision(2))
    }

    @Test func versionsAndRevisionsCountAsInEtcd() throws {
        var store = Store.empty()
        try store.set("a", "1")  // 2
        try store.set("a", "1")  // 3: the same value is a change too
        try store.remove(.single("a"))  // 4
        try store.set("a", "2")  // 5
        try store.set("a", "3")  // 6
        let version = try #require(try store.range(RangeOperation(.single("a"))).versions.first)
        #expect(version.createRevision == Revision(5))
        #expect(version.modRevision == Revision(6))
        #expect(version.version == 2)
        #expect(try store.value("a", at: 3) == "1")
        #expect(try store.value("a", at: 4) == nil)
    }

    @Test func aReadThatHasBegunSeesItsMomentWhateverIsWrittenThen() throws {
        var store = Store.empty()
        for number in 0..<600 { try store.set(Bytes("k\(1_000 + number)"), "old") }
        let reads = [
            try store.beginRange(RangeOperation(.all)), try store.beginRange(RangeOperation(.single("k1001"))),
            try store.beginRange(RangeOperation(.prefix("k1"), revision: Revision(300))),
        ]
        let expected = try [
            store.range(RangeOperation(.all)), store.range(RangeOperation(.single("k1001"))),
            store.range(RangeOperation(.prefix("k1"), revision: Revision(300))),
        ]
        for number in 0..<600 { try store.set(Bytes("k\(1_000 + number)"), "new") }
        try store.remove(.prefix("k11"))
        try store.compact(store.head)
        store.commitAll()
        while store.dropCompacted(limit: 1_000) {}
        for (read, expected) in zip(reads, expected) {
            let found = read.run()
            #expect(found.versions.map(\.key) == expected.versions.map(\.key))
            #expect(found.versions.allSatisfy { $0.value == "old" })
            #expect(found.count == expected.count)
            #expect(found.headerRevision == expected.headerRevision)
        }
        #expect(throws: StoreError.emptyKey) { try store.beginRange(RangeOperation(.single(""))) }
        #expect(throws: StoreError.futureRevision) {
            try store.beginRange(RangeOperation(.all, revision: Revision(9_999)))
        }
        #expect(throws: StoreError.compacted) { try store.beginRange(RangeOperation(.all, revision: Revision(2))) }
    }

    @Test func deletingNothingMakesNoRevision() throws {
        var store = Store.empty()
        let result = try store.remove(.all)
        #expect(result.deletedCount == 0)
        #expect(result.headerRevision == Revision(1))
    }

    @Test func aRangeDeleteIsOneRevisionInKeyOrder() throws {
        var store = Store.empty()
        for key in ["c", "a", "b", "d"] as [Bytes] { try store.set(key) }
        let result = try store.delete(DeleteOperation(KeyRange(key: "a", rangeEnd: "d"), wantsPrevious: true))
        #expect(result.headerRevision == Revision(6))
        #expect(result.previous.map(\.key) == ["a", "b", "c"])
        guard case .changes(let changes)? = store.takeRecords().last else {
            Issue.record("no changes recorded")
            return
        }
        #expect(changes.map(\.sub) == [0, 1, 2])
        #expect(changes.allSatisfy { $0.isTombstone && $0.modRevision == Revision(6) })
    }

    @Test(arguments: [
        (PutOperation("", "v"), StoreError.emptyKey),
        (PutOperation("a", "v", keepsValue: true), .valueProvided),
        (PutOperation("a", "v", lease: LeaseID(5), keepsLease: true), .leaseProvided),
        (PutOperation("none", "", keepsValue: true), .keyNotFound),
        (PutOperation("none", "v", keepsLease: true), .keyNotFound),
        (PutOperation("a", "v", lease: LeaseID(404)), .leaseNotFound),
    ])
    func aBadPutIsRefusedAndChangesNothing(operation: PutOperation, error: StoreError) throws {
        var store = Store.empty()
        try store.set("a", "1")
        #expect(throws: error) { try store.put(operation) }
        #expect(store.head == Revision(2))
        #expect(!store.hasPendingRecords)
    }

    @Test func aPutCanKeepTheValueOrTheLease() throws {
        var store = Store.empty()
        _ = try store.grantLease(LeaseID(5), seconds: 60, now: .zero)
        try store.set("a", "1", lease: 5)
        _ = try store.put(PutOperation("a", "2", keepsLease: true))
        store.commitAll()
        #expect(store.leaseStatus(LeaseID(5), wantsKeys: true, now: .zero)?.keys == ["a"])
        _ = try store.put(PutOperation("a", "", keepsValue: true))  // and with lease 0: detached
        store.commitAll()
        #expect(try store.value("a") == "2")
        #expect(store.leaseStatus(LeaseID(5), wantsKeys: true, now: .zero)?.keys == [])
    }

    /// Five keys; versions 3, 1, 2, 1, 1; values "5", "4", …
    private static func rangeStore() throws -> Store {
        var store = Store.empty()
        for (index, key) in (["a", "b", "c", "d", "e"] as [Bytes]).enumerated() {
            try store.set(key, Bytes("\(5 - index)"))  // 2...6
        }
        try store.set("c", "3")  // 7
        try store.set("a", "5")  // 8
        try store.set("a", "5")  // 9
        return store
    }

    @Test(
        arguments: [
            (RangeOperation(.all), ["a", "b", "c", "d", "e"], false),
            (RangeOperation(.all, limit: 2), ["a", "b"], true),
            (RangeOperation(.all, limit: 5), ["a", "b", "c", "d", "e"], false),
            (RangeOperation(.all, limit: -1), ["a", "b", "c", "d", "e"], false),
            (RangeOperation(.all, limit: .max), ["a", "b", "c", "d", "e"], false),
            (RangeOperation(.all, order: .descending), ["e", "d", "c", "b", "a"], false),
            (RangeOperation(.all, limit: 2, order: .descending), ["e", "d"], true),
            (RangeOperation(.all, target: .value), ["e", "d", "c", "b", "a"], false),
            (RangeOperation(.all, limit: 2, order: .ascending, target: .value), ["e", "d"], true),
            (RangeOperation(.all, order: .descending, target: .modRevision), ["a", "c", "e", "d", "b"], false),
            (RangeOperation(.all, order: .ascending, target: .version), ["b", "d", "e", "c", "a"], false),
            (RangeOperation(.all, order: .descending, target: .createRevision), ["e", "d", "c", "b", "a"], false),
            (RangeOperation(.all, minModRevision: 5), ["a", "c", "d", "e"], false),
            (RangeOperation(.all, limit: 1, minModRevision: 5), ["a"], true),
            (RangeOperation(.all, maxModRevision: 6), ["b", "d", "e"], false),
            (RangeOperation(.all, minCreateRevision: 3, maxCreateRevision: 4), ["b", "c"], false),
            (RangeOperation(KeyRange(key: "b", rangeEnd: "d")), ["b", "c"], false),
            (RangeOperation(KeyRange(key: "d", rangeEnd: Bytes([0]))), ["d", "e"], false),
            (RangeOperation(KeyRange(key: "d", rangeEnd: "b")), [], false),
            (RangeOperation(.single("b"), limit: 7), ["b"], false),
            (RangeOperation(.all, isCountOnly: true), [], false),
        ] as [(RangeOperation, [Bytes], Bool)])
    func aRangeSortsFiltersAndLimits(operation: RangeOperation, keys: [Bytes], hasMore: Bool) throws {
        let result = try Self.rangeStore().range(operation)
        #expect(result.versions.map(\.key) == keys)
        #expect(result.hasMore == hasMore)
        // The count is of the range, whatever limit and filters left out.
        #expect(result.count == (try Self.rangeStore().keys(operation.range).count))
    }

    @Test func aRangeReadsThePast() throws {
        let store = try Self.rangeStore()
        #expect(try store.keys(at: 3) == ["a", "b"])
        #expect(throws: StoreError.futureRevision) { try store.keys(at: 10) }
        #expect(try store.keys(at: -5).count == 5)
        #expect(throws: StoreError.emptyKey) { try store.range(RangeOperation(.single(""))) }
    }

    @Test func aFullStoreTakesNothingMoreUntilSomethingIsForgotten() throws {
        var store = Store.empty()
        store.quotaBytes = 1_300
        for _ in 0..<14 { try store.set("a", "12345") }
        #expect(throws: Never.self) { try store.set("a", "12345") }
        #expect(throws: StoreError.noSpace) { try store.set("a", "12345") }
        #expect(throws: StoreError.noSpace) {
            try store.run(Transaction(else: [.transaction(Transaction(then: [.put(PutOperation("b", "1"))]))]))
        }
        #expect(throws: StoreError.noSpace) { try store.grantLease(LeaseID(1), seconds: 9, now: .zero) }
        _ = try store.transact(Transaction(then: [.delete(DeleteOperation(.all))]))
        try store.compact(store.head)
        store.commitAll()
        while store.dropCompacted(limit: 10) {}
        // There is room again, but the alarm has to be ended by hand.
        let alarm = StoreAlarm(memberID: 9, kind: .noSpace)
        #expect(store.alarms == [alarm])
        #expect(throws: StoreError.noSpace) { try store.set("a", "12345") }
        let isEnded = store.deactivate(alarm)
        #expect(isEnded)
        #expect(throws: Never.self) { try store.set("a", "12345") }
    }

    @Test func nothingIsReadBeforeItIsCommitted() throws {
        var store = Store.empty()
        _ = try store.put(PutOperation("a", "1"))
        #expect(try store.keys() == [])
        #expect(throws: StoreError.futureRevision) { try store.keys(at: 2) }
        // The next write builds on it all the same.
        #expect(try store.put(PutOperation("a", "2", wantsPrevious: true)).previous?.value == "1")
        store.commitAll()
        #expect(try store.value("a") == "2")
    }
}

struct CompactionTests {
    @Test func compactionHidesWhatWasBefore() throws {
        var store = Store.empty()
        for value in ["1", "2", "3"] as [Bytes] { try store.set("a", value) }  // 2, 3, 4
        try store.compact(Revision(3))
        store.commitAll()
        #expect(throws: StoreError.compacted) { try store.value("a", at: 2) }
        #expect(try store.value("a", at: 3) == "2")  // the compacted revision itself is served
        #expect(try store.value("a") == "3")
        #expect(throws: StoreError.compacted) { try store.compact(Revision(3)) }
        #expect(throws: StoreError.futureRevision) { try store.compact(Revision(5)) }
        #expect(throws: StoreError.compacted) { try store.compact(Revision(-1)) }
    }

    @Test func revisionZeroMayBeCompactedOnAFreshStore() throws {
        var store = Store.empty()
        try store.compact(Revision(0))
        #expect(throws: StoreError.compacted) { try store.compact(Revision(0)) }
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func dropsInSmallStepsChangeNothingThatCanBeRead(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var store = Store.empty()
        var model: [[Bytes]] = [[], []]  // by revision
        for _ in 0..<300 {
            let key = Bytes.random(using: &generator)
            if Int.random(in: 0..<3, using: &generator) == 0 {
                try store.remove(.single(key))
            } else {
                try store.set(key)
            }
            if model.count <= Int(store.head.number) { model.append(try store.keys()) }
            if Int.random(in: 0..<20, using: &generator) == 0 {
                let target = Revision(Int64.random(in: 0...store.head.number, using: &generator))
                if target > store.compacted { try store.compact(target) }
                store.commitAll()
            }
            _ = store.dropCompacted(limit: 3)
            for revision in max(store.compacted.number, 1)...store.head.number {
                #expect(try store.keys(at: revision) == model[Int(revision)])
            }
        }
    }

    @Test func aKeyRewrittenForEverTakesConstantSpace() throws {
        var store = Store.empty()
        var largest = 0
        for _ in 0..<5_000 {
            _ = try store.put(PutOperation("a", "value"))
            store.compactIfDue(retained: 100)
            store.commitAll()
            _ = store.dropCompacted(limit: 1_000)
            largest = max(largest, store.cost)
        }
        #expect(largest < 120 * 80)
        #expect(try store.value("a", at: store.committed.number - 100) != nil)
    }

    @Test func anUndurableCompactionDropsNothingThatReadersSee() throws {
        var store = Store.empty()
        try store.set("a", "1")
        _ = try store.put(PutOperation("a", "2"))
        try store.compact(Revision(3))
        _ = store.dropCompacted(limit: 100)
        #expect(try store.value("a") == "1")
    }
}
