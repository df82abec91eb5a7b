import BenchmarkSupport
import EtcdClient
import Foundation
import Synchronization

/// The client's memory for idle watches, the tasks that wait for their events included.
struct WatchMemory: Codable {
    let watches: Int
    let bytes: Int

    var kibibytesEach: Double { Double(self.bytes) / Double(self.watches) / 1024 }

    /// `count` watches over one connection.
    static func oneConnection(port: UInt16, count: Int) async throws -> WatchMemory {
        let client = Program.client(port)
        try await client.put("benchmark/warm", "x")
        return try await self.measure(count) { _ in client }
    }

    /// `count` connections of one watch each.
    static func connections(port: UInt16, count: Int) async throws -> WatchMemory {
        try await Program.client(port).put("benchmark/warm", "x")
        return try await self.measure(count) { _ in Program.client(port) }
    }

    private static func measure(
        _ count: Int, _ client: @Sendable (Int) -> EtcdClient
    ) async throws -> WatchMemory {
        let started = Counter()
        // What the first watches need is needed once.
        var tasks = try await self.open(0..<10, started, client)
        let before = try ownAnonymousBytes()
        tasks += try await self.open(10..<10 + count, started, client)
        try await Task.sleep(for: .seconds(1))
        let bytes = try ownAnonymousBytes() - before
        guard tasks.allSatisfy({ !$0.isCancelled }) else { throw BenchmarkFailure("a watch was cancelled") }
        return WatchMemory(watches: count, bytes: bytes)
    }

    private static func open(
        _ numbers: Range<Int>, _ started: Counter, _ client: @Sendable (Int) -> EtcdClient
    ) async throws -> [Task<Void, any Error>] {
        var tasks: [Task<Void, any Error>] = []
        tasks.reserveCapacity(numbers.count)
        for number in numbers {
            tasks.append(self.watch(client(number), "benchmark/watch/\(number)", started))
            // Not all at once: what matters is what they need in the end, and not in a crowd at the door.
            while number - started.value > 100 { try await Task.sleep(for: .milliseconds(1)) }
        }
        let limit = ContinuousClock.now + .seconds(120)
        while started.value < numbers.upperBound {
            guard ContinuousClock.now < limit else { throw BenchmarkFailure("the watches did not start") }
            try await Task.sleep(for: .milliseconds(10))
        }
        return tasks
    }

    private static func watch(_ client: EtcdClient, _ key: String, _ started: Counter) -> Task<Void, any Error> {
        Task {
            let watch = client.watch(.key(Key(key))).observingConnection { if $0 { started.increment() } }
            for try await _ in watch {}
        }
    }

    private final class Counter: Sendable {
        private let count = Atomic(0)
        var value: Int { self.count.load(ordering: .relaxed) }
        func increment() { self.count.add(1, ordering: .relaxed) }
    }
}
