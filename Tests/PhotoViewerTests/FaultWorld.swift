import DisplayChannel
import EtcdClient
import Foundation
import Logging
import PhotoViewer
import Slideshow
import Synchronization
import TestSupport

/// Counts the commands that a line hands out, over all lines and lives of a display.
private struct CountingLink: DisplayLink {
    let link: any DisplayLink
    let counts: Shared<[Int64: Int]>

    func run(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws {
        try await self.link.run { event in
            if case .command(_, let revision) = event { self.counts.update { $0[revision, default: 0] += 1 } }
            await handle(event)
        }
    }

    func report(_ status: DisplayStatus) { self.link.report(status) }
    func flush(within limit: Duration) async { await self.link.flush(within: limit) }
}

/// A display with a real etcd behind a network that breaks, for as long as a test lasts; killed and started anew when a
/// test says so.
final class FaultWorld: Sendable {
    let etcd: EtcdProcess
    let proxy: FaultProxy
    let house = FakeHouse()
    let folder: String
    /// Straight to etcd, past the network.
    let client: EtcdClient
    let display: DisplayID
    /// How wrong the display's clock is.
    let clockError = Shared<Duration>(.zero)
    let commands = Shared<[Int64: Int]>([:])
    /// Frames without a photo after the first one with a photo, over all lives.
    let gaps = Shared(0)
    let lives = Shared(0)
    private let life = Shared<Task<Void, Never>?>(nil)
    private let stage = Shared<FakeStage?>(nil)

    private init(etcd: EtcdProcess, proxy: FaultProxy, folder: String, client: EtcdClient, display: DisplayID) {
        self.etcd = etcd
        self.proxy = proxy
        self.folder = folder
        self.client = client
        self.display = display
    }

    static func with(_ body: @escaping @Sendable (FaultWorld) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/etcd", withIntermediateDirectories: true)
            let etcd = try await EtcdProcess(folder: "\(folder)/etcd")
            try await FaultProxy.with(targetPort: etcd.port) { proxy in
                let client = EtcdClient(try .init(endpoints: etcd.endpoint))
                guard let display = DisplayID("fault-\(UInt32.random(in: 0 ... .max))") else { return }
                let world = FaultWorld(
                    etcd: etcd, proxy: proxy, folder: "\(folder)/display", client: client, display: display)
                let outcome: Swift.Result<Void, any Error>
                do {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await world.live() }
                        group.addTask { try await world.watchForGaps() }
                        group.addTask { try await body(world) }
                        defer { group.cancelAll() }
                        try await group.next()
                    }
                    outcome = .success(())
                } catch {
                    outcome = .failure(error)
                }
                await client.close()
                etcd.kill()
                try outcome.get()
            }
        }
    }

    var scene: Scene? { self.stage.get()?.scene }

    /// Ends the display wherever it is; it writes nothing any more and starts anew.
    func kill() { self.life.get()?.cancel() }

    /// One life after the other until cancelled.
    private func live() async throws {
        while !Task.isCancelled {
            let stage = FakeStage()
            let program = self.program(stage)
            let life = Task { _ = try? await program.run() }
            self.stage.set(stage)
            self.life.set(life)
            self.lives.update { $0 += 1 }
            await withTaskCancellationHandler {
                await life.value
            } onCancel: {
                life.cancel()
            }
        }
        throw CancellationError()
    }

    private func program(_ stage: FakeStage) -> DisplayProgram {
        let (clockError, commands, endpoint, display) = (
            self.clockError, self.commands, self.proxy.endpoint, self.display
        )
        var configuration = DisplayProgram.Configuration(
            server: "http://house.test:8080", dataFolder: self.folder, name: "Hall")
        configuration.power = [.black]
        return DisplayProgram(
            configuration, stage: stage, service: self.house, checkPhoto: FakeStage.check,
            makeLink: { credentials, folder, store throws(ViewerError) in
                // The house admits whoever asks; where etcd is, only this test knows.
                var own = credentials
                own.etcd = .init(endpoints: [endpoint])
                own.display = .init(id: display)
                let link = try EtcdLink(
                    credentials: own, store: store, certificateFile: folder.etcdCertificateFile,
                    logger: Logger(label: "test"))
                return CountingLink(link: link, counts: commands)
            },
            now: {
                var moment = Moment.current()
                moment.wall += clockError.get()
                return moment
            }, isClockSynchronised: { false }, logger: Logger(label: "test"))
    }

    /// Once a photo is on the stage, there is always one.
    private func watchForGaps() async throws {
        var seen: ObjectIdentifier?
        while true {
            try await Task.sleep(for: .milliseconds(5))
            guard let stage = self.stage.get() else { continue }
            if stage.scene.current != nil {
                seen = ObjectIdentifier(stage)
            } else if seen == ObjectIdentifier(stage) {
                self.gaps.update { $0 += 1 }
            }
        }
    }

    /// Publishes photos of these names, `padding` bytes more than their names each.
    func publish(_ names: [String], padding: Int = 0) async throws -> Int64 {
        self.house.addPhotos(names, padding: padding)
        let playlist = self.house.addPlaylist(names, withPhotos: false)
        let key = DisplayKey.topic(.playlist, of: self.display)
        return try await self.client.put(key, Value(playlist.json)).revision.rawValue
    }

    func send(_ command: DisplayCommand) async throws -> Int64 {
        try await CommandSender(client: self.client).send(command, to: self.display)
    }

    /// The display's status, as everybody sees it.
    func status() async throws -> DisplayStatus? {
        try await self.client.get(DisplayKey.status(of: self.display)).flatMap { DisplayStatus(json: $0.value.bytes) }
    }

    /// Waits until `revision` is in effect on the stage, whoever may hear of it.
    func shows(_ names: [String], within limit: Duration) async throws {
        let wanted = Set(names.map { PictureID(FakeHouse.rendition($0)) })
        try await eventually("\(names) on the stage", within: limit) {
            self.scene.map { scene in scene.isSettled && scene.current.map(wanted.contains) == true } ?? false
        }
    }
}
