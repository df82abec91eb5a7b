import BenchmarkSupport
import EtcdClient
import Foundation
import Synchronization

/// How much later than the bare stream the client's watch tells of a change. Both hear of the same puts.
struct EventDelay: Codable {
    /// Milliseconds from sending a put until the bare stream had its event, one for each put.
    var bare: [Double] = []
    /// The same for the client's watch.
    var client: [Double] = []

    /// For each put, how much later the client was.
    var added: [Double] { zip(self.client, self.bare).map { $0 - $1 } }

    /// - Parameter bareFirst: Which of the two watches first; the server tells them in that order.
    static func run(port: UInt16, changes: Int, bareFirst: Bool) async throws -> EventDelay {
        let key = "benchmark/delay"
        let writer = Program.client(port)
        let reader = Program.client(port)
        let heard = Heard()
        var bare = bareFirst ? try BareWatch(port: port, key: key) : nil
        let watching = Task {
            let watch = reader.watch(.key(Key(key))).observingConnection { if $0 { heard.markWatching() } }
            for try await batch in watch {
                let now = monotonicNanoseconds()
                for event in batch.events { heard.note(event.keyValue.modRevision.rawValue, now) }
            }
        }
        while !heard.isWatching { try await Task.sleep(for: .milliseconds(1)) }
        let stream = try bare ?? BareWatch(port: port, key: key)
        bare = stream
        var delay = EventDelay()
        for number in 0..<changes + 50 {
            let start = monotonicNanoseconds()
            let revision = try await writer.put(Key(key), SwiftPuts.value).revision.rawValue
            let limit = start + 10_000_000_000
            while true {
                if let first = stream.time(of: revision), let second = heard.time(of: revision) {
                    if number >= 50 {
                        delay.bare.append(Double(first - start) / 1e6)
                        delay.client.append(Double(second - start) / 1e6)
                    }
                    break
                }
                guard monotonicNanoseconds() < limit else { throw BenchmarkFailure("an event did not come") }
                try await Task.sleep(for: .microseconds(200))
            }
            // People make changes at any moment, not when the last one is just over.
            try await Task.sleep(for: .microseconds(Int.random(in: 500..<3_000)))
        }
        stream.stop()
        watching.cancel()
        await writer.close()
        await reader.close()
        return delay
    }

    private final class Heard: Sendable {
        private let state = Mutex((isWatching: false, times: [Int64: UInt64]()))

        var isWatching: Bool { self.state.withLock { $0.isWatching } }
        func markWatching() { self.state.withLock { $0.isWatching = true } }
        func note(_ revision: Int64, _ time: UInt64) { self.state.withLock { $0.times[revision] = time } }
        func time(of revision: Int64) -> UInt64? { self.state.withLock { $0.times[revision] } }
    }
}
