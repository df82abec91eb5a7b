import BenchmarkSupport
import Foundation

/// Many watchers of one key on one stream.
enum Crowd {
    /// From the put until the last watcher has heard of it, in milliseconds, change by change.
    static func run(on server: ServerProcess, watchers: Int, changes: Int) throws -> [Double] {
        let loop = try LoadLoop()
        defer { loop.close() }
        let connections = try loop.connect(2, port: server.port)
        let (writer, watcher) = (connections[0], connections[1])
        let key = Array("vitrine/everybody".utf8)
        var watching = 0
        var heard = 0
        watcher.onMessage = { _, _, bytes in
            let response = WireMessages.WatchResponse(bytes)
            if response.isCreated { watching += 1 }
            heard += response.eventCount
        }
        let stream = watcher.open(WireMessages.watch)
        for _ in 0..<watchers { watcher.send(WireMessages.watchCreateRequest(key), on: stream) }
        loop.flushSoon(watcher)
        try loop.run("\(watchers) watches") { watching == watchers }

        var failures = 0
        var times: [Double] = []
        for change in 0..<(changes + 1) {
            heard = 0
            var isAnswered = false
            writer.onEnd = { _, succeeded, _ in
                isAnswered = true
                if !succeeded { failures += 1 }
            }
            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: change), count: 256)
            let start = monotonicNanoseconds()
            writer.unary(WireMessages.put, WireMessages.putRequest(key, value), now: start)
            loop.flushSoon(writer)
            var last: UInt64 = 0
            try loop.run("\(watchers) watchers to hear a change") {
                if heard == watchers, last == 0 { last = monotonicNanoseconds() }
                return last != 0 && isAnswered
            }
            if change > 0 { times.append(Double(last - start) / 1e6) }
            usleep(50_000)
        }
        guard failures == 0 else { throw BenchmarkFailure("\(failures) puts failed") }
        return times
    }
}
