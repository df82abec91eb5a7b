import BenchmarkSupport
import Foundation

/// Runs each work with all clients by turns against one etcd, so that a disturbance of the machine meets all of them.
struct ClientContest {
    let etcd: String
    let python: String
    let peers: String
    let folder: String
    /// For development: fewer rounds, smaller counts.
    let isQuick: Bool

    func run(only: Set<String>?) throws {
        func isWanted(_ part: String) -> Bool { only?.contains(part) ?? true }
        let server = try ServerProcess(.etcd(path: self.etcd), below: self.folder)
        defer { server.stop() }
        try self.waitUntilServing(server)
        print("| work | unit | client | peer | client / peer | asked for | |")
        print("|---|---|---|---|---|---|---|")
        var limits: [String] = []
        if isWanted("sequential") { limits += try self.sequential(server) }
        if isWanted("concurrent") { limits += try self.concurrent(server) }
        if isWanted("delay") { limits += try self.delay(server) }
        if isWanted("memory") { limits += try self.memory(server) }
        print("\nWhat limits each:\n")
        for limit in limits { print("- \(limit)") }
    }

    private func sequential(_ server: ServerProcess) throws -> [String] {
        let count = self.isQuick ? 300 : 1_500
        let h2load = H2Load(program: "/usr/bin/h2load", folder: server.folder)
        var (client, near, floor, python) = ([LoadReport](), [LoadReport](), [LoadReport](), [LoadReport]())
        for round in 0..<self.rounds(11) {
            try self.rotate(
                round,
                [
                    { client.append(try self.swift("sequential", server.port, count)) },
                    { near.append(try self.swift("sequential-near", server.port, count)) },
                    { floor.append(try h2load.sequential(port: server.port, count: count)) },
                    { python.append(try self.python("sequential", server.port, count)) },
                ])
        }
        let own = client.map(\.meanMicroseconds)
        for (name, reports) in [("", client), (" on the client's own thread (`taskExecutor`)", near)] {
            Line(
                work: "one put after the other\(name), mean, beside `h2load`", unit: "µs",
                client: reports.map(\.meanMicroseconds), peer: floor.map(\.meanMicroseconds),
                isReached: { $0 <= 1.1 }, asked: "≤ 1.10"
            ).print()
        }
        Line(
            work: "one put after the other, mean, beside python grpcio", unit: "µs", client: own,
            peer: python.map(\.meanMicroseconds), isReached: { $0 <= 1 }, asked: "≤ 1.00"
        ).print()
        let cpu = Percentiles(client.map(\.cpuMicroseconds)).median
        let nearCPU = Percentiles(near.map(\.cpuMicroseconds)).median
        let pythonCPU = Percentiles(python.map(\.cpuMicroseconds)).median
        return [
            "**one put after the other**: etcd and its disk, and the waking of threads; of the client, \(Line.text(cpu)) µs "
                + "of CPU a put, \(Line.text(nearCPU)) µs on its own thread (python grpcio \(Line.text(pythonCPU)) µs)."
        ]
    }

    private func concurrent(_ server: ServerProcess) throws -> [String] {
        let count = self.isQuick ? 3_000 : 20_000
        var (client, near, python) = ([LoadReport](), [LoadReport](), [LoadReport]())
        for round in 0..<self.rounds(9) {
            try self.rotate(
                round,
                [
                    { client.append(try self.swift("concurrent", server.port, count)) },
                    { near.append(try self.swift("concurrent-near", server.port, count)) },
                    { python.append(try self.python("concurrent", server.port, count)) },
                ])
        }
        for (name, reports) in [("", client), (" on the client's own thread (`taskExecutor`)", near)] {
            Line(
                work: "100 puts at a time\(name), beside python grpc.aio", unit: "1/s", client: reports.map(\.rate),
                peer: python.map(\.rate), isReached: { $0 >= 1.3 }, asked: "≥ 1.30"
            ).print()
            Line(
                work: "100 puts at a time\(name), CPU of a put", unit: "µs", client: reports.map(\.cpuMicroseconds),
                peer: python.map(\.cpuMicroseconds), isReached: { $0 <= 0.5 }, asked: "≤ 0.50"
            ).print()
        }
        return [
            "**100 puts at a time**: etcd, which shares the cores with the client; the less a client uses, the more etcd has."
        ]
    }

    private func delay(_ server: ServerProcess) throws -> [String] {
        let changes = self.isQuick ? 200 : 1_000
        var delays: [EventDelay] = []
        for round in 0..<self.rounds(6) {
            let work = round.isMultiple(of: 2) ? "delay-bare-first" : "delay-client-first"
            delays.append(try self.swift(work, server.port, changes))
        }
        let client = delays.map { Percentiles($0.client).value(99) }
        let bare = delays.map { Percentiles($0.bare).value(99) }
        Line(
            work: "put to event on another connection, p99, beside a bare stream", unit: "ms", client: client,
            peer: bare,
            isReached: { _ in
                Percentiles(zip(client, bare).map { $0 - $1 }).median <= 0.5
            }, asked: "+ ≤ 0.5 ms"
        ).print()
        let added = delays.map { Percentiles($0.added) }
        func median(_ percent: Double) -> String { Line.text(Percentiles(added.map { $0.value(percent) }).median) }
        return [
            "**put to event**: etcd and its disk. Event by event the client is later than the bare stream by "
                + "\(median(50)) ms at the median and \(median(99)) ms at p99, the server's own order of telling the two "
                + "included; it is that order which makes it sooner at times (p1: \(median(1)) ms)."
        ]
    }

    private func memory(_ server: ServerProcess) throws -> [String] {
        for (work, name, count, limit) in [
            ("one-connection", "10,000 watches on one connection, memory of each", 10_000, 10.0),
            ("connections", "1,000 connections of one watch, memory of each", 1_000, 40.0),
        ] {
            var sizes: [Double] = []
            for _ in 0..<self.rounds(3) {
                let memory: WatchMemory = try self.swift(work, server.port, self.isQuick ? count / 10 : count)
                sizes.append(memory.kibibytesEach)
            }
            Line(
                work: name, unit: "KiB", client: sizes, peer: [],
                isReached: { _ in Percentiles(sizes).median <= limit },
                asked: "≤ \(Int(limit)) KiB"
            ).print()
        }
        return [
            "**memory**: for a watch, its task and its suspended calls; for a connection, what HTTP/2 lays out beforehand."
        ]
    }

    // MARK: Running

    private func rounds(_ count: Int) -> Int { self.isQuick ? min(2, count) : count }

    /// Whoever is first in one round is last in the next.
    private func rotate(_ round: Int, _ works: [() throws -> Void]) throws {
        for index in works.indices { try works[(index + round) % works.count]() }
    }

    private func swift<Output: Decodable>(_ work: String, _ port: UInt16, _ count: Int) throws -> Output {
        let output = try ChildOutput.of("/proc/self/exe", ["--child", work, "\(port)", "\(count)"])
        return try JSONDecoder().decode(Output.self, from: Data(output.utf8))
    }

    private func python(_ work: String, _ port: UInt16, _ count: Int) throws -> LoadReport {
        let output = try ChildOutput.of(self.python, ["\(self.peers)/etcd_puts.py", work, "\(port)", "\(count)"])
        return try JSONDecoder().decode(LoadReport.self, from: Data(output.utf8))
    }

    private func waitUntilServing(_ server: ServerProcess) throws {
        let limit = ContinuousClock.now + .seconds(30)
        while !server.log.contains("ready to serve client requests") {
            guard ContinuousClock.now < limit else { throw BenchmarkFailure("etcd does not serve:\n\(server.log)") }
            usleep(20_000)
        }
    }
}

/// One line of the table.
struct Line {
    let work: String
    let unit: String
    let client: [Double]
    /// Empty if nothing is compared.
    let peer: [Double]
    let isReached: (_ ratio: Double) -> Bool
    let asked: String

    func print() {
        // Round by round: what disturbs a round disturbs both.
        let ratio = Percentiles(zip(self.client, self.peer).map { $0 / $1 }).median
        let ratioText = self.peer.isEmpty ? "–" : "**\(Self.text(ratio))**"
        Swift.print(
            "| \(self.work) | \(self.unit) | \(Self.spread(self.client)) | "
                + "\(self.peer.isEmpty ? "–" : Self.spread(self.peer)) | \(ratioText) | \(self.asked) | "
                + "\(self.isReached(ratio) ? "reached" : "**missed**") |")
    }

    private static func spread(_ values: [Double]) -> String {
        let percentiles = Percentiles(values)
        return "\(self.text(percentiles.median)) [\(self.text(percentiles.smallest))–\(self.text(percentiles.largest))]"
    }

    /// Three significant digits.
    static func text(_ value: Double) -> String {
        String(format: abs(value) >= 100 ? "%.0f" : abs(value) >= 10 ? "%.1f" : "%.2f", value)
    }
}
