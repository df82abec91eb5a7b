import BenchmarkSupport
import Foundation

/// From sending a put to hearing of it on another connection's watch; one put at a time.
enum WatchLatency {
    /// Milliseconds of each change.
    static func run(on server: ServerProcess, changes: Int) throws -> [Double] {
        let loop = try LoadLoop()
        defer { loop.close() }
        let connections = try loop.connect(2, port: server.port)
        let (writer, watcher) = (connections[0], connections[1])
        let key = Array("vitrine/display/one".utf8)
        var isWatching = false
        var heard: UInt64?
        watcher.onMessage = { _, _, bytes in
            let response = WireMessages.WatchResponse(bytes)
            if response.isCreated { isWatching = true }
            if response.eventCount > 0 { heard = monotonicNanoseconds() }
        }
        let stream = watcher.open(WireMessages.watch)
        watcher.send(WireMessages.watchCreateRequest(key), on: stream)
        loop.flushSoon(watcher)
        try loop.run("the watch") { isWatching }

        var isAnswered = false
        var failures = 0
        writer.onEnd = { _, succeeded, _ in
            isAnswered = true
            if !succeeded { failures += 1 }
        }
        var times: [Double] = []
        for change in 0..<(changes + 50) {
            heard = nil
            isAnswered = false
            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: change), count: 256)
            let start = monotonicNanoseconds()
            writer.unary(WireMessages.put, WireMessages.putRequest(key, value), now: start)
            loop.flushSoon(writer)
            try loop.run("a change to be heard") { heard != nil && isAnswered }
            if change >= 50, let heard { times.append(Double(heard - start) / 1e6) }
            // People make changes at any moment, not when the last one is just over.
            let pause = monotonicNanoseconds() + UInt64.random(in: 500_000..<3_000_000)
            while monotonicNanoseconds() < pause { usleep(100) }
        }
        guard failures == 0 else { throw BenchmarkFailure("\(failures) puts failed") }
        return times
    }
}
