import EtcdStorage
import EtcdStore
import Logging
import Synchronization
import TestSupport
import Testing

/// Power lost at any moment, on a disk that may then have any part of what no sync covered: every acknowledged change is
/// there afterwards, and nothing that nobody asked for.
struct CrashTests {
    /// Sixty disks a seed, eight crashes each. Replay one with `VITRINE_SOAK_SEED=… swift test --filter CrashTests`.
    @Test(.timeLimit(.minutes(60)))
    func everyAcknowledgedChangeSurvivesEveryCrash() async throws {
        for seed in SoakSeeds.all {
            print("crash test: seed \(seed)")
            for disk in 0..<60 as Range<UInt64> { try await self.crash(seed: seed &* 60 &+ disk) }
        }
    }

    private func crash(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var files = MemoryLogFiles()
        // Each state that may be found: what was acknowledged last, or one that was on its way beyond it.
        var possible: [String] = []
        for round in 0..<8 {
            let store: DurableStore
            do {
                store = try Self.open(
                    files, seed: seed &+ UInt64(round), roomBytes: [0, 100, 4_096][Int(seed % 3)])
            } catch {
                Issue.record("seed \(seed), round \(round): the store does not start: \(error)")
                return
            }
            let found = Self.contents(store)
            #expect(
                possible.isEmpty || possible.contains(found),
                "seed \(seed), round \(round):\nfound \(found)\nnot among \(possible.suffix(3))")
            possible = [found]
            files.failAfter(Int.random(in: 0..<70, using: &generator))
            for _ in 0..<100 {
                let change = Self.change(using: &generator)
                let isHere = Bool.random(using: &generator)
                let isAcknowledged = await Self.submit(change, to: store, isHere: isHere)
                // The state the writer got to, whether it is durable or not.
                possible.append(Self.contents(store, atHead: true))
                if !isAcknowledged { break }
                possible.removeFirst(possible.count - 1)
            }
            if Bool.random(using: &generator) { store.mark() }
            files = files.afterCrash(using: &generator)
            await store.close()
        }
    }

    /// - Parameter roomBytes: How much room the log makes at a time.
    private static func open(_ files: any LogFiles, seed: UInt64, roomBytes: Int = 0) throws -> DurableStore {
        var configuration = DurableStore.Configuration()
        configuration.roomBytes = roomBytes
        configuration.rewriteBytes = 600
        configuration.retainedRevisions = 20
        let generator = Mutex(SeededGenerator(seed: seed))
        return try DurableStore(
            files: files, configuration: configuration, now: { .zero },
            makeNumber: { generator.withLock { $0.next() } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private typealias Change = @Sendable (inout Store, Duration) throws(StoreError) -> Void

    private static func change(using generator: inout SeededGenerator) -> Change {
        let key = Bytes("k\(Int.random(in: 0..<5, using: &generator))")
        let value = Bytes("\(UInt64.random(in: 0..<1_000_000, using: &generator))")
        let number = Int64.random(in: 1...3, using: &generator)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0:
            return { store, now throws(StoreError) in _ = try? store.grantLease(LeaseID(number), seconds: 60, now: now)
            }
        case 1: return { store, _ throws(StoreError) in try? store.revokeLease(LeaseID(number)) }
        case 2: return { store, _ throws(StoreError) in _ = try store.delete(DeleteOperation(.single(key))) }
        case 3:
            return { store, _ throws(StoreError) in
                _ = try store.run(Transaction(then: [.put(PutOperation(key, value)), .put(PutOperation("t", value))]))
            }
        case 4:
            return { store, _ throws(StoreError) in try? store.changeAuth(.addUser("u\(number)", passwordHash: "h")) }
        case 5: return { store, _ throws(StoreError) in try? store.changeAuth(.deleteUser("u\(number)")) }
        case 6:
            return { store, _ throws(StoreError) in
                let alarm = StoreAlarm(memberID: UInt64(number), kind: .noSpace)
                // Both in one batch: an alarm that stayed would stop everything else.
                store.activate(alarm)
                _ = store.deactivate(alarm)
            }
        default:
            return { store, _ throws(StoreError) in
                let lease = store.leaseStatus(LeaseID(number), wantsKeys: false, now: .zero) != nil ? number : 0
                _ = try store.put(PutOperation(key, value, lease: LeaseID(lease)))
            }
        }
    }

    /// - Parameter isHere: Whether on this thread, if the store likes to.
    private static func submit(_ change: @escaping Change, to store: DurableStore, isHere: Bool = false) async -> Bool {
        await withCheckedContinuation { continuation in
            store.submit(here: isHere ? { $0() } : nil, change) { result in
                if case .success = result {
                    continuation.resume(returning: true)
                } else {
                    continuation.resume(returning: false)
                }
            }
        }
    }

    /// Keys with all their numbers, leases, users and revisions.
    private static func contents(_ store: DurableStore, atHead: Bool = false) -> String {
        store.withStore { store in
            var copy = store
            if atHead {
                _ = copy.takeRecords()
                _ = copy.commit()
            }
            let range = try? copy.range(RangeOperation(.all))
            let keys = range?.versions.map {
                "\($0.key)=\($0.value)@\($0.createRevision)-\($0.modRevision)#\($0.version)/\($0.lease)"
            }
            return
                """
                \(copy.head) \(copy.compacted) \(copy.appliedIndex) \(keys ?? []) \(copy.leaseIDs().sorted()) \
                \(copy.auth.userNames) \(copy.auth.revision)
                """
        }
    }

    /// The very last frame, damaged after it was finished: told from an unfinished end by the mark behind it.
    @Test func aDamagedLastFrameIsNotTakenForAnUnfinishedEnd() async throws {
        let files = MemoryLogFiles()
        let store = try Self.open(files, seed: 1)
        let name = "log-0000000001"
        _ = await Self.submit({ store, _ throws(StoreError) in _ = try store.put(PutOperation("a", "1")) }, to: store)
        let start = try #require(files.contents[name]).count
        _ = await Self.submit({ store, _ throws(StoreError) in _ = try store.put(PutOperation("a", "2")) }, to: store)
        let end = try #require(files.contents[name]).count
        // Without a mark nobody can tell: it is cut, and its bytes are kept aside.
        var contents = files.contents
        contents[name]?[end - 1] ^= 1
        let cut = MemoryLogFiles(contents)
        let recovered = try Self.open(cut, seed: 2)
        #expect(Self.contents(recovered).contains("a=1@2-2"))
        #expect(cut.contents["torn-\(name)"]?.count == end - start)
        // With one, which a pause or an orderly end leaves, it is damage.
        await store.close()
        for offset in start..<end {
            var contents = files.contents
            contents[name]?[offset] ^= 1
            let error = #expect(throws: StorageError.self) { try Self.open(MemoryLogFiles(contents), seed: 3) }
            #expect(error?.code == .corrupt, "byte \(offset)")
        }
        // A mark that was cut off itself is missed by nobody.
        contents = files.contents
        contents[name]?.removeLast(5)
        #expect(Self.contents(try Self.open(MemoryLogFiles(contents), seed: 4)).contains("a=2@2-3"))
    }
}
