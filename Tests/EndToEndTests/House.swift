import Foundation
import TestSupport

/// A whole installation: mediator, server and one display, each a process that a test may kill.
final class House: Sendable {
    /// What mediates.
    enum Mediator: String, Sendable, CaseIterable {
        /// The store inside the server.
        case embedded
        /// The store as a process of its own.
        case store
        /// Debian's etcd.
        case etcd
    }

    /// What the display draws on.
    enum Stage: String, Sendable { case files, screen }

    static let width = 640
    static let height = 360

    let folder: String
    let mediator: Mediator
    let stage: Stage
    let api: HouseAPI
    let ports: Ports
    private let reach: Reach
    private let processes = LockedBox<[Role: ChildProcess]>([:])

    enum Role: String, Sendable { case mediator, server, viewer }

    /// Where its parts listen, on 127.0.0.1.
    struct Ports: Sendable {
        let server: Int
        let etcd: Int
        let peer: Int

        init() throws {
            self.server = try FreePort.next()
            self.etcd = try FreePort.next()
            self.peer = try FreePort.next()
        }
    }

    /// How the display reaches the others, where that is not the straight way.
    struct Reach: Sendable {
        var server: String?
        var etcd: String?
        /// Who resolves the names in them.
        var names: NameServer?
    }

    private init(folder: String, mediator: Mediator, stage: Stage, ports: Ports, reach: Reach) {
        self.folder = folder
        self.mediator = mediator
        self.stage = stage
        self.ports = ports
        self.reach = reach
        self.api = HouseAPI(base: "http://127.0.0.1:\(ports.server)")
    }

    /// Lends a running installation with an administrator signed in and one display admitted.
    ///
    /// When `body` throws, the logs of all processes are printed.
    static func withHouse(
        _ mediator: Mediator, stage: Stage = .files, signsIn: Bool = true, ports: Ports? = nil, reach: Reach = Reach(),
        _ body: (House) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let house = House(
                folder: folder, mediator: mediator, stage: stage, ports: try ports ?? Ports(), reach: reach)
            defer { house.killAll() }
            do {
                try await house.start(.mediator)
                try await house.start(.server)
                if signsIn { try await house.api.setUp(token: house.setupToken()) }
                try await house.start(.viewer)
                try await body(house)
            } catch {
                for role in ["mediator", "server", "viewer"] {
                    let log = (try? String(contentsOfFile: "\(folder)/\(role).log", encoding: .utf8)) ?? ""
                    print("---- \(role), the last of its log\n\(log.suffix(6000))")
                }
                throw error
            }
        }
    }

    var page: String { "http://127.0.0.1:\(self.ports.server)" }

    func setupToken() throws -> String {
        try String(contentsOfFile: "\(self.folder)/server/setup-token", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The display's own record, once the server knows it.
    func display() async throws -> HouseAPI.Display {
        try await eventually("the display being admitted", within: .seconds(60)) {
            try await self.api.displays().first
        }
    }

    /// SIGKILL.
    func kill(_ role: Role) {
        self.processes.value[role]?.kill()
        self.processes.value[role] = nil
    }

    /// Asks a process to stop and returns its exit status; nil when it had to be killed.
    func stop(_ role: Role) async throws -> Int32? {
        let process = self.processes.value[role]
        self.processes.value[role] = nil
        return try await process?.terminate()
    }

    func start(_ role: Role) async throws {
        switch role {
        case .mediator: try await self.startMediator()
        case .server: try await self.startServer()
        case .viewer: try self.startViewer()
        }
    }

    private func startMediator() async throws {
        let log = "\(self.folder)/mediator.log"
        let client = "http://127.0.0.1:\(self.ports.etcd)"
        switch self.mediator {
        case .embedded:
            return
        case .store:
            self.processes.value[.mediator] = try ChildProcess(
                try BuiltProgram.photoserver,
                ["store", "--data", "\(self.folder)/store", "--listen", "127.0.0.1:\(self.ports.etcd)"], log: log)
        case .etcd:
            let peer = "http://127.0.0.1:\(self.ports.peer)"
            self.processes.value[.mediator] = try ChildProcess(
                "etcd",
                [
                    "--data-dir", "\(self.folder)/etcd", "--name", "house", "--listen-client-urls", client,
                    "--advertise-client-urls", client, "--listen-peer-urls", peer,
                    "--initial-advertise-peer-urls", peer, "--initial-cluster", "house=\(peer)",
                ], log: log)
        }
    }

    private func startServer() async throws {
        var arguments = ["serve", "--data", "\(self.folder)/server", "--listen", "127.0.0.1:\(self.ports.server)"]
        switch self.mediator {
        case .embedded: arguments += ["--etcd-listen", "127.0.0.1:\(self.ports.etcd)"]
        case .store, .etcd: arguments += ["--etcd-endpoints", "http://127.0.0.1:\(self.ports.etcd)"]
        }
        if let etcd = self.reach.etcd { arguments += ["--display-etcd-endpoints", etcd] }
        let server = try ChildProcess(try BuiltProgram.photoserver, arguments, log: "\(self.folder)/server.log")
        self.processes.value[.server] = server
        try await eventually("the server answering /health", within: .seconds(60)) {
            guard server.isRunning else { throw NotInTime(description: "the server ended:\n\(server.output)") }
            return try await self.api.isHealthy()
        }
    }

    private func startViewer() throws {
        var arguments = [
            "run", "--server", self.reach.server ?? self.page, "--data", "\(self.folder)/display", "--token-file",
            "\(self.folder)/server/display-token", "--name", "Hall", "--size", "\(Self.width)x\(Self.height)",
            "--stage", self.stage.rawValue,
        ]
        if self.stage == .files { arguments += ["--frames", self.frames] }
        let program = try BuiltProgram.photoviewer
        let launch = self.reach.names?.launching(program, arguments) ?? (program, arguments)
        self.processes.value[.viewer] = try ChildProcess(
            launch.0, launch.1, environment: ["SDL_VIDEODRIVER": "offscreen"],
            log: "\(self.folder)/viewer.log")
    }

    private func killAll() {
        for role in [Role.viewer, .server, .mediator] { self.kill(role) }
    }

    // MARK: What the display shows

    private var frames: String { "\(self.folder)/frames" }

    /// The newest frame that the stage which draws into files has presented.
    func frame() throws -> Picture { try Picture(jpeg: "\(self.frames)/latest.jpg") }

    /// What the display itself says is on its screen now.
    func ownPicture() async throws -> Picture {
        let display = try await self.display()
        return try Picture(jpeg: try await self.api.picture(of: display.id), name: "the display's own picture")
    }

    /// Waits until the display's frame buffer shows `photo`, letterboxed, and nothing else.
    func showsOnScreen(_ photo: String, within limit: Duration = .seconds(40)) async throws {
        let reference = try await Picture.reference(
            of: photo, width: Self.width, height: Self.height, folder: self.folder)
        let name = URL(fileURLWithPath: photo).lastPathComponent
        try await eventually("\(name) being on the screen", within: limit) {
            let shown = self.stage == .files ? try self.frame() : try await self.ownPicture()
            let likeness = shown.psnr(against: reference)
            guard likeness > Self.likenessLimit else {
                throw NotInTime(description: "the frame is \(likeness) dB from \(name)")
            }
            return true
        }
    }

    /// Decibels. Two scalers and two JPEG encoders differ by 35 dB or so; two different photos by 15 or less.
    static let likenessLimit = 28.0
}
