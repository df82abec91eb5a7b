import DisplayChannel
import EtcdClient
import Foundation
import PhotoLibrary
import Planning
import Synchronization
import TestSupport
import Testing

@testable import PhotoServer

/// Groups and schedules, as far as the keys in a real etcd.
@Suite(.serialized, .timeLimit(.minutes(2))) struct GroupPublishingTests {
    /// A wall clock that stands until it is set, and whose sleepers look again soon.
    final class ManualClock: Sendable {
        private let time: Mutex<Date>

        init(_ text: String) throws { self.time = Mutex(try Date(text, strategy: .iso8601)) }

        func set(_ text: String) throws {
            let date = try Date(text, strategy: .iso8601)
            self.time.withLock { $0 = date }
        }

        var clock: WallClock {
            WallClock(now: { self.time.withLock { $0 } }, sleep: { _ in try await Task.sleep(for: .milliseconds(5)) })
        }
    }

    /// Lends a server whose publisher and schedules run against a real etcd.
    private func publishing(
        _ clock: WallClock = .system, _ body: (TestServer) async throws -> Void
    ) async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                let server = try await TestServer(folder: folder, mediator: etcd.endpoint) { $0.clock = clock }
                defer { try? server.library.close() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await server.parts.publisher.run() }
                    group.addTask { try await server.parts.schedules.run() }
                    try await body(server)
                    group.cancelAll()
                    try await group.waitForAll()
                }
                await server.parts.client.close()
            }
        }
    }

    private func names(_ server: TestServer, _ display: String) async throws -> [String]? {
        try await server.parts.client.get(Key("/\(display):images")).flatMap { ImageNames.read($0.value.bytes) }
    }

    private func settings(_ server: TestServer, _ display: String) async throws -> DisplaySettings? {
        try await server.parts.client.get(Key("/\(display):settings")).flatMap {
            DisplaySettings.Reading(json: $0.value.bytes)?.settings
        }
    }

    @Test func `each display of a group is told its share, and photos that come and go move no other`() async throws {
        try await self.publishing { server in
            let displays = ["left", "middle", "right"]
            for id in displays { _ = try await server.admitDisplay(id) }
            let album = try await server.album(photos: 7)
            let group = try await server.library.createGroup(named: "Stairs", displays: displays, album: album)
            func shares() async throws -> [[String]] {
                var shares: [[String]] = []
                for id in displays { shares.append(try await self.names(server, id) ?? []) }
                return shares
            }
            try await eventually("seven photos being shared out") { try await shares().map(\.count) == [3, 2, 2] }
            let before = try await shares()
            #expect(Set(before.joined()).count == 7)

            let path = "\(server.folder)/another.jpg"
            try TestPhoto.make(path, seed: 77)
            _ = try await server.library.ingest(file: path, into: album)
            try await eventually("the eighth being on the second") { try await shares().map(\.count) == [3, 3, 2] }
            let after = try await shares()
            #expect(after[1].dropLast() == before[1][...])
            #expect(after[0] == before[0] && after[2] == before[2])

            try await server.library.moveDisplay("middle", to: nil)
            try await eventually("the two others having all") {
                let now = try await shares()
                return now[0].count == 4 && now[1].isEmpty && now[2].count == 4
                    && Set(now.joined()).count == 8
            }
            #expect(try await Set(shares()[0]).isSuperset(of: before[0]))
            #expect(try await self.settings(server, "left")?.group == "Stairs")
            #expect(try await self.settings(server, "middle")?.group == "")
            try await server.library.deleteGroup(group.group.id)
            try await eventually("nobody having anything") { try await shares().allSatisfy(\.isEmpty) }
        }
    }

    @Test func `displays in step are sent one interval, order and seed, whatever their own say`() async throws {
        try await self.publishing { server in
            for (id, interval) in [("left", 7.0), ("right", 90.0)] {
                _ = try await server.admitDisplay(id)
                _ = try await server.library.updateDisplay(id) {
                    try DisplayChange(settings: [
                        "interval_time": .number(interval), "order": .string("as_listed"), "variance_pct": .number(20),
                        "brightness": .number(interval / 100),
                    ]).apply(to: &$0)
                }
            }
            let album = try await server.album(photos: 2)
            let group = try await server.library.createGroup(
                named: "Stairs", displays: ["left", "right"], album: album, mode: .same,
                settings: #"{"interval_time":12,"interval_units":"minutes"}"#)
            func both() async throws -> [DisplaySettings] {
                try await [self.settings(server, "left"), self.settings(server, "right")].compactMap { $0 }
            }
            try await eventually("both being in step") {
                let both = try await both()
                return both.count == 2 && both.allSatisfy(\.groupClock)
            }
            let sent = try await both()
            #expect(sent.allSatisfy { $0.interval == .seconds(720) && $0.order == .shuffle && $0.group == "Stairs" })
            #expect(Set(sent.map(\.shuffleSeed)) == [UInt64(group.group.id.rawValue)])
            #expect(sent.map(\.brightness) == [0.07, 0.9], "what is not common stays each one's own")
            #expect(try await self.names(server, "left") == self.names(server, "right"))

            try await server.library.moveDisplay("left", to: nil)
            try await eventually("the one that left having its own interval again") {
                let left = try await self.settings(server, "left")
                return left?.intervalTime == 7 && left?.groupClock == false && left?.shuffleSeed == 0
            }
        }
    }

    @Test func `a schedule is kept across the night on which the clock is set, and across a clock that jumps`()
        async throws
    {
        // In Vienna 02:00 becomes 03:00 on 2026-03-29: a line from 02:30 to 05:00 begins at 03:00 then.
        let clock = try ManualClock("2026-03-27T12:00:00Z")
        try await self.publishing(clock.clock) { server in
            _ = try await server.admitDisplay()
            let day = try await server.album("Day", photos: 1, seed: 1)
            let night = try await server.album("Night", photos: 1, seed: 50)
            try await server.give(day)
            _ = try await server.library.updateDisplay("hall") {
                try DisplayChange(settings: ["time_zone": .string("Europe/Vienna")]).apply(to: &$0)
            }
            let hours = DailySpan(
                from: try #require(MinuteOfDay("02:30")), to: try #require(MinuteOfDay("05:00")))
            try await server.library.setSchedule([ScheduleRule(night, hours: hours)], of: .display("hall"))
            for (time, name) in [
                ("2026-03-27T12:00:01Z", "Day-0.jpg"),
                ("2026-03-28T01:30:00Z", "Night-0.jpg"), ("2026-03-28T04:00:00Z", "Day-0.jpg"),
                ("2026-03-29T01:00:00Z", "Night-0.jpg"), ("2026-03-29T03:00:00Z", "Day-0.jpg"),
                // Forward over two nights, into the third.
                ("2026-04-01T01:00:00Z", "Night-0.jpg"),
                // Back by days.
                ("2026-03-27T12:00:00Z", "Day-0.jpg"), ("2026-03-28T01:30:00Z", "Night-0.jpg"),
            ] {
                try clock.set(time)
                try await eventually("\(name) at \(time)") { try await self.names(server, "hall") == [name] }
            }
            try clock.set("2026-03-28T03:59:59Z")
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await self.names(server, "hall") == ["Night-0.jpg"], "not a second early")
        }
    }
}
