import DisplayChannel
import EtcdClient
import Foundation
import PhotoLibrary
import ServiceLifecycle
import TestSupport
import Testing

@testable import PhotoServer

struct StateDifferenceTests {
    private let settings: [UInt8] = [1]
    private let images: [UInt8] = [2]
    private let playlist: [UInt8] = [3]

    private var desired: [Topic: [UInt8]] {
        [.settings: self.settings, .images: self.images, .playlist: self.playlist]
    }

    @Test func `nothing is put where everything stands`() {
        let difference = StateDifference(
            desired: self.desired,
            present: [
                .settings: .init(json: self.settings, modRevision: 9),
                .images: .init(json: self.images, modRevision: 5),
                .playlist: .init(json: self.playlist, modRevision: 5),
            ])
        #expect(difference.isEmpty)
    }

    @Test func `only what differs is put, but the two lists always together`() {
        let difference = StateDifference(
            desired: self.desired,
            present: [
                .settings: .init(json: self.settings, modRevision: 9),
                .images: .init(json: self.images, modRevision: 5),
                .playlist: .init(json: [7], modRevision: 5),
            ])
        #expect(difference.puts == [.images: self.images, .playlist: self.playlist])
    }

    @Test func `a list of names that a hand put later than the playlist is put again with it`() {
        let difference = StateDifference(
            desired: self.desired,
            present: [
                .settings: .init(json: self.settings, modRevision: 1),
                .images: .init(json: self.images, modRevision: 8),
                .playlist: .init(json: self.playlist, modRevision: 5),
            ])
        #expect(difference.puts == [.images: self.images, .playlist: self.playlist])
    }

    @Test func `commands are never put`() {
        let difference = StateDifference(desired: [.reboot: [1]], present: [:])
        #expect(difference.isEmpty)
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
        _ endpoint: String, folder: String, comparesEvery: Duration = .seconds(300),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer(folder: folder, mediator: endpoint) {
            $0.publisher.comparesEvery = comparesEvery
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
                        display: publication.display, playlist: publication.playlist)
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
                try await self.publishing(etcd.endpoint, folder: folder, comparesEvery: .milliseconds(200)) { server in
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
}
