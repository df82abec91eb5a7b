import EtcdTransport
import EtcdWire
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

/// The store as a process of its own, killed at random moments while clients write, read and watch: every answer has to
/// fit into one order, and every watch has to hear exactly what happened.
@Suite(.serialized)
struct KillTests {
    /// Ten kills a seed. Replay one with `VITRINE_SOAK_SEED=… swift test --filter KillTests`.
    @Test(.timeLimit(.minutes(60)))
    func noKillBreaksTheOrderNorLosesAnAnsweredWrite() async throws {
        for seed in SoakSeeds.all {
            print("kill test: seed \(seed)")
            try await withTemporaryFolder { folder in
                var run = try KillRun(folder: folder, seed: seed)
                let counts = try await run.run(kills: 10)
                // Too little would prove nothing.
                #expect(counts.answered > 200, "seed \(seed): \(counts)")
                #expect(counts.events > 50, "seed \(seed): \(counts)")
            }
        }
    }
}

/// Kills one store again and again.
private struct KillRun {
    typealias Operation = Linearizability.Operation<StoreModel.Input, StoreModel.Output>

    private let folder: String
    private let seed: UInt64
    private let port: Int
    private var generator: SeededGenerator
    private static let clients = 6
    private static let keys = 3

    struct Counts {
        var answered = 0
        var unanswered = 0
        var events = 0
    }

    init(folder: String, seed: UInt64) throws {
        self.folder = folder
        self.seed = seed
        self.port = try FreePort.next()
        self.generator = SeededGenerator(seed: seed)
    }

    mutating func run(kills: Int) async throws -> Counts {
        var counts = Counts()
        var heard: [WatchedEvent] = []
        var history: [String: [Operation]] = [:]
        for number in 0..<kills {
            // Unanswered writes stay possible for ever; new keys now and then keep the search short.
            let epoch = number / 2
            let process = try self.start()
            let client = try await self.connect()
            let limit = Int(self.generator.number(20...160))
            let recorded = try await self.work(
                epoch: epoch, until: limit, seed: self.seed &* 1_000 &+ UInt64(number), client: client,
                process: process,
                heard: &heard)
            for (group, operations) in recorded { history[group, default: []] += operations }
            await client.close()
        }
        // What is there in the end closes every history.
        let process = try self.start()
        let client = try await self.connect()
        for (group, operations) in history.sorted(by: { $0.key < $1.key }) {
            let call = ContinuousClock.now
            let values = try await Self.read(group, client).get()
            let last = Operation(.read, .values(values), call: call, end: .now)
            #expect(
                Linearizability.check(StoreModel.self, operations + [last]) == .linearizable,
                "seed \(self.seed), keys \(group): no order explains \(operations.count) operations; in the end \(values)"
            )
            counts.answered += operations.count { $0.output != nil }
            counts.unanswered += operations.count { $0.output == nil }
        }
        try await self.validate(heard, client)
        counts.events = heard.count
        await client.close()
        process.kill()
        return counts
    }

    private func start() throws -> ChildProcess {
        try ChildProcess(
            BuiltProgram.store, ["--data", self.folder + "/store", "--listen", "127.0.0.1:\(self.port)"],
            log: self.folder + "/store.log")
    }

    private func connect() async throws -> RawClient {
        let log = self.folder + "/store.log"
        return try await eventually("the store's start; it printed: \(log)") {
            let client = try await RawClient.connect(port: self.port)
            if case .success = await Self.read("ready", client) { return client }
            await client.close()
            return nil
        }
    }

    /// Lets clients work until enough is answered, and kills the store in the midst of it.
    private func work(
        epoch: Int, until limit: Int, seed: UInt64, client: RawClient, process: ChildProcess,
        heard: inout [WatchedEvent]
    ) async throws -> [String: [Operation]] {
        let answered = Shared(0)
        let recorded = Shared<[String: [Operation]]>([:])
        let next = (heard.last?.revision ?? 1) + 1
        let events = Shared<[WatchedEvent]>([])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await Self.watch(from: next, client, into: events) }
            for number in 0..<Self.clients {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &* 31 &+ UInt64(number))
                    while true {
                        let (keys, input) = Self.operation(epoch: epoch, number: number, using: &generator)
                        let call = ContinuousClock.now
                        let output = await Self.carryOut(input, keys: keys, client)
                        recorded.update {
                            $0[keys, default: []].append(Operation(input, output, call: call, end: .now))
                        }
                        guard output != nil else { return }
                        answered.update { $0 += 1 }
                    }
                }
            }
            group.addTask {
                while answered.get() < limit, process.isRunning { try? await Task.sleep(for: .milliseconds(1)) }
                process.kill()
            }
        }
        heard += events.get()
        return recorded.get()
    }

    // MARK: What clients do

    /// Numbers are used once, so that a read tells which write it saw.
    private static let lastNumber = Mutex(0)

    /// The prefix of the keys it is about, and what is done with them: one key alone, or some in transactions.
    private static func operation(
        epoch: Int, number: Int, using generator: inout SeededGenerator
    ) -> (String, StoreModel.Input) {
        let value = Self.lastNumber.withLock { last in
            last += 1
            return last
        }
        let single = Int.random(in: 0..<Self.keys, using: &generator)
        if Bool.random(using: &generator) {
            let keys = "e\(epoch)/single\(single)/"
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4: return (keys, .put(["k": value]))
            case 4..<8: return (keys, .read)
            case 8: return (keys, .delete("k"))
            default: return (keys, .swap("k", expected: value - 1, new: value))
            }
        }
        let keys = "e\(epoch)/group/"
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return (keys, .put(["x": value, "y": value]))
        case 1: return (keys, .put(["y": value, "z": value]))
        case 2: return (keys, .swap("x", expected: value - 1, new: value))
        default: return (keys, .read)
        }
    }

    private static func carryOut(
        _ input: StoreModel.Input, keys: String, _ client: RawClient
    ) async -> StoreModel.Output? {
        var request = Etcdserverpb_TxnRequest()
        switch input {
        case .read: return try? await Self.read(keys, client).map { .values($0) }.get()
        case .put(let values):
            request.success = values.sorted { $0.key < $1.key }.map { Self.put(keys + $0.key, $0.value) }
        case .delete(let key):
            var operation = Etcdserverpb_RequestOp()
            operation.requestDeleteRange.key = Data((keys + key).utf8)
            request.success = [operation]
        case .swap(let key, let expected, let new):
            var compare = Etcdserverpb_Compare()
            compare.key = Data((keys + key).utf8)
            compare.target = .value
            compare.value = Data("\(expected)".utf8)
            request.compare = [compare]
            request.success = [Self.put(keys + key, new)]
        }
        let answer = await client.call("/etcdserverpb.KV/Txn", request, Etcdserverpb_TxnResponse.self)
        guard case .success(let response) = answer else { return nil }
        if case .swap = input { return .swapped(response.succeeded) }
        return .done
    }

    private static func put(_ key: String, _ value: Int) -> Etcdserverpb_RequestOp {
        var operation = Etcdserverpb_RequestOp()
        operation.requestPut.key = Data(key.utf8)
        operation.requestPut.value = Data("\(value)".utf8)
        return operation
    }

    private static func read(_ keys: String, _ client: RawClient) async -> Result<[String: Int], GRPCStatus> {
        var request = Etcdserverpb_RangeRequest()
        request.key = Data(keys.utf8)
        request.rangeEnd = Data((keys.dropLast() + "0").utf8)
        return await client.call("/etcdserverpb.KV/Range", request, Etcdserverpb_RangeResponse.self).map { response in
            Dictionary(
                uniqueKeysWithValues: response.kvs.map {
                    (
                        String(decoding: $0.key.dropFirst(keys.utf8.count), as: UTF8.self),
                        Int(String(decoding: $0.value, as: UTF8.self)) ?? -1
                    )
                })
        }
    }

    // MARK: What a watch hears

    struct WatchedEvent: Equatable, Sendable {
        let revision: Int64
        let key: Data
        let value: Data?
    }

    /// Collects events until the stream ends.
    private static func watch(from revision: Int64, _ client: RawClient, into events: Shared<[WatchedEvent]>) async {
        let stream = client.openStream("/etcdserverpb.Watch/Watch")
        var request = Etcdserverpb_WatchRequest()
        request.createRequest.key = Data([0])
        request.createRequest.rangeEnd = Data([0])
        request.createRequest.startRevision = revision
        try? stream.send(request)
        while let messages = try? await stream.next(within: .seconds(60)) {
            for message in messages {
                guard let response = try? GRPCMessageCoding.decode(Etcdserverpb_WatchResponse.self, from: message)
                else {
                    continue
                }
                let new = response.events.map { event in
                    WatchedEvent(
                        revision: event.kv.modRevision, key: event.kv.key,
                        value: event.type == .put ? event.kv.value : nil)
                }
                events.update { events in
                    // Atomic: no revision begins in one response and goes on in the next. Ordered and unique follow from
                    // the comparison in the end.
                    if let first = new.first, let last = events.last { #expect(first.revision > last.revision) }
                    events += new
                }
            }
        }
    }

    /// Reliable: what all watches heard, one after the other, is what a watch from the beginning hears now.
    private func validate(_ heard: [WatchedEvent], _ client: RawClient) async throws {
        guard let last = heard.last else { return }
        let all = Shared<[WatchedEvent]>([])
        let watch = Task { await Self.watch(from: 2, client, into: all) }
        try await eventually("all events up to revision \(last.revision)") {
            (all.get().last?.revision ?? 0) >= last.revision
        }
        watch.cancel()
        let history = all.get().filter { $0.revision <= last.revision }
        let difference = zip(heard, history).first { $0 != $1 }
        #expect(
            heard.count == history.count && difference == nil,
            "seed \(self.seed): heard \(heard.count), there are \(history.count); \(String(describing: difference))")
    }
}
