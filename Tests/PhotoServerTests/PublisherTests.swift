import DisplayChannel
import EtcdClient
import Foundation
import PhotoLibrary
import ServiceLifecycle
import TestSupport
import Testing

@testable import PhotoServer

struct StateDifferenceTests {
    private static let settings = ValueDigest([1])
    private static let images = ValueDigest([2])
    private static let playlist = ValueDigest([3])
    private static let desired: [Topic: ValueDigest] = [
        .settings: settings, .images: images, .playlist: playlist,
    ]

    static let cases: [(String, [Topic: (ValueDigest, Int64)], Set<Topic>)] = [
        ("everything stands", [.settings: (settings, 9), .images: (images, 5), .playlist: (playlist, 5)], []),
        ("nothing is there", [:], [.settings, .images, .playlist]),
        (
            "one list differs, so both are put",
            [.settings: (settings, 9), .images: (images, 5), .playlist: (ValueDigest([7]), 5)], [.images, .playlist]
        ),
        (
            "a hand put the names later than the playlist",
            [.settings: (settings, 1), .images: (images, 8), .playlist: (playlist, 5)], [.images, .playlist]
        ),
        (
            "settings alone", [.settings: (images, 1), .images: (images, 5), .playlist: (playlist, 5)], [.settings]
        ),
    ]

    @Test(arguments: cases)
    func `only what differs is put, but the two lists always together`(
        name: String, present: [Topic: (ValueDigest, Int64)], topics: Set<Topic>
    ) {
        var state = MediatorState()
        for (topic, (digest, revision)) in present { state.take(.init(digest: digest, modRevision: revision), topic) }
        #expect(StateDifference(desired: Self.desired, present: state).topics == topics, "\(name)")
    }

    @Test func `commands are never put`() {
        #expect(StateDifference(desired: [.reboot: ValueDigest([1])], present: MediatorState()).isEmpty)
    }

    @Test func `answers and events that overtake each other leave the newest`() {
        var state = MediatorState()
        state.take(.init(digest: Self.images, modRevision: 8), .images)
        state.take(.init(digest: Self.settings, modRevision: 5), .images)
        state.delete(.images, at: 7)
        #expect(state.entries[.images] == .init(digest: Self.images, modRevision: 8))
        state.delete(.images, at: 9)
        #expect(state.entries.isEmpty)
    }
}

/// The database is the truth, and a real etcd becomes equal to it whatever happens in between.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PublisherTests {
    /// What etcd holds for a display.
    private func keys(_ client: EtcdClient, _ display: String = "hall") async throws -> [String: KeyValue] {
        let id = try #require(DisplayID(display))
        let pairs = try await client.range(DisplayKey.topics(of: id)).keyValues
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0.key.string, $0) })
    }

    private func names(_ client: EtcdClient) async throws -> [String]? {
        try await self.keys(client)["/hall:images"].flatMap { ImageNames.read($0.value.bytes) }
    }

    private func settings(_ client: EtcdClient) async throws -> DisplaySettings? {
        try await self.keys(client)["/hall:settings"].flatMap {
            DisplaySettings.Reading(json: $0.value.bytes)?.settings
        }
    }

    /// Lends a server whose publisher runs against `endpoint`.
    private func publishing(
        _ endpoint: String, folder: String, rightsEvery: Duration = .seconds(1),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer(folder: folder, mediator: endpoint) {
            $0.publisher.rightsEvery = rightsEvery
        }
        defer { try? server.library.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.parts.publisher.run() }
            try await body(server)
            group.cancelAll()
            try await group.waitForAll()
        }
        await server.parts.client.close()
    }

    @Test func `each change is in etcd soon after it is committed, the lists in one revision`() async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                try await self.publishing(etcd.endpoint, folder: folder) { server in
                    _ = try await server.admitDisplay()
                    let client = server.parts.client
                    let album = try await server.album(photos: 2)
                    try await server.give(album)
                    try await eventually("the album being published") { try await self.names(client)?.count == 2 }
                    let keys = try await self.keys(client)
                    #expect(keys["/hall:images"]?.modRevision == keys["/hall:playlist"]?.modRevision)
                    let reference = try #require(
                        keys["/hall:playlist"].flatMap { PlaylistReference(json: $0.value.bytes) })
                    #expect(try await server.library.playlistDocument(sha256: reference.sha256, for: "hall") != nil)
                    #expect(keys["/hall:power_state"]?.value.string == "\"on\"")

                    let revision = keys["/hall:images"]?.modRevision
                    _ = try await server.library.updateDisplay("hall") {
                        try DisplayChange(settings: ["interval_time": .number(7)]).apply(to: &$0)
                    }
                    try await eventually("the interval being published") {
                        try await self.settings(client)?.intervalTime == 7
                    }
                    #expect(try await self.keys(client)["/hall:images"]?.modRevision == revision)
                    try await eventually("the mark being taken away") {
                        try await server.library.displaysToPublish().isEmpty
                    }
                }
            }
        }
    }

    @Test func `killed between commit and publishing, the next start publishes`() async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                // The first server commits and dies: its publisher never ran.
                do {
                    let first = try await TestServer(folder: folder, mediator: etcd.endpoint)
                    _ = try await first.admitDisplay()
                    try await first.give(try await first.album(photos: 1))
                    try first.library.close()
                }

                try await self.publishing(etcd.endpoint, folder: folder) { server in
                    try await eventually("the album being published") {
                        try await self.names(server.parts.client)?.count == 1
                    }
                    try await eventually("the mark being taken away") {
                        try await server.library.displaysToPublish().isEmpty
                    }
                }
            }
        }
    }

    @Test func `killed between publishing and noting it, the next start puts nothing twice`() async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                let revision: Int64
                do {
                    let first = try await TestServer(folder: folder, mediator: etcd.endpoint)
                    _ = try await first.admitDisplay()
                    let publication = try #require(try await first.library.publication(for: "hall"))
                    let store = DisplayStateStore(client: first.parts.client, logins: first.parts.logins)
                    let id = try #require(DisplayID("hall"))
                    let state = try await store.state(of: id)
                    let desired = DesiredState.topics(
                        display: publication.display, lists: .init(publication.playlist))
                    revision = try #require(try await store.put(desired, of: id, over: state))
                    await first.parts.client.close()
                    try first.library.close()
                }

                try await self.publishing(etcd.endpoint, folder: folder) { server in
                    try await eventually("the mark being taken away") {
                        try await server.library.displaysToPublish().isEmpty
                    }
                    let keys = try await self.keys(server.parts.client)
                    #expect(Set(keys.values.map(\.modRevision.rawValue)) == [revision])
                }
            }
        }
    }

    @Test func `a change made while etcd is away is kept and published when it is back`() async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                try await self.publishing(etcd.endpoint, folder: folder) { server in
                    _ = try await server.admitDisplay()
                    let client = server.parts.client
                    try await eventually("the display being published") { try await self.keys(client).count == 4 }
                    etcd.kill()
                    _ = try await server.library.updateDisplay("hall") { $0.name = "Hall by the door" }
                    #expect(try await server.library.displaysToPublish().map(\.id) == ["hall"])
                    try await etcd.start()
                    try await eventually("the name being published", within: .seconds(10)) {
                        try await self.settings(client)?.name == "Hall by the door"
                    }
                }
            }
        }
    }

    @Test func `keys changed or deleted by hand are put right, commands are left alone`() async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                try await self.publishing(etcd.endpoint, folder: folder, rightsEvery: .milliseconds(50)) { server in
                    _ = try await server.admitDisplay()
                    try await server.give(try await server.album(photos: 1))
                    let client = server.parts.client
                    try await eventually("the album being published") { try await self.names(client)?.count == 1 }
                    try await client.put("/hall:images", "[\"by hand\"]")
                    try await client.put("/hall:change_photo", "\"forward\"")
                    try await client.delete(.key("/hall:settings"))
                    try await eventually("the keys being as they should") {
                        let keys = try await self.keys(client)
                        return try await self.names(client) != ["by hand"] && keys["/hall:settings"] != nil
                            && keys["/hall:images"]?.modRevision == keys["/hall:playlist"]?.modRevision
                    }
                    #expect(try await self.keys(client)["/hall:change_photo"]?.value.string == "\"forward\"")
                }
            }
        }
    }

    @Test func `nothing is left of a removed display`() async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                try await self.publishing(etcd.endpoint, folder: folder) { server in
                    _ = try await server.admitDisplay()
                    _ = try await server.admitDisplay("hall-2")
                    let client = server.parts.client
                    try await client.put("/status/hall", "{}")
                    try await eventually("both being published") {
                        let (hall, other) = (try await self.keys(client), try await self.keys(client, "hall-2"))
                        return hall.count == 4 && other.count == 4
                    }
                    try await server.library.removeDisplay("hall")
                    try await eventually("its keys being gone") {
                        let status = try await client.get("/status/hall")
                        return try await self.keys(client).isEmpty && status == nil
                    }
                    #expect(try await self.keys(client, "hall-2").count == 4)
                    try await eventually("it being forgotten") { try await server.library.displaysToRetire().isEmpty }
                }
            }
        }
    }

    /// What the mediator holds equals what the database says, for every display.
    private func agree(_ server: TestServer) async throws -> Bool {
        let store = DisplayStateStore(client: server.parts.client, logins: server.parts.logins)
        for display in try await server.library.displays() {
            let publication = try #require(try await server.library.publication(for: display.id))
            let desired = DesiredState.topics(
                display: publication.display, group: publication.group, lists: .init(publication.playlist))
            let id = try #require(DisplayID(display.id))
            let state = try await store.state(of: id)
            guard state.entries.count == 4, state.isEqual(to: desired.mapValues { ValueDigest($0) }) else {
                return false
            }
        }
        return true
    }

    /// What can happen to an etcd while nobody looks.
    enum Misfortune: String, CaseIterable {
        case killed, setBack, setBackAndWritten, wiped
    }

    @Test(arguments: Misfortune.allCases)
    func `whatever became of etcd, it agrees with the database within five seconds of being there`(
        misfortune: Misfortune
    ) async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                try await self.publishing(etcd.endpoint, folder: folder) { server in
                    for number in 0..<5 { _ = try await server.admitDisplay("d\(number)") }
                    try await server.give(try await server.album(photos: 2), to: "d1")
                    _ = try await server.admitDisplay("gone")
                    try await eventually("the first agreement") { try await self.agree(server) }
                    try await etcd.keepCopy()
                    try await server.library.removeDisplay("gone")
                    for number in 0..<20 {
                        _ = try await server.library.updateDisplay("d\(number % 5)") { $0.name = "Later \(number)" }
                    }
                    try await eventually("the second agreement") {
                        let isRetired = try await server.library.displaysToRetire().isEmpty
                        return try await self.agree(server) && isRetired
                    }
                    etcd.kill()
                    _ = try await server.library.updateDisplay("d2") { $0.power = .off }
                    switch misfortune {
                    case .killed: break
                    case .setBack, .setBackAndWritten: try etcd.setBack()
                    case .wiped: try etcd.wipe()
                    }
                    if misfortune == .setBackAndWritten {
                        // Past every revision that was known, before the server hears of it.
                        try await etcd.startElsewhere { endpoint in
                            let other = EtcdClient(try .init(endpoints: endpoint), logger: quietLogger)
                            for number in 0..<200 { try await other.put("/status/other", Value("\(number)")) }
                            await other.close()
                        }
                    }
                    try await etcd.start()
                    let begun = ContinuousClock.now
                    try await eventually("the agreement afterwards") { try await self.agree(server) }
                    let time = ContinuousClock.now - begun
                    print("etcd \(misfortune): agreed after \(time / .milliseconds(1)) ms")
                    // Five seconds on a machine that has nothing else to do.
                    #expect(time < .seconds(10), "\(misfortune)")
                    try await eventually("nothing being left of the removed display") {
                        try await self.keys(server.parts.client, "gone").isEmpty
                    }
                }
            }
        }
    }

    @Test func `a hand that keeps changing keys does not keep the publisher from other displays`() async throws {
        try await withEtcd { etcd in
            try await withTemporaryFolder { folder in
                try await self.publishing(etcd.endpoint, folder: folder) { server in
                    _ = try await server.admitDisplay()
                    _ = try await server.admitDisplay("hall-2")
                    let client = server.parts.client
                    try await eventually("both being published") { try await self.agree(server) }
                    let first = try await self.keys(client)["/hall:settings"]?.version ?? 0
                    let hand = Task {
                        while !Task.isCancelled { try await client.put("/hall:settings", "{}") }
                    }
                    _ = try await server.library.updateDisplay("hall-2") { $0.name = "Other" }
                    try await eventually("the other display being published") {
                        try await self.keys(client, "hall-2")["/hall-2:settings"].flatMap {
                            DisplaySettings.Reading(json: $0.value.bytes)?.settings.name
                        } == "Other"
                    }
                    hand.cancel()
                    _ = await hand.result
                    try await eventually("the keys being put right") { try await self.agree(server) }
                    #expect(try await self.keys(client)["/hall:settings"]?.version ?? 0 > first)
                }
            }
        }
    }
}
