import EtcdClient
import Foundation
import PhotoLibrary
import TestSupport
import Testing

@testable import PhotoServer

struct KeptHistoryTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)
    private static let day: TimeInterval = 86_400

    /// Looks every hour at a store that grows by a hundred revisions an hour, and says what is compacted.
    private static func targets(
        hours: Int, restartsEvery: Int? = nil,
        _ change: (inout (cluster: UInt64, head: Int64, now: Date), Int) -> Void = { _, _ in }
    ) throws -> [Int64?] {
        var history = KeptHistory()
        var store = (cluster: UInt64(7), head: Int64(1), now: Self.start)
        return try (0..<hours).map { hour in
            if let restartsEvery, hour % restartsEvery == 0 {
                history = try JSONDecoder().decode(KeptHistory.self, from: JSONEncoder().encode(history))
            }
            change(&store, hour)
            let target = history.target(head: store.head, cluster: store.cluster, now: store.now, age: Self.day)
            store.head += 100
            store.now += 3_600
            return target
        }
    }

    @Test(arguments: [nil, 5]) func `a day of history stays, over restarts too`(restartsEvery: Int?) throws {
        let targets = try Self.targets(hours: 50, restartsEvery: restartsEvery)
        #expect(targets.prefix(25).allSatisfy { $0 == nil || $0 == 1 })
        for hour in 25..<50 { #expect(targets[hour] == Int64(1 + (hour - 24) * 100)) }
    }

    @Test func `another store, or one that was set back, is not compacted by what was known of the one before`() throws
    {
        let swapped = try Self.targets(hours: 60) { store, hour in if hour == 30 { store.cluster = 8 } }
        #expect(swapped[30..<55].allSatisfy { $0 == nil || $0 == 3_001 })
        let setBack = try Self.targets(hours: 60) { store, hour in if hour == 30 { store.head = 50 } }
        #expect(setBack[31..<54].allSatisfy { $0 == nil })
        #expect(setBack[56] == Int64(50 + 200))
    }

    @Test func `a clock that was set back does not make history younger than it is`() throws {
        let targets = try Self.targets(hours: 60) { store, hour in if hour == 10 { store.now -= 5 * 3_600 } }
        for hour in 35..<60 { #expect((targets[hour] ?? 0) <= Int64(1 + (hour - 24) * 100)) }
    }

    @Test func `the quota is read from the metrics of an etcd that does not tell it otherwise`() {
        let text = "# TYPE etcd_server_quota_backend_bytes gauge\netcd_server_quota_backend_bytes 2.147483648e+09\n"
        #expect(MediatorQuota.quota(in: text) == 2_147_483_648)
        #expect(MediatorQuota.quota(in: "") == nil)
    }
}

/// Real etcds that fill up, and are compacted.
@Suite(.serialized, .timeLimit(.minutes(2))) struct MediatorUpkeepTests {
    private func tending(
        _ endpoint: String, _ pace: MediatorUpkeep.Pace, _ body: (TestServer) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let server = try await TestServer(folder: folder, mediator: endpoint) { $0.upkeep = pace }
            defer { try? server.library.close() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.parts.upkeep.run() }
                try await body(server)
                group.cancelAll()
                try await group.waitForAll()
            }
            await server.parts.client.close()
        }
    }

    @Test func `an etcd outside is compacted up to the age that is kept`() async throws {
        try await withEtcd { etcd in
            var pace = MediatorUpkeep.Pace()
            pace.compact = .milliseconds(200)
            pace.keep = .milliseconds(600)
            try await self.tending(etcd.endpoint, pace) { server in
                let client = server.parts.client
                let first = try await client.put("/status/hall", "1").revision
                for value in 2...20 { try await client.put("/status/hall", Value("\(value)")) }
                try await eventually("the first status being compacted away") {
                    var options = RangeOptions()
                    options.revision = first
                    do {
                        _ = try await client.range(.key("/status/hall"), options: options)
                        return false
                    } catch let error as EtcdError {
                        return error.code == .compacted
                    }
                }
                #expect(try await client.get("/status/hall")?.value == "20")
            }
        }
    }

    @Test func `a full etcd is told of, with its quota`() async throws {
        var options = EtcdProcess.Options()
        options.arguments = ["--quota-backend-bytes=1048576"]
        try await withEtcd(options) { etcd in
            var pace = MediatorUpkeep.Pace()
            pace.look = .milliseconds(100)
            try await self.tending(etcd.endpoint, pace) { server in
                try await eventually("the quota") { server.parts.upkeep.report?.quota == 1_048_576 }
                #expect(server.parts.upkeep.report?.alarms == [])
                let place = server.parts.hub.cursor
                let value = Value(String(repeating: "x", count: 100_000))
                // etcd sees what its database has grown to ten times a second: a burst may pass whole.
                try await eventually("a write being refused") {
                    do {
                        try await server.parts.client.put(Key("/fill/\(UUID())"), value)
                        return false
                    } catch let error as EtcdError where error.code == .noSpace {
                        return true
                    }
                }
                try await eventually("the alarm") { server.parts.upkeep.report?.alarms == ["noSpace"] }
                #expect(!server.parts.hub.events(after: place).items.isEmpty)
            }
        }
    }
}
