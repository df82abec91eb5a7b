import BenchmarkSupport
import Foundation

/// Many displays, each with a connection and a watch of its own key.
struct Fleet {
    struct Result {
        let openedSeconds: Double
        /// Resident memory with all connections and watches idle.
        let idleBytes: Double
        /// From the first put until the last display has heard of its change, in milliseconds, change by change.
        let changeMilliseconds: [Double]
    }

    static func run(on server: ServerProcess, displays: Int, changes: Int) throws -> Result {
        let loop = try LoadLoop()
        defer { loop.close() }
        let start = monotonicNanoseconds()
        let connections = try loop.connect(displays, port: server.port)
        var watching = 0
        var heard = 0
        for (number, connection) in connections.enumerated() {
            connection.onMessage = { _, _, bytes in
                let response = WireMessages.WatchResponse(bytes)
                if response.isCreated { watching += 1 }
                heard += response.eventCount
            }
            let stream = connection.open(WireMessages.watch)
            connection.send(WireMessages.watchCreateRequest(Self.key(number)), on: stream)
            loop.flushSoon(connection)
        }
        try loop.run("\(displays) watches") { watching == displays }
        let opened = Double(monotonicNanoseconds() - start) / 1e9
        // Let what was needed for opening alone be given back.
        usleep(3_000_000)
        let idle = try server.residentBytes()

        let writer = try loop.connect(1, port: server.port)[0]
        var failures = 0
        var times: [Double] = []
        for change in 0..<changes {
            heard = 0
            var next = 0
            var answered = 0
            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: change), count: 256)
            func begin() {
                guard next < displays else { return }
                writer.unary(WireMessages.put, WireMessages.putRequest(Self.key(next), value), now: 0)
                loop.flushSoon(writer)
                next += 1
            }
            writer.onEnd = { _, succeeded, _ in
                answered += 1
                if !succeeded { failures += 1 }
                begin()
            }
            let start = monotonicNanoseconds()
            for _ in 0..<100 { begin() }
            var last: UInt64 = 0
            try loop.run("\(displays) displays to hear their change") {
                if heard == displays, last == 0 { last = monotonicNanoseconds() }
                return last != 0 && answered == displays
            }
            times.append(Double(last - start) / 1e6)
            usleep(200_000)
        }
        guard failures == 0 else { throw BenchmarkFailure("\(failures) puts failed") }
        return Result(openedSeconds: opened, idleBytes: idle, changeMilliseconds: times)
    }

    private static func key(_ number: Int) -> [UInt8] { Array("vitrine/display/\(1_000_000 + number)/state".utf8) }
}
