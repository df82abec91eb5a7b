import DisplayChannel
import EtcdClient
import Foundation
import Logging
import TestSupport
import Testing

@testable import PhotoViewer

@Suite(.timeLimit(.minutes(2)))
struct SimulationTests {
    @Test func aFleetIsAdmittedHearsFollowsCommandsAndReports() async throws {
        try await withTemporaryFolder { folder in
            let etcd = try await EtcdProcess(folder: folder)
            let client = EtcdClient(try .init(endpoints: etcd.endpoint))
            let house = FakeHouse()
            let playlist = house.addPlaylist(["a", "b", "c"])
            let logger = Logger(label: "test")
            let fleet = SimulatedFleet(
                .init(displays: 5, folder: "\(folder)/fleet", startsPerSecond: 1000, picture: [0xFF, 0xD8]),
                service: house,
                makeLink: { credentials, store throws(ViewerError) in
                    var own = credentials
                    own.etcd = .init(endpoints: [etcd.endpoint])
                    return try EtcdLink(
                        credentials: own, store: store, certificateFile: "\(folder)/ca.pem", logger: logger)
                }, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await fleet.run() }
                try await eventually("all online") { fleet.summary.online == 5 && fleet.summary.admitted == 5 }
                let ids = house.ask { $0.registrations }
                #expect(Set(ids).count == 5)
                for id in ids { _ = try await client.put(DisplayKey.topic(.playlist, of: id), Value(playlist.json)) }
                try await eventually("everybody showing a") {
                    try await Self.statuses(client).allSatisfy { $0.showing == "a" && $0.appliedRevision > 0 }
                }
                #expect(house.ask { $0.downloads.isEmpty }, "no photos are fetched unless that was asked for")
                let sender = CommandSender(client: client)
                for id in ids { _ = try await sender.send(.changePhoto(.forward), to: id) }
                let screen = try await sender.send(.currentDisplay(request: "r1"), to: ids[0])
                try await eventually("everybody showing b, and a picture") {
                    let statuses = try await Self.statuses(client)
                    return statuses.allSatisfy { $0.showing == "b" } && house.ask { $0.screens["r1"] } == [0xFF, 0xD8]
                        && statuses.contains { $0.commands.contains { $0.revision == screen && $0.result == .done } }
                }
                #expect(fleet.summary.commands == 6)
                #expect(fleet.summary.failures == 0)
                #expect(fleet.summary.appliedAfterP99 != nil)
                group.cancelAll()
            }
            try await eventually("everybody gone") { try await Self.statuses(client).isEmpty }

            // The same fleet again, without registering.
            let registrations = house.ask { $0.registrations.count }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await fleet.run() }
                try await eventually("all online") { try await Self.statuses(client).count == 5 }
                group.cancelAll()
            }
            #expect(house.ask { $0.registrations.count } == registrations)
            await client.close()
            etcd.kill()
        }
    }

    private static func statuses(_ client: EtcdClient) async throws -> [DisplayStatus] {
        try await client.range(DisplayKey.allStatus).keyValues.compactMap { DisplayStatus(json: $0.value.bytes) }
    }
}
