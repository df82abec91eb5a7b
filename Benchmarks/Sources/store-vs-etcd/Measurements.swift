import BenchmarkSupport
import Foundation

/// The rows of the table.
enum Measurements {
    static func start(_ contest: Contest) throws -> [Row] {
        func measure(_ program: ServerProcess.Program) throws -> (milliseconds: Double, bytes: Double, own: Double) {
            let start = monotonicNanoseconds()
            let server = try contest.start(program)
            defer { server.stop() }
            let milliseconds = Double(monotonicNanoseconds() - start) / 1e6
            usleep(1_500_000)
            return (milliseconds, try server.residentBytes(), try server.anonymousBytes())
        }
        let outcome = try contest.alternate(
            contest.rounds(7), etcd: { try measure(contest.etcd) }, store: { try measure(contest.store) })
        let own = outcome.map { $0.own / 1e6 }
        let ownText = """
            Code and constants that are mapped from files (the program, Swift's runtime, Foundation) and that the system \
            can drop at any time are all but \(Row.text(Percentiles(own.store).median)) MB of the store's; etcd has \
            \(Row.text(Percentiles(own.etcd).median)) MB of its own.
            """
        return [
            Row(
                work: "start to first put, empty folder", unit: "ms", figures: outcome.map(\.milliseconds),
                goal: .atMost(0.5),
                limitedBy: "Loading the program, and the syncs that make folder, snapshot and log durable."),
            Row(
                work: "resident memory, idle", unit: "MB", figures: outcome.map { $0.bytes / 1e6 }, goal: .atMost(0.5),
                limitedBy: ownText),
        ]
    }

    static func puts(_ contest: Contest) throws -> [Row] {
        try [
            self.load(
                contest, UnaryLoad(kind: .puts, connections: 1, streams: 1), "1 stream", 1.2,
                "The disk's sync, and two threads that wake each other: the client's and the event loop. "),
            self.load(
                contest, UnaryLoad(kind: .puts, connections: 4, streams: 25), "4 connections × 25 streams", 1.5,
                "The processors, which the load generator shares: about a third of a put is the kernel's, a third memory management. "
            ),
            self.load(
                contest, UnaryLoad(kind: .puts, connections: 100, streams: 1), "100 connections", 1.3,
                "The processors: without neighbours on its connection each put is a read and a write of its own. "),
        ]
    }

    static func gets(_ contest: Contest) throws -> [Row] {
        [
            try self.load(
                contest, UnaryLoad(kind: .gets, connections: 4, streams: 25), "4 connections × 25 streams", 3,
                "The processors, and the load generator's one thread. ")
        ]
    }

    private static func load(
        _ contest: Contest, _ load: UnaryLoad, _ shape: String, _ floor: Double, _ limitedBy: String
    ) throws -> Row {
        var filled: Set<UInt16> = []
        let outcome = try contest.sharing(rounds: contest.rounds(7)) { server in
            if filled.insert(server.port).inserted { try UnaryLoad.fill(server) }
            return try load.run(on: server, seconds: contest.isQuick ? 1 : 2)
        }
        func detail(_ results: [UnaryLoad.Result]) -> String {
            let cpu = Percentiles(results.map(\.serverMicrosecondsPerCall)).median
            let p50 = Percentiles(results.map { $0.latency.value(50) }).median
            let p99 = Percentiles(results.map { $0.latency.value(99) }).median
            return "\(Row.text(cpu)) µs of CPU a call, p50 \(Row.text(p50)) ms, p99 \(Row.text(p99)) ms"
        }
        let name = load.kind == .puts ? "durable puts" : "gets"
        return Row(
            work: "\(name), \(shape)", unit: "1/s", figures: outcome.map(\.callsPerSecond), goal: .atLeast(floor),
            limitedBy: limitedBy + "etcd: \(detail(outcome.etcd)); store: \(detail(outcome.store)).")
    }

    static func watch(_ contest: Contest) throws -> [Row] {
        let outcome = try contest.sharing(rounds: contest.rounds(7)) { server in
            Percentiles(try WatchLatency.run(on: server, changes: contest.isQuick ? 300 : 500))
        }
        return [
            Row(
                work: "put to watch event, p50", unit: "ms", figures: outcome.map { $0.value(50) }, goal: .atMost(1),
                limitedBy:
                    "The disk's sync and the waking of threads, as with puts on 1 stream; nobody hears what is not durable."
            ),
            Row(
                work: "put to watch event, p99", unit: "ms", figures: outcome.map { $0.value(99) }, goal: .atMost(1),
                limitedBy: "The slowest syncs of the disk, and whatever else runs on the processors."),
        ]
    }

    static func crowd(_ contest: Contest) throws -> [Row] {
        let outcome = try contest.sharing(rounds: contest.rounds(5)) { server in
            Percentiles(try Crowd.run(on: server, watchers: 10_000, changes: 10)).median
        }
        return [
            Row(
                work: "10,000 watchers of one key on one stream, until the last has a change", unit: "ms",
                figures: outcome, goal: .atMost(0.5),
                limitedBy: "Encoding, sending and reading ten thousand messages, each of some 300 bytes.")
        ]
    }

    static func fleet(_ contest: Contest) throws -> [Row] {
        let outcome = try contest.renewing(rounds: contest.rounds(3)) { server in
            try Fleet.run(on: server, displays: 10_000, changes: 5)
        }
        return [
            Row(
                work: "10,000 displays, a connection each, one change for each, until the last has its own", unit: "ms",
                figures: outcome.map { Percentiles($0.changeMilliseconds).median }, goal: .atMost(1),
                limitedBy: "The processors: ten thousand puts, and a write and a read for each display."),
            Row(
                work: "resident memory with 10,000 idle connections and watches", unit: "MB",
                figures: outcome.map { $0.idleBytes / 1e6 }, goal: .atMost(1.0 / 3),
                limitedBy:
                    "About 12 kB a display: the channel and its pipeline, the table of header compression, the watch."),
        ]
    }

    static func disk(_ contest: Contest) throws -> [Row] {
        let outcome = try contest.renewing(rounds: contest.rounds(2)) { server in
            try OneKey.run(on: server, marks: [100_000])[0]
        }
        let server = try contest.start(contest.store)
        defer { server.stop() }
        let marks = contest.isQuick ? [100_000, 200_000] : [100_000, 250_000, 500_000, 750_000, 1_000_000]
        let growth = try OneKey.run(on: server, marks: marks)
        let steps = zip(marks, growth).map { mark, size in
            "\(Row.text(Double(mark))): \(Row.text(size.disk / 1e6)) MB, \(Row.text(size.memory / 1e6)) MB"
        }
        return [
            Row(
                work: "disk after 100,000 puts to one key", unit: "MB", figures: outcome.map { $0.disk / 1e6 },
                goal: .atMost(0.5),
                limitedBy:
                    "The last 10,000 revisions, as snapshot and as log. The store's disk and resident memory after as many puts of one key: "
                    + steps.joined(separator: "; ") + ".")
        ]
    }
}
