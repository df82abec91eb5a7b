import TestSupport
import EtcdStore
import Testing

struct WatchTests {
    /// A response, short enough to compare.
    private func describe(_ batch: WatchBatch) -> [String] {
        batch.responses.map { response in
            let head = "\(response.watchID)@\(response.headerRevision)"
            switch response.content {
            case .created: return "\(head) created"
            case .canceled: return "\(head) canceled"
            case .progress: return "\(head) progress"
            case .refused(let reason): return "\(head) refused: \(reason)"
            case .compacted(let revision): return "\(head) compacted \(revision)"
            case .events(let events, let isFragment):
                let list = events.map { event in
                    let change = event.change
                    let text = change.isTombstone ? "\(change.key)-" : "\(change.key)=\(change.value)"
                    return "\(text)@\(change.modRevision)" + (event.previous.map { "<\($0.value)" } ?? "")
                }
                return "\(head) \(list.joined(separator: " "))" + (isFragment ? " …" : "")
            }
        }
    }

    private func takeAll(_ stream: WatchStreamID, of store: inout Store) -> [String] {
        var taken: [String] = []
        while true {
            let batch = store.takeWatchResponses(stream, limit: 64)
            taken += self.describe(batch)
            if !batch.hasMore { return taken }
        }
    }

    @Test func aWatchHearsWhatIsCommittedAfterItsHeader() throws {
        var store = Store.empty()
        try store.set("a", "0")
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.single("a")), on: stream)
        #expect(self.takeAll(stream, of: &store) == ["0@2 created"])
        _ = try store.put(PutOperation("a", "1"))
        #expect(self.takeAll(stream, of: &store) == [])  // not durable yet
        #expect(store.commitAll() == [stream])
        #expect(self.takeAll(stream, of: &store) == ["0@3 a=1@3"])
        try store.set("b")
        try store.remove(.single("a"))
        #expect(self.takeAll(stream, of: &store) == ["0@5 a-@5"])
    }

    @Test func aStreamIsWokenOnceUntilItHasTakenAll() throws {
        var store = Store.empty()
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all), on: stream)
        _ = self.takeAll(stream, of: &store)
        _ = try store.put(PutOperation("a", "1"))
        #expect(store.commitAll() == [stream])
        _ = try store.put(PutOperation("a", "2"))
        #expect(store.commitAll() == [])
        #expect(self.takeAll(stream, of: &store) == ["0@2 a=1@2", "0@3 a=2@3"])
        _ = try store.put(PutOperation("a", "3"))
        #expect(store.commitAll() == [stream])
    }

    @Test func historyComesFirstAndInWholeRevisions() throws {
        var limits = WatchHub.Limits()
        limits.revisionsPerCatchUp = 2
        var store = Store.empty(watchLimits: limits)
        try store.set("a", "1")  // 2
        try store.transact(Transaction(then: [.put(PutOperation("b", "1")), .put(PutOperation("c", "1"))]))  // 3
        try store.set("a", "2")  // 4
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all, startRevision: Revision(2)), on: stream)
        #expect(
            self.takeAll(stream, of: &store) == [
                "0@4 created", "0@4 a=1@2 b=1@3 c=1@3", "0@4 a=2@4",
            ])
        try store.set("a", "3")
        #expect(self.takeAll(stream, of: &store) == ["0@5 a=3@5"])
    }

    @Test func aTransactionIsNeverSplitOverResponses() throws {
        var store = Store.empty()
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all), on: stream)
        try store.transact(
            Transaction(
                then: (0..<128).map { .put(PutOperation(Bytes("k\($0)"), Bytes([UInt8](repeating: 0, count: 9_000)))) })
        )
        let batch = store.takeWatchResponses(stream, limit: 64)
        #expect(batch.responses.count == 2)
        guard case .events(let events, false)? = batch.responses.last?.content else {
            Issue.record("no whole revision")
            return
        }
        #expect(events.map(\.change.sub) == Array(0..<128))
    }

    @Test func fragmentsSplitALargeRevisionOnlyWhereTheyWereAskedFor() throws {
        var limits = WatchHub.Limits()
        limits.fragmentBytes = 200
        var store = Store.empty(watchLimits: limits)
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all, wantsFragments: true), on: stream)
        store.createWatch(WatchRequest(.all), on: stream)
        _ = self.takeAll(stream, of: &store)
        try store.transact(Transaction(then: (0..<5).map { .put(PutOperation(Bytes("k\($0)"), "v")) }))
        #expect(
            self.takeAll(stream, of: &store) == [
                "0@2 k0=v@2 k1=v@2 …", "0@2 k2=v@2 k3=v@2 …", "0@2 k4=v@2",
                "1@2 k0=v@2 k1=v@2 k2=v@2 k3=v@2 k4=v@2",
            ])
    }

    @Test func aSlowStreamFallsBackToHistoryAndLosesNothing() throws {
        var limits = WatchHub.Limits()
        limits.responsesPerStream = 3
        var store = Store.empty(watchLimits: limits)
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.prefix("a")), on: stream)
        _ = self.takeAll(stream, of: &store)
        for value in 1...50 { try store.set("a", Bytes("\(value)")) }
        let taken = self.takeAll(stream, of: &store)
        #expect(taken.count < 50)
        let events = taken.flatMap { $0.split(separator: " ").dropFirst() }
        #expect(events == (1...50).map { "a=\($0)@\($0 + 1)" })
        try store.set("a", "51")
        #expect(self.takeAll(stream, of: &store) == ["0@52 a=51@52"])
    }

    @Test func aWatcherOvertakenByCompactionIsToldAndNeverSkippedForward() throws {
        var limits = WatchHub.Limits()
        limits.responsesPerStream = 2
        var store = Store.empty(watchLimits: limits)
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all), on: stream)
        _ = self.takeAll(stream, of: &store)
        for value in 1...10 { try store.set("a", Bytes("\(value)")) }
        try store.compact(Revision(9))
        store.commitAll()
        #expect(self.takeAll(stream, of: &store) == ["0@2 a=1@2", "0@3 a=2@3", "0@0 compacted 9"])
        store.cancelWatch(0, on: stream)  // answered as for a living one
        store.cancelWatch(0, on: stream)  // and then not any more
        #expect(self.takeAll(stream, of: &store) == ["0@11 canceled"])
        #expect(store.watcherCount == 0)
    }

    @Test func aCompactedStartIsRefusedAfterItsCreationAndTheCompactedRevisionItselfIsServed() throws {
        var store = Store.empty()
        for value in 1...4 { try store.set("a", Bytes("\(value)")) }  // 2...5
        try store.remove(.single("a"))  // 6
        try store.set("b")  // 7
        try store.compact(Revision(6))
        store.commitAll()
        while store.dropCompacted(limit: 1) {}
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all, startRevision: Revision(5)), on: stream)
        store.createWatch(WatchRequest(.all, startRevision: Revision(6)), on: stream)
        #expect(
            self.takeAll(stream, of: &store) == [
                "0@7 created", "1@7 created", "0@0 compacted 6", "1@7 a-@6 b=v@7",
            ])
    }

    @Test(
        arguments: [
            (WatchRequest(KeyRange(key: "b", rangeEnd: "a")), "mvcc: watcher range is empty"),
            (WatchRequest(KeyRange(key: "b", rangeEnd: "b")), "mvcc: watcher range is empty"),
            (
                WatchRequest(.all, startRevision: Revision(-1)),
                "etcdserver: mvcc: required revision has been compacted"
            ),
            (WatchRequest(.all, watchID: 7), "mvcc: duplicate watch ID provided on the WatchStream"),
        ] as [(WatchRequest, String)])
    func aBadWatchIsRefusedWithEtcdsReason(request: WatchRequest, reason: String) throws {
        var store = Store.empty()
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all, watchID: 7), on: stream)
        store.createWatch(request, on: stream)
        #expect(self.takeAll(stream, of: &store) == ["7@1 created", "-1@1 refused: \(reason)"])
    }

    @Test func watchesAreNumberedFromZeroAroundTheOnesTheClientChose() throws {
        var store = Store.empty()
        let stream = store.openWatchStream()
        for id in [0, 1, 0, 0, -5] as [Int64] { store.createWatch(WatchRequest(.all, watchID: id), on: stream) }
        #expect(
            self.takeAll(stream, of: &store) == [
                "0@1 created", "1@1 created", "2@1 created", "3@1 created", "-5@1 created",
            ])
    }

    @Test func filtersAndPreviousValues() throws {
        var store = Store.empty()
        try store.set("a", "1")
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all, skipsPuts: true), on: stream)
        store.createWatch(WatchRequest(.all, wantsPrevious: true, skipsDeletes: true), on: stream)
        store.createWatch(WatchRequest(.all, startRevision: Revision(2), wantsPrevious: true), on: stream)
        _ = self.takeAll(stream, of: &store)
        try store.set("a", "2")
        try store.remove(.single("a"))
        try store.set("a", "3")
        #expect(
            self.takeAll(stream, of: &store) == [
                "1@3 a=2@3<1", "2@3 a=2@3<1", "0@4 a-@4", "2@4 a-@4<2", "1@5 a=3@5", "2@5 a=3@5",
            ])
    }

    @Test func aPreviousValueThatIsCompactedIsLeftOut() throws {
        var store = Store.empty()
        try store.set("a", "1")  // 2
        try store.set("a", "2")  // 3
        try store.compact(Revision(3))
        store.commitAll()
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all, startRevision: Revision(3), wantsPrevious: true), on: stream)
        #expect(self.takeAll(stream, of: &store).last == "0@3 a=2@3")
    }

    @Test func aWatchOfTheFutureWaitsForIt() throws {
        var store = Store.empty()
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.all, startRevision: Revision(4)), on: stream)
        store.requestWatchProgress(on: stream)
        for value in 1...3 { try store.set("a", Bytes("\(value)")) }  // 2, 3, 4
        // Progress has to wait until no watch of the stream is in the future.
        #expect(self.takeAll(stream, of: &store) == ["0@1 created", "0@4 a=3@4", "-1@4 progress"])
    }

    @Test func progressComesAfterAllThatCameBeforeIt() throws {
        var limits = WatchHub.Limits()
        limits.responsesPerStream = 1
        var store = Store.empty(watchLimits: limits)
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.single("a")), on: stream)
        for value in 1...5 { try store.set("a", Bytes("\(value)")) }
        store.requestWatchProgress(on: stream)
        let taken = self.takeAll(stream, of: &store)
        #expect(taken.last == "-1@6 progress")
        #expect(taken.dropLast().last?.hasSuffix("a=5@6") == true)
    }

    @Test func periodicProgressIsOnlyForWatchesThatHeardNothing() throws {
        var store = Store.empty()
        let stream = store.openWatchStream()
        store.createWatch(WatchRequest(.single("a"), wantsProgress: true), on: stream)
        store.createWatch(WatchRequest(.single("b"), wantsProgress: true), on: stream)
        store.createWatch(WatchRequest(.single("c")), on: stream)
        try store.set("a", "1")
        _ = self.takeAll(stream, of: &store)
        #expect(store.reportWatchProgress() == [stream])
        #expect(self.takeAll(stream, of: &store) == ["1@2 progress"])
        _ = store.reportWatchProgress()
        #expect(Set(self.takeAll(stream, of: &store)) == ["0@2 progress", "1@2 progress"])
    }

    @Test func aClosedStreamLeavesNothingBehind() throws {
        var store = Store.empty()
        let stream = store.openWatchStream()
        for index in 0..<1_000 { store.createWatch(WatchRequest(.single(Bytes("k\(index % 7)"))), on: stream) }
        store.createWatch(WatchRequest(KeyRange(key: "a", rangeEnd: "x"), startRevision: Revision(1)), on: stream)
        store.closeWatchStream(stream)
        #expect(store.watcherCount == 0)
        #expect(store.watchStreamCount == 0)
        try store.set("k1")
    }

    @Test func aClientThatNeverReadsItsAnswersIsFoundOut() throws {
        var limits = WatchHub.Limits()
        limits.unreadAnswersPerStream = 10
        var store = Store.empty(watchLimits: limits)
        let stream = store.openWatchStream()
        for _ in 0..<10 { store.cancelWatch(0, on: stream) }
        #expect(!store.isWatchStreamFlooded(stream))
        for _ in 0..<11 { store.createWatch(WatchRequest(KeyRange(key: "b", rangeEnd: "a")), on: stream) }
        #expect(store.isWatchStreamFlooded(stream))
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func everyWatcherHearsExactlyWhatItAskedForHoweverSlowItIs(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var limits = WatchHub.Limits()
        limits.responsesPerStream = 4
        limits.revisionsPerCatchUp = 3
        var store = Store.empty(watchLimits: limits)
        struct Follower {
            let stream: WatchStreamID
            let range: KeyRange
            let from: Revision
            var heard: [String] = []
        }
        var followers: [Follower] = []
        var history: [KeyVersion] = []
        for _ in 0..<400 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0 where followers.count < 12:
                let key = Bytes.random(using: &generator)
                let range = [KeyRange.single(key), .prefix(key), .all][Int.random(in: 0..<3, using: &generator)]
                let from = Revision(Int64.random(in: 1...store.committed.number + 2, using: &generator))
                let stream = store.openWatchStream()
                store.createWatch(WatchRequest(range, startRevision: from), on: stream)
                followers.append(Follower(stream: stream, range: range, from: from))
            case 1:
                _ = try store.delete(DeleteOperation(.prefix(Bytes.random(using: &generator, length: 1...2))))
            case 2:
                let keys = Set((0..<3).map { _ in Bytes.random(using: &generator) })
                _ = try store.run(Transaction(then: keys.sorted().map { .put(PutOperation($0, "t")) }))
            case 3, 4:
                if let index = followers.indices.randomElement(using: &generator) {
                    let batch = store.takeWatchResponses(followers[index].stream, limit: 2)
                    followers[index].heard += self.describe(batch)
                }
            default:
                _ = try store.put(PutOperation(Bytes.random(using: &generator), "v"))
            }
            if Int.random(in: 0..<2, using: &generator) == 0 {
                for case .changes(let changes) in store.takeRecords() { history += changes }
                _ = store.commit()
            }
        }
        for case .changes(let changes) in store.takeRecords() { history += changes }
        _ = store.commit()
        for var follower in followers {
            follower.heard += self.takeAll(follower.stream, of: &store)
            let events = follower.heard.filter { !$0.hasSuffix("created") }
                .map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
            let expected = history.filter { $0.modRevision >= follower.from && follower.range.contains($0.key) }
                .map { ($0.isTombstone ? "\($0.key)-" : "\($0.key)=\($0.value)") + "@\($0.modRevision)" }
            #expect(events.joined(separator: " ") == expected.joined(separator: " "), "seed \(seed)")
        }
    }
}
