import BenchmarkSupport
import Foundation

/// Unary calls, as many at a time as there are streams, for a while.
struct UnaryLoad {
    enum Kind { case puts, gets }

    struct Result {
        let callsPerSecond: Double
        let serverMicrosecondsPerCall: Double
        let latency: Percentiles
    }

    static let keyCount = 10_000
    let kind: Kind
    let connections: Int
    let streams: Int

    /// Writes every key once.
    static func fill(_ server: ServerProcess) throws {
        let loop = try LoadLoop()
        defer { loop.close() }
        let connection = try loop.connect(1, port: server.port)[0]
        var next = 0
        var answered = 0
        func begin() {
            guard next < Self.keyCount else { return }
            connection.unary(WireMessages.put, WireMessages.putRequest(Self.key(next), Self.value(next)), now: 0)
            loop.flushSoon(connection)
            next += 1
        }
        var failures = 0
        connection.onEnd = { _, succeeded, _ in
            answered += 1
            if !succeeded { failures += 1 }
            begin()
        }
        for _ in 0..<100 { begin() }
        try loop.run("the keys to be written") { answered == Self.keyCount }
        guard failures == 0 else { throw BenchmarkFailure("\(failures) of \(answered) puts failed") }
    }

    func run(on server: ServerProcess, seconds: Double) throws -> Result {
        let loop = try LoadLoop()
        defer { loop.close() }
        let connections = try loop.connect(self.connections, port: server.port)
        let revisionBefore = try Self.revision(loop, connections[0])
        var generator = SystemRandomNumberGenerator()
        var isStopping = false
        var isCounting = false
        var latencies: [Double] = []
        latencies.reserveCapacity(200_000)
        var answered = 0
        var failures = 0
        var openCalls = 0

        func begin(_ connection: LoadConnection) {
            let number = Int(generator.next(upperBound: UInt64(Self.keyCount)))
            switch self.kind {
            case .puts:
                connection.unary(
                    WireMessages.put, WireMessages.putRequest(Self.key(number), Self.value(number)),
                    now: monotonicNanoseconds())
            case .gets:
                connection.unary(
                    WireMessages.range, WireMessages.rangeRequest(Self.key(number)), now: monotonicNanoseconds())
            }
            openCalls += 1
            loop.flushSoon(connection)
        }
        for connection in connections {
            connection.onMessage = { [kind] _, _, bytes in
                // A get that found nothing would be cheap.
                if kind == .gets, bytes.count < 256 { failures += 1 }
            }
            connection.onEnd = { connection, succeeded, nanoseconds in
                openCalls -= 1
                answered += 1
                if !succeeded { failures += 1 }
                if isCounting { latencies.append(Double(nanoseconds) / 1e6) }
                if !isStopping { begin(connection) }
            }
            for _ in 0..<self.streams { begin(connection) }
        }
        let warm = monotonicNanoseconds() + 300_000_000
        try loop.run("the warm-up") { monotonicNanoseconds() >= warm }
        isCounting = true
        let start = monotonicNanoseconds()
        let cpuBefore = try server.cpuSeconds()
        let end = start + UInt64(seconds * 1e9)
        try loop.run("the measurement") { monotonicNanoseconds() >= end }
        let elapsed = Double(monotonicNanoseconds() - start) / 1e9
        let cpu = try server.cpuSeconds() - cpuBefore
        isCounting = false
        isStopping = true
        try loop.run("the last answers") { openCalls == 0 }
        guard failures == 0 else { throw BenchmarkFailure("\(failures) of \(answered) calls failed") }
        if self.kind == .puts {
            let written = try Self.revision(loop, connections[0]) - revisionBefore
            guard written == answered else {
                throw BenchmarkFailure("\(answered) puts were acknowledged, but \(written) revisions made")
            }
        }
        return Result(
            callsPerSecond: Double(latencies.count) / elapsed,
            serverMicrosecondsPerCall: cpu / Double(max(1, latencies.count)) * 1e6, latency: Percentiles(latencies))
    }

    /// The server's newest revision.
    static func revision(_ loop: LoadLoop, _ connection: LoadConnection) throws -> Int64 {
        let (onMessage, onEnd) = (connection.onMessage, connection.onEnd)
        defer { (connection.onMessage, connection.onEnd) = (onMessage, onEnd) }
        var revision: Int64 = 0
        var isDone = false
        connection.onMessage = { _, _, bytes in revision = WireMessages.headerRevision(bytes) }
        connection.onEnd = { _, _, _ in isDone = true }
        connection.unary(WireMessages.range, WireMessages.rangeRequest(Array("first".utf8)), now: 0)
        loop.flushSoon(connection)
        try loop.run("the revision") { isDone }
        return revision
    }

    private static func key(_ number: Int) -> [UInt8] { Array("vitrine/bench/key-\(1_000_000 + number)".utf8) }

    private static func value(_ number: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 256)
    }
}
