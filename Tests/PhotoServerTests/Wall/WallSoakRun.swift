import Foundation
import TestSupport

@testable import PhotoServer

/// Random changes on many displays while everything between them and the page dies, is cut off or is set back.
struct WallSoakRun {
    /// What happens in one round, besides the changes.
    enum Fault: CaseIterable {
        case none
        /// SIGKILL now, or at a step of the server's work.
        case serverKilled, serverKilledAtStep
        case etcdKilled, etcdSetBack
        /// The network between the server, or the displays, and etcd.
        case serverCut, serverSilenced, displaysCut, displaysSilenced
    }

    static let displays = 20
    static let rounds = 5
    static let changesARound = 12

    let house: WallHouse
    /// Nil for the embedded store, which dies with the server and cannot be cut off from it.
    let etcd: EtcdProcess?
    let serverProxy: FaultProxy?
    let displayProxy: FaultProxy

    private struct Progress: Sendable {
        var model = WallModel()
        var commands = 0
    }

    /// - Returns: What was wrong at the end; nil when all is as it should be.
    func run(seed: UInt64) async throws -> String? {
        var generator = SeededGenerator(seed: seed)
        var progress = Progress()
        try await self.house.start()
        progress.model = WallModel(try await self.house.views(), self.house)
        for _ in 0..<Self.rounds {
            let fault = Fault.allCases.randomElement(using: &generator) ?? .none
            try await self.begin(fault, &generator)
            for _ in 0..<Self.changesARound { await self.change(&progress, &generator) }
            try await self.end(fault)
            for _ in 0..<3 { await self.change(&progress, &generator) }
        }
        if !self.house.isRunning { try await self.house.start() }
        let model = progress.model
        do {
            try await eventually("everybody agreeing", within: .seconds(60)) {
                if let problem = model.problem(try await self.house.views(), self.house) {
                    throw NotInTime(description: problem)
                }
                return true
            }
        } catch let error as NotInTime {
            return "\(error)"
        }
        // Each command named another photo of the album in turn; none may have run more often than it was given.
        let ran = self.house.displays.reduce(0) { $0 + $1.shown.count }
        return ran <= progress.commands ? nil : "\(ran) commands ran, and \(progress.commands) were given"
    }

    private func change(_ progress: inout Progress, _ generator: inout SeededGenerator) async {
        let display = Int.random(in: 0..<Self.displays, using: &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5:
            let name = "Hall \(UInt16.random(in: 0...9999, using: &generator))"
            progress.model.set(\.names, display, name, await self.house.change(display, "{\"name\":\"\(name)\"}"))
        case 5..<7:
            let album = self.house.albums.randomElement(using: &generator).map { "\($0)" } ?? "null"
            progress.model.set(\.albums, display, album, await self.house.change(display, "{\"album\":\(album)}"))
        case 7:
            let power = Bool.random(using: &generator) ? "on" : "off"
            progress.model.set(\.powers, display, power, await self.house.change(display, "{\"power\":\"\(power)\"}"))
        default:
            progress.commands += 1
            let photo = self.house.photos.randomElement(using: &generator)?.id ?? 1
            _ = await self.house.show(photo, on: display)
        }
    }

    private func begin(_ fault: Fault, _ generator: inout SeededGenerator) async throws {
        switch fault {
        case .none: break
        case .serverKilled:
            self.house.kill()
            try await self.house.start()
        case .serverKilledAtStep:
            self.house.kill()
            let step = ServerStep.allCases.randomElement(using: &generator) ?? .publishPut
            try await self.house.start(killedAt: "\(step):\(Int.random(in: 1...8, using: &generator))")
        case .etcdKilled: self.etcd?.kill()
        case .etcdSetBack: try await self.etcd?.keepCopy()
        case .serverCut: self.serverProxy?.cut()
        case .serverSilenced: self.serverProxy?.goSilent()
        case .displaysCut: self.displayProxy.cut()
        case .displaysSilenced: self.displayProxy.goSilent()
        }
    }

    private func end(_ fault: Fault) async throws {
        switch fault {
        case .none, .serverCut, .displaysCut: break
        case .serverKilled, .serverKilledAtStep:
            self.house.kill()
            try await self.house.start()
        case .etcdKilled: try await self.etcd?.start()
        case .etcdSetBack:
            self.etcd?.kill()
            try self.etcd?.setBack()
            try await self.etcd?.start()
        case .serverSilenced: try await Self.heal(self.serverProxy)
        case .displaysSilenced: try await Self.heal(self.displayProxy)
        }
    }

    /// Connections that went silent stay so, as behind a router that forgot them; those who use them have to notice.
    private static func heal(_ proxy: FaultProxy?) async throws {
        try await proxy?.resume()
    }
}
