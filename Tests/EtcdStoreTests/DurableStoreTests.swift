import TestSupport
import EtcdStorage
import EtcdStore
import Logging
import Synchronization
import Testing

/// What a store holds, in a form to compare.
private struct Contents: Equatable {
    var revision: Int64
    var compacted: Int64
    var hash: UInt32
    var values: [String]
    var leases: [Int64]
}

extension DurableStore.Configuration {
    /// Files that end with their last frame, for tests that cut and damage them.
    fileprivate static var withoutRoom: Self {
        var configuration = Self()
        configuration.roomBytes = 0
        return configuration
    }
}

extension DurableStore {
    fileprivate static func open(
        _ files: any LogFiles, seed: UInt64 = 1, configuration: Configuration = .withoutRoom
    ) throws -> DurableStore {
        let generator = Mutex(SeededGenerator(seed: seed))
        return try DurableStore(
            files: files, configuration: configuration, now: { .zero },
            makeNumber: { generator.withLock { $0.next() } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    fileprivate func write<Value: Sendable>(
        _ body: @escaping @Sendable (inout Store, Duration) throws(StoreError) -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            self.submit(body) { continuation.resume(with: $0) }
        }
    }

    @discardableResult
    fileprivate func put(_ key: Bytes, _ value: Bytes, lease: Int64 = 0) async throws -> Int64 {
        let operation = PutOperation(key, value, lease: LeaseID(lease))
        return try await self.write { store, _ throws(StoreError) in try store.put(operation) }.headerRevision.number
    }

    fileprivate func contents() throws -> Contents {
        try self.withStore { store in
            let range = try store.range(RangeOperation(.all))
            return Contents(
                revision: range.headerRevision.number, compacted: store.compacted.number,
                hash: try store.historyHash(through: Revision(0)).checksum(),
                values: range.versions.map { "\($0.key)=\($0.value)@\($0.modRevision)#\($0.version)/\($0.lease)" },
                leases: store.leaseIDs().map(\.number).sorted())
        }
    }
}

struct DurableStoreTests {
    private let log = "log-0000000001"

    /// A store with a bit of everything in it.
    private func fill(_ store: DurableStore) async throws {
        _ = try await store.write { store, now throws(StoreError) in
            try store.grantLease(LeaseID(-3), seconds: 60, now: now)
        }
        _ = try await store.write { store, now throws(StoreError) in
            try store.grantLease(LeaseID(8), seconds: 60, now: now)
        }
        for value in 1...5 { try await store.put("a", Bytes("\(value)"), lease: value == 5 ? -3 : 0) }
        try await store.put("empty", "")
        try await store.put("gone", "soon", lease: 8)
        _ = try await store.write { store, _ throws(StoreError) in try store.revokeLease(LeaseID(8)) }
        let transaction = Transaction(then: [.put(PutOperation("t1", "x")), .delete(DeleteOperation(.single("a")))])
        _ = try await store.write { store, _ throws(StoreError) in try store.run(transaction) }
        try await store.put("a", "back", lease: -3)
        _ = try await store.write { store, _ throws(StoreError) in try store.compact(Revision(4)) }
        try await store.put("last", "one")
    }

    @Test func aRestartFindsEverythingAsItWas() async throws {
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files)
        try await self.fill(store)
        let before = try store.contents()
        let identity = store.withStore { $0.identity }
        await store.close()

        let again = try DurableStore.open(files, seed: 2)
        #expect(try again.contents() == before)
        #expect(again.withStore { $0.identity } == identity)
        #expect(again.withStore { $0.leaseStatus(LeaseID(-3), wantsKeys: true, now: .zero)?.keys } == ["a"])
        #expect(again.withStore { $0.leaseStatus(LeaseID(-3), wantsKeys: true, now: .zero)?.remainingSeconds } == 60)
        // And it can be written on.
        let revision = try await again.put("more", "1")
        #expect(revision == before.revision + 1)
    }

    @Test func writesThatWaitTogetherShareOneSync() async throws {
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files)
        let syncsBefore = files.syncCount
        let count = 500
        let answered = Mutex(0)
        for index in 0..<count {
            store.submit({ store, _ throws(StoreError) in try store.put(PutOperation(Bytes("k\(index)"), "v")) }) { _ in
                answered.withLock { $0 += 1 }
            }
        }
        try await store.put("end", "v")
        #expect(answered.withLock { $0 } == count)
        #expect(files.syncCount - syncsBefore < count / 2)
        await store.close()
    }

    @Test func aLogCutAnywhereInItsLastFramesLosesOnlyUnfinishedOnes() async throws {
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files)
        var ends: [(size: Int, contents: Contents)] = []
        try await self.fill(store)
        for value in ["x", "y", "z"] as [Bytes] {
            try await store.put("tail", value)
            ends.append((try #require(files.contents[self.log]).count, try store.contents()))
        }
        await store.close()
        let whole = try #require(files.contents[self.log])
        for size in ends[0].size...whole.count {
            var contents = files.contents
            contents[self.log] = Array(whole[..<size])
            let cut = MemoryLogFiles(contents)
            let recovered = try DurableStore.open(cut, seed: 3)
            let expected = try #require(ends.last { $0.size <= size })
            #expect(try recovered.contents() == expected.contents, "cut at \(size)")
            // What is written after the cut is found by the next start.
            try await recovered.put("after", "cut")
            let after = try recovered.contents()
            await recovered.close()
            #expect(try DurableStore.open(cut, seed: 4).contents() == after, "cut at \(size)")
        }
    }

    @Test func roomBehindTheLastFrameIsNoDamage() async throws {
        var configuration = DurableStore.Configuration()
        configuration.roomBytes = 5_000
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files, configuration: configuration)
        try await self.fill(store)
        let before = try store.contents()
        await store.close()
        #expect(try #require(files.contents[self.log]).count == 5_000)
        for round in 0..<3 {
            let again = try DurableStore.open(files, configuration: configuration)
            #expect(try again.contents().values.count == before.values.count + round)
            try await again.put(Bytes("round \(round)"), "v")
            await again.close()
        }
        #expect(files.contents.keys.sorted() == [self.log, "snapshot-0000000001"], "nothing was torn")
    }

    @Test func aFrameTornWithinRoomIsCutOffAndKept() async throws {
        var configuration = DurableStore.Configuration()
        configuration.roomBytes = 5_000
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files, configuration: configuration)
        try await self.fill(store)
        let before = try store.contents()
        let begin = try #require(files.contents[self.log]?.lastIndex { $0 != 0 }) + 1
        try await store.put("torn", Bytes([UInt8](repeating: 7, count: 100)))
        await store.close()
        for kept in [0, 1, 21, 60] {
            var contents = files.contents
            for index in (begin + kept)..<5_000 { contents[self.log]?[index] = 0 }
            let torn = MemoryLogFiles(contents)
            let recovered = try DurableStore.open(torn, seed: 3, configuration: configuration)
            #expect(try recovered.contents() == before, "\(kept) bytes were kept")
            try await recovered.put("after", "cut")
            let after = try recovered.contents()
            await recovered.close()
            #expect(try DurableStore.open(torn, seed: 4, configuration: configuration).contents() == after)
            let copy = torn.contents["torn-log-0000000001"]
            #expect((copy?.count ?? 0) <= kept)
            #expect((copy != nil) == (kept > 0))
        }
    }

    @Test func aDamagedMiddleRefusesToStartAndNamesTheFileAndTheRemedy() async throws {
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files)
        try await self.fill(store)
        await store.close()
        let whole = try #require(files.contents[self.log])
        let lastFrame = whole.count - 60
        for offset in stride(from: 0, to: lastFrame, by: 3) {
            var contents = files.contents
            contents[self.log]?[offset] ^= 0x10
            let error = #expect(throws: StorageError.self) { try DurableStore.open(MemoryLogFiles(contents)) }
            #expect(error?.code == .corrupt, "byte \(offset)")
            #expect(error?.message.contains(self.log) == true)
            #expect(error?.message.contains("backup") == true)
        }
    }

    @Test func aDamagedSnapshotRefusesToStart() async throws {
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files)
        try await self.fill(store)
        #expect(await withCheckedContinuation { done in store.rewriteNow { done.resume(returning: $0) } })
        await store.close()
        let name = "snapshot-0000000002"
        let size = try #require(files.contents[name]).count
        for offset in stride(from: 0, to: size, by: 7) {
            var contents = files.contents
            contents[name]?[offset] ^= 0x01
            #expect(throws: StorageError.self, "byte \(offset)") { try DurableStore.open(MemoryLogFiles(contents)) }
        }
        for missing in [name, "log-0000000002"] {
            var contents = files.contents
            contents[missing] = nil
            #expect(throws: StorageError.self, "\(missing)") { try DurableStore.open(MemoryLogFiles(contents)) }
        }
    }

    @Test func aRewrittenLogHoldsTheSame() async throws {
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files)
        try await self.fill(store)
        let isDone = await withCheckedContinuation { done in store.rewriteNow { done.resume(returning: $0) } }
        #expect(isDone)
        try await store.put("after", "rewrite")
        let before = try store.contents()
        await store.close()
        #expect(files.contents.keys.sorted() == ["log-0000000002", "snapshot-0000000002"])
        #expect(try DurableStore.open(files).contents() == before)
    }

    @Test func aKeyRewrittenForEverLeavesTheFilesSmall() async throws {
        var configuration = DurableStore.Configuration()
        configuration.retainedRevisions = 50
        configuration.rewriteBytes = 20_000
        configuration.roomBytes = 4_000
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files, configuration: configuration)
        for value in 0..<3_000 { try await store.put("a", Bytes("value \(value)")) }
        let before = try store.contents()
        await store.close()
        let size = files.contents.values.reduce(0) { $0 + $1.count }
        #expect(size < 100_000, "\(files.contents.mapValues(\.count))")
        #expect(try DurableStore.open(files, configuration: configuration).contents() == before)
    }

    @Test func aDiskThatFailsAcknowledgesNothingMoreAndShowsNothingUndurable() async throws {
        let files = MemoryLogFiles()
        let store = try DurableStore.open(files)
        try await store.put("a", "1")
        let failure = Mutex<StorageError?>(nil)
        store.onFailure { error in failure.withLock { $0 = error } }
        files.failAfter(1)  // the append works, the sync does not
        await #expect(throws: StoreError.stopped) { try await store.put("a", "2") }
        #expect(failure.withLock { $0?.message }?.contains("No space") == true)
        #expect(try store.contents().values == ["a=1@2#1/0"])
        await #expect(throws: StoreError.stopped) { try await store.put("a", "3") }
        await store.close()
    }

    /// Crashes at every operation of the disk, in every way a disk may lose what was not synced.
    @Test(arguments: Array(100..<140) as [UInt64])
    func noAcknowledgedWriteIsLostInACrash(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var configuration = DurableStore.Configuration()
        configuration.rewriteBytes = 600
        configuration.retainedRevisions = 20
        configuration.roomBytes = [0, 100, 300, 2_000].randomElement(using: &generator) ?? 0
        var files = MemoryLogFiles()
        var acknowledged: [Bytes: Int64] = [:]
        var attempted: [Bytes: Int64] = [:]
        for round in 0..<8 {
            let store = try DurableStore.open(files, seed: seed &+ UInt64(round), configuration: configuration)
            for (key, revision) in acknowledged {
                let found = try store.withStore { try $0.range(RangeOperation(.single(key))) }.versions.first
                let mod = found?.modRevision.number ?? 0
                #expect(
                    mod == revision || mod == attempted[key],
                    "seed \(seed), round \(round): \(key) is at \(mod), acknowledged was \(revision)")
            }
            attempted = [:]
            files.failAfter(Int.random(in: 0..<60, using: &generator))
            for _ in 0..<100 {
                let key = Bytes("k\(Int.random(in: 0..<5, using: &generator))")
                let next = store.withStore { $0.committed.next.number }
                do {
                    acknowledged[key] = try await store.put(key, Bytes("\(next)"))
                } catch {
                    // It may have happened or not; after the restart it is one of the two.
                    attempted[key] = next
                    break
                }
            }
            await store.close()
            files = files.afterCrash(using: &generator)
            let settled = try DurableStore.open(files, seed: seed, configuration: configuration)
            for (key, revision) in attempted {
                let found = try settled.withStore { try $0.range(RangeOperation(.single(key))) }.versions.first
                if found?.modRevision.number == revision { acknowledged[key] = revision }
            }
            await settled.close()
        }
    }

    @Test func theQueueRefusesWhatIsTooMuch() async throws {
        var configuration = DurableStore.Configuration()
        configuration.queuedBytesMaximum = 1_000
        let store = try DurableStore.open(MemoryLogFiles(), configuration: configuration)
        let outcomes = Mutex<[Bool]>([])
        for index in 0..<10_000 {
            store.submit(
                cost: 500,
                { store, _ throws(StoreError) in
                    try store.put(PutOperation(Bytes("k\(index)"), "v"))
                }
            ) { result in
                switch result {
                case .success: outcomes.withLock { $0.append(true) }
                case .failure(let error):
                    #expect(error == .tooManyRequests)
                    outcomes.withLock { $0.append(false) }
                }
            }
        }
        await store.close()
        let accepted = outcomes.withLock { $0.count { $0 } }
        #expect(outcomes.withLock { $0.count } == 10_000)
        #expect(accepted > 0)
        #expect(store.withStore { $0.keyCount } == accepted)
    }
}
