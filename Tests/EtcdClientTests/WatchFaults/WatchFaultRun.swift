import EtcdClient
import TestSupport
import Testing

/// One run: watches of all sorts over a network that breaks, on a store that dies, while somebody writes and compacts.
/// Everything that is left to chance comes from the seed.
struct WatchFaultRun {
    private enum Step {
        case network(NetworkFault)
        case kill
        case compact
    }

    private static let prefix: Key = "w/"

    private let kind: MortalStore.Kind
    private var generator: SeededGenerator

    /// Most runs are on the embedded store, every tenth is on etcd, so that a thousand take minutes.
    init(seed: UInt64) {
        self.kind =
            switch seed % 20 {
            case 0: .etcd34
            case 10: .etcd35
            case 3, 8, 13, 18: .process
            default: .embedded
            }
        self.generator = SeededGenerator(seed: seed)
    }

    /// What went wrong, in words; nothing if all promises were kept.
    mutating func violations() async throws -> [String] {
        var steps: [Step] = (0..<8).map { _ in .network(.random(using: &self.generator)) }
        steps += [.kill, .kill, .compact, .compact]
        steps.shuffle(using: &self.generator)
        let writes = steps.map { _ in Int.random(in: 2...8, using: &self.generator) }
        let generator = self.generator
        let timing = (steps, writes)
        return try await MortalStore.with(self.kind) { store in
            try await FaultProxy.with(targetPort: store.port) { proxy in
                let endpoint = try EtcdClient.Endpoint(proxy.endpoint)
                return try await withClient(endpoint, configure: Self.impatient) { shared in
                    try await withClient(endpoint, configure: Self.impatient) { other in
                        // It knows no faults but the store's end: what it waits for is the machine.
                        try await withClient(
                            .init(host: "127.0.0.1", port: store.port), configure: { $0.requestTimeout = .seconds(60) }
                        ) { writer in
                            var course = Course(writer: writer, store: store, proxy: proxy, generator: generator)
                            return try await course.run(
                                timing.0, writes: timing.1, recorders: Self.recorders(shared, other))
                        }
                    }
                }
            }
        }
    }

    private static func impatient(_ configuration: inout EtcdClient.Configuration) {
        configuration.dialTimeout = .milliseconds(500)
        configuration.requestTimeout = .seconds(1)
        configuration.initialBackoff = .milliseconds(5)
        configuration.maximumBackoff = .milliseconds(100)
        configuration.watch = .init(silence: .milliseconds(200), answerTimeout: .milliseconds(300))
    }

    private static func recorders(_ shared: EtcdClient, _ other: EtcdClient) -> [WatchRecorder] {
        func specification(_ range: KeyRange, _ change: (inout WatchOptions) -> Void = { _ in }) -> WatchSpecification {
            var options = WatchOptions()
            change(&options)
            return WatchSpecification(range: range, options: options)
        }
        return [
            WatchRecorder(
                specification(.prefix(Self.prefix)) {
                    $0.previous = true
                    $0.reportsProgress = true
                }, client: shared),
            WatchRecorder(specification(.prefix(Self.prefix)) { $0.excludesPuts = true }, client: shared),
            WatchRecorder(
                specification(.range("w/b", "w/e")) {
                    $0.excludesDeletes = true
                    $0.previous = true
                }, client: shared),
            WatchRecorder(specification(.key("w/a")), client: shared),
            WatchRecorder(specification(.prefix(Self.prefix)) { $0.ownStream = true }, client: shared),
            // Slow, so that it is parked again and again.
            WatchRecorder(
                specification(.prefix(Self.prefix)) {
                    $0.previous = true
                    $0.buffer = WatchBufferOptions(.backPressure, events: 4)
                }, client: shared, pause: .milliseconds(15)),
            WatchRecorder(
                specification(.prefix(Self.prefix)) { $0.buffer = WatchBufferOptions(.fail, events: 3) },
                client: other, pause: .milliseconds(10)),
            WatchRecorder(specification(.from("w/c")) { $0.previous = true }, client: other),
        ]
    }

    /// The run once everything is in place.
    private struct Course {
        let writer: EtcdClient
        let store: MortalStore
        let proxy: FaultProxy
        var generator: SeededGenerator
        var history = WatchHistory(after: Revision(1))

        init(writer: EtcdClient, store: MortalStore, proxy: FaultProxy, generator: SeededGenerator) {
            self.writer = writer
            self.store = store
            self.proxy = proxy
            self.generator = generator
        }

        mutating func run(_ steps: [Step], writes: [Int], recorders: [WatchRecorder]) async throws -> [String] {
            let first = try await self.writer.range(.prefix(WatchFaultRun.prefix)).revision
            self.history = WatchHistory(after: first)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                for recorder in recorders { group.addTask { try await recorder.run(from: first.next) } }
                defer { group.cancelAll() }
                for (step, writes) in zip(steps, writes) {
                    try await self.take(step)
                    for _ in 0..<writes { await self.write() }
                    // Two of three faults are over before the next begins.
                    if Int.random(in: 0..<3, using: &self.generator) > 0 { try await self.proxy.resume() }
                }
                try await self.proxy.resume()
                try await self.finish()
                return try await self.judge(recorders)
            }
        }

        private mutating func take(_ step: Step) async throws {
            switch step {
            case .network(let fault):
                try await self.proxy.apply(fault)
            case .kill:
                self.proxy.cut()
                await self.store.kill()
                try await self.store.start()
            case .compact:
                try await self.readHistory()
                let last = self.history.last
                let revision = Int64.random(in: max(1, last - 6)...last, using: &self.generator)
                guard revision > max(1, self.history.compacted) else { return }
                // These etcds forget a deletion at the very revision that they compact to (etcd issue 18089).
                let isEtcd = self.store.kind == .etcd34 || self.store.kind == .etcd35
                let hasDeletion = self.history.events(at: revision).contains { $0.kind == .delete }
                if isEtcd, hasDeletion { return }
                // Known before it happens: a watch may be told at once.
                self.history.compacted = revision
                try await self.writer.compact(to: Revision(revision))
            }
        }

        /// One change, which may fail while the store is away: what became of it is read later.
        private mutating func write() async {
            func key() -> Key { Key("w/\(["a", "b", "c", "d", "e"].randomElement(using: &self.generator) ?? "a")") }
            let value = Value("\(UInt16.random(in: .min ... .max, using: &self.generator))")
            do {
                switch Int.random(in: 0..<8, using: &self.generator) {
                case 0: try await self.writer.delete(.key(key()))
                case 1: try await self.writer.delete(.range("w/b", "w/d"))
                case 2, 3:
                    let keys = ["w/a", "w/b", "w/c", "w/d", "w/e"].shuffled(using: &self.generator).prefix(3)
                    var steps: [Transaction.Operation] = keys.dropLast().map { .put(Key($0), value) }
                    if let last = keys.last { steps.append(.delete(.key(Key(last)))) }
                    try await self.writer.transaction(Transaction(success: steps))
                case 4: try await self.writer.put("elsewhere", value)
                default: try await self.writer.put(key(), value)
                }
            } catch {}
        }

        /// A last event for every watch.
        private func finish() async throws {
            let keys: [Key] = ["w/a", "w/b", "w/c", "w/d", "w/e"]
            try await self.writer.transaction(Transaction(success: keys.map { .put($0, "last") }))
            try await self.writer.transaction(Transaction(success: keys.map { .delete(.key($0)) }))
            try await self.writer.put("w/a", "end")
        }

        private mutating func readHistory() async throws {
            let last = try await self.writer.range(.key("any")).revision.rawValue
            while self.history.last < last {
                var options = RangeOptions()
                options.revision = Revision(self.history.last + 1)
                let state = try await self.writer.range(.prefix(WatchFaultRun.prefix), options: options)
                self.history.append(state.keyValues)
            }
        }

        private mutating func judge(_ recorders: [WatchRecorder]) async throws -> [String] {
            try await self.readHistory()
            var violations: [String] = []
            for (number, recorder) in recorders.enumerated() {
                let expected = self.history.lastRevision(for: recorder.specification)
                do {
                    try await eventually("the end", within: .seconds(60)) {
                        recorder.heard.lastRevision >= expected || recorder.unexpectedEnd != nil
                    }
                } catch is NotInTime {
                    violations.append(
                        "watch \(number) fell silent at \(recorder.heard.lastRevision), before \(expected)")
                }
                if let end = recorder.unexpectedEnd { violations.append("watch \(number): \(end)") }
                let heard = recorder.heard
                let broken = WatchValidators.violations(of: heard, against: self.history)
                violations += broken.map { "watch \(number): \($0)" }
                if !broken.isEmpty {
                    violations.append(
                        "watch \(number) heard \(heard.text); the store is \(self.store.kind), "
                            + "compacted to \(self.history.compacted), at \(self.history.last)")
                }
            }
            return violations
        }
    }
}
