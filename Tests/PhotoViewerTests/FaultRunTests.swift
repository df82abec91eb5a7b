import DisplayChannel
import EtcdClient
import Foundation
import Glibc
import Logging
import PhotoViewer
import TestSupport
import Testing

/// Everything around a display breaks, by seed: the picture stays, the newest state arrives soon after the fault's end,
/// and no command runs twice.
///
/// `VITRINE_SOAK_SEED=7 VITRINE_SOAK_RUNS=1 swift test --filter FaultRunTests` runs one seed again.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct FaultRunTests {
    enum Fault: CaseIterable {
        case serverAway, mediatorKilled, connectionsCut, mediatorRefuses, halfOpen, diskFull, photoDamaged, clockJumps,
            killed, slowNetwork, folderGone
    }

    /// From the fault's end to the newest state on the stage.
    private static let promise: Duration = .seconds(5)
    /// What a busy machine may add to that before it counts as a failure.
    private static let slack: Duration = .seconds(10)

    @Test(arguments: SoakSeeds.all(orElse: 1))
    func thePictureStaysTheNewestArrivesAndNoCommandRunsTwice(seed: UInt64) async throws {
        print("fault run: seed \(seed)")
        let isSoak = ProcessInfo.processInfo.environment["VITRINE_SOAK_RUNS"] != nil
        try await FaultWorld.with { world in
            var generator = SeededGenerator(seed: seed)
            var worst: Duration = .zero
            var (sent, late): ([Int64], [String]) = ([], [])
            _ = try await world.client.put(DisplayKey.topic(.settings, of: world.display), Value(calmSettings))
            _ = try await world.publish(["start-a", "start-b"])
            try await world.shows(["start-a", "start-b"], within: .seconds(30))

            let count = isSoak ? 12 : 5
            for round in 0..<count {
                // The half-open connection takes 16 s to be told from a quiet one.
                let kinds = Fault.allCases.filter { isSoak || $0 != .halfOpen }
                let fault = kinds[Int.random(in: 0..<kinds.count, using: &generator)]
                let names = ["\(round)-a", "\(round)-b"]
                let repair = try await Self.begin(fault, names: names, world, &generator)
                // As far as etcd is there to take it; otherwise it is what comes first after the fault.
                var isPublished = false
                if fault != .mediatorKilled {
                    _ = try await world.publish(names, padding: 60_000)
                    isPublished = true
                    if Bool.random(using: &generator) { sent.append(try await world.send(.changePhoto(.forward))) }
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 50...1500, using: &generator)))
                if fault == .halfOpen { try await Task.sleep(for: .seconds(16)) }
                try await repair()
                let mended = ContinuousClock.now
                if !isPublished { _ = try await world.publish(names) }
                if Bool.random(using: &generator) { sent.append(try await world.send(.changePhoto(.back))) }
                try await world.shows(names, within: Self.promise + Self.slack)
                let took = mended.duration(to: .now)
                worst = max(worst, took)
                if took > Self.promise { late.append("\(fault) in round \(round): \(took)") }
            }
            // The last command has arrived, so those before it had their chance.
            let last = try await world.send(.pause(false))
            try await eventually("the last command", within: .seconds(20)) { world.commands.get()[last] != nil }
            let counts = world.commands.get()
            let twice = counts.filter { $0.value > 1 }
            #expect(twice.isEmpty, "seed \(seed): commands that ran twice: \(twice)")
            #expect(world.gaps.get() == 0, "seed \(seed): frames without a photo")
            #expect(late.isEmpty, "seed \(seed)")
            let ran = sent.count { counts[$0] != nil }
            print(
                "fault run: seed \(seed): worst \(worst), \(ran) of \(sent.count) commands ran, \(world.lives.get()) lives"
            )
        }
    }

    /// Begins a fault.
    ///
    /// - Returns: What ends it.
    private static func begin(
        _ fault: Fault, names: [String], _ world: FaultWorld, _ generator: inout SeededGenerator
    ) async throws -> @Sendable () async throws -> Void {
        let photos = "\(world.folder)/photos"
        switch fault {
        case .serverAway:
            world.house.change { $0.isServerAway = true }
            return { world.house.change { $0.isServerAway = false } }
        case .mediatorKilled:
            world.etcd.kill()
            return { try await world.etcd.start() }
        case .connectionsCut:
            world.proxy.cut()
            return {}
        case .mediatorRefuses:
            try await world.proxy.refuse()
            return { try await world.proxy.resume() }
        case .halfOpen:
            world.proxy.goSilent()
            return { try await world.proxy.resume() }
        case .diskFull:
            // Whatever is written there meets a disk without room.
            let links = names.map { "\(photos)/\(FakeHouse.rendition($0)).part" }
            for link in links { symlink("/dev/full", link) }
            return { for link in links { unlink(link) } }
        case .photoDamaged:
            // Every photo that is there: the one on the stage stays, and the others are fetched again when their turn comes.
            for file in (try? FileManager.default.contentsOfDirectory(atPath: photos)) ?? []
            where file.hasSuffix(".jpg") {
                try? Data("photo of something else".utf8).write(to: URL(filePath: "\(photos)/\(file)"))
            }
            return {}
        case .clockJumps:
            let years = Int.random(in: -20...20, using: &generator)
            world.clockError.set(.seconds(years * 365 * 86400))
            return { world.clockError.set(.zero) }
        case .killed:
            world.kill()
            return {}
        case .slowNetwork:
            world.house.change { $0.bytesPerSecond = 50_000 }
            return { world.house.change { $0.bytesPerSecond = nil } }
        case .folderGone:
            // As on a card that was switched to read-only: nothing can be written where it was, and what is there is read.
            try FileManager.default.moveItem(atPath: world.folder, toPath: "\(world.folder).away")
            return {
                // Whatever was made in its place meanwhile makes way.
                try? FileManager.default.removeItem(atPath: world.folder)
                try FileManager.default.moveItem(atPath: "\(world.folder).away", toPath: world.folder)
            }
        }
    }
}
