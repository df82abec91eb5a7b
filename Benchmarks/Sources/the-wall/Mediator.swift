import BenchmarkSupport
import EtcdClient
import Foundation
import Synchronization

/// What is seen of the displays' keys by somebody who watches them.
final class Mediator: Sendable {
    private struct State {
        /// Events of a topic since it was last reset, by display.
        var seen: [String: ContinuousClock.Instant] = [:]
        var topic = ""
    }

    let client: EtcdClient
    private let state = Mutex(State())

    init(port: UInt16) throws {
        self.client = EtcdClient(try .init(endpoints: "http://127.0.0.1:\(port)"))
    }

    /// Watches until its task is cancelled.
    func follow() async {
        let now = try? await self.client.range(.key("/")).revision
        do {
            for try await batch in self.client.watch(.prefix("/"), from: now?.next) {
                let time = ContinuousClock.now
                self.state.withLock { state in
                    for event in batch.events {
                        let parts = event.keyValue.key.string.split(separator: ":")
                        guard parts.count == 2, parts[1] == state.topic, state.seen[String(parts[0])] == nil else {
                            continue
                        }
                        state.seen[String(parts[0])] = time
                    }
                }
            }
        } catch {
            FileHandle.standardError.write(Data("the watch ended: \(error)\n".utf8))
        }
    }

    /// Milliseconds from before `action` until this topic was written for so many displays, told by the watch.
    func time(topic: String, displays: Int, _ action: () throws -> Void) async throws -> Double {
        self.state.withLock { $0 = State(topic: topic) }
        let start = ContinuousClock.now
        try action()
        let limit = start + .seconds(120)
        while ContinuousClock.now < limit {
            let last = self.state.withLock { $0.seen.count >= displays ? $0.seen.values.max() : nil }
            if let last { return (last - start) / .milliseconds(1) }
            try await Task.sleep(for: .microseconds(200))
        }
        throw BenchmarkFailure(
            "\(topic) was written for \(self.state.withLock { $0.seen.count }) of \(displays) displays")
    }

    /// Waits until all displays have their keys.
    func allPublished(_ displays: Int) async throws {
        let limit = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < limit {
            var options = RangeOptions()
            options.countOnly = true
            if try await self.client.range(.range("/0", "/1"), options: options).count >= Int64(displays * 4) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BenchmarkFailure("the displays were not published within two minutes")
    }

    /// Writes the status of a display that shows a photo, as the display would.
    func report(_ display: String, _ number: Int, photos: Int, lease: LeaseID) async throws {
        let status = """
            {"showing":"IMG_\(String(format: "%06d", number % photos)).jpg","next":"IMG_\(String(format: "%06d", (number + 1) % photos)).jpg",\
            "since":1790000000,"next_due":4000000000,"received_revision":9000000,"applied_revision":9000000,\
            "presented_frames":1000,"last_presented":1790000000,"power":"on","resolution":{"width":1920,"height":1080},\
            "version":"1.0","ip":"192.0.2.7","commands":[],"warnings":[]}
            """
        try await self.client.put(Key("/status/\(display)"), Value(status), lease: lease)
    }
}
