import ArgumentParser
import CommandLineSupport
import Logging
import PhotoViewer
import Screen

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run this display.",
        discussion: """
            On a screen by default: X11, Wayland, or KMS without a desktop. Keys: left and right for the previous and \
            next photo, space to pause, i for information, f for full screen, q to quit.

            Without --server it looks for a photo server on this network, and waits until somebody types the code that \
            it shows. Without a desktop a television that is off is waited for, and one that comes back shows the \
            picture; with --screens each screen of this machine is a display of its own.

            With --stage files it needs no screen: frames are left as JPEG files in a folder.
            """)

    @Option(help: "The photo server's address, such as http://photos.local:8080. (default: found on this network)")
    var server: String?

    @Option(help: ArgumentHelp("Where this display keeps its identity and photos.", valueName: "dir"))
    var data: String?

    @Option(help: "Where to show photos: screen or files. (default: screen)")
    var stage: String?

    @Option(
        help: ArgumentHelp("With --stage files: where to leave frames. (default: frames in --data)", valueName: "dir"))
    var frames: String?

    @Option(
        name: .customLong("token-file"),
        help: ArgumentHelp(
            "The file display-token of a server on this machine; admits this display at once.", valueName: "file"))
    var tokenFile: String?

    @Option(help: "What this display is called until somebody renames it on the server's page.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Size of the window or of the frames. (default: the screen's, or 1920x1080)", valueName: "WxH"))
    var size: String?

    @Flag(help: "Open a window of 1280x720, or of --size, instead of filling the screen.")
    var windowed = false

    @Option(
        name: .customLong("frame-rate"),
        help: ArgumentHelp(
            "Frames a second while something moves, such as 30 on a slow machine. (default: the screen's rate)",
            valueName: "number"))
    var frameRate: String?

    @Option(
        help: ArgumentHelp(
            "How many screens of this machine are displays, each of its own: a number, or all. (default: 1)",
            valueName: "number"))
    var screens: String?

    @Option(
        help: ArgumentHelp(
            "How the screen is switched off, in the order tried: dpms, cec, wlr-randr, black. (default: all of them)",
            valueName: "ways"))
    var power: String?

    @Option(
        name: .customLong("cec-device"),
        help: ArgumentHelp("The adapter to the television. (default: /dev/cec0)", valueName: "device"))
    var cecDevice: String?

    @Option(help: "How changes are heard: etcd, events, or auto, which is etcd and events where that is cut off.")
    var transport: String?

    @Option(
        name: .customLong("cache-limit-mb"),
        help: ArgumentHelp("The most disk space that photos may take. (default: 2048)", valueName: "MB"))
    var cacheLimit: String?

    @Option(
        name: .customLong("reboot-command"),
        help: ArgumentHelp(
            "What restarts this machine when the server asks for it, such as 'systemctl reboot'. (default: nothing does)",
            valueName: "command"))
    var rebootCommand: String?

    @Option(help: ArgumentHelp("Append a JSON line for each change that reached the stage.", valueName: "file"))
    var trace: String?

    @Option(help: ArgumentHelp("A YAML file with these settings.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    func run() throws {
        NameServers.askAgainSoon()
        let outcome = RenderActor.serve { await Result { try await self.show() } }
        switch try outcome?.get() {
        case .restart: throw Relaunch.again()
        case .reboot(let command): try Relaunch.run(command)
        case .quit, nil: break
        }
    }

    /// What is left to do when the stage is closed.
    private enum Next: Sendable {
        case quit, restart
        case reboot(command: String)
    }

    private var flags: [String: String?] {
        [
            "server": self.server, "data": self.data, "stage": self.stage, "frames": self.frames,
            "token-file": self.tokenFile, "name": self.name, "size": self.size,
            "windowed": self.windowed ? "true" : nil, "cache-limit-mb": self.cacheLimit, "trace": self.trace,
            "log-level": self.logLevel, "reboot-command": self.rebootCommand, "screens": self.screens,
            "power": self.power, "cec-device": self.cecDevice, "transport": self.transport,
            "frame-rate": self.frameRate,
        ]
    }

    private func show() async throws -> Next {
        let settings = try await LayeredSettings(program: "photoviewer", flags: self.flags, file: self.config)
        try LoggingSetup.start(level: settings.string("log-level"))
        let logger = Logger(label: "photoviewer")
        let configuration = try self.configuration(settings)
        do {
            let service = try HTTPPhotoService(server: configuration.server)
            let outcome = await Result { try await self.show(configuration, settings, service, logger) }
            await service.shutdown()
            switch try outcome.get() {
            case .restart: return .restart
            case .reboot: return .reboot(command: settings.string("reboot-command") ?? "")
            case .quit, nil: return .quit
            }
        } catch {
            throw Self.failure(error)
        }
    }

    /// Shows on each of the screens until one of the displays ends; then all do.
    private func show(
        _ configuration: DisplayProgram.Configuration, _ settings: LayeredSettings, _ service: HTTPPhotoService,
        _ logger: Logger
    ) async throws -> DisplayEnd? {
        let transport = try Self.transport(settings)
        let choice = try StageChoice(settings, dataFolder: configuration.dataFolder)
        guard let stages = try await choice.open(logger: logger) else { return nil }
        var programs: [DisplayProgram] = []
        for (index, stage) in stages.enumerated() {
            logger.info("showing", metadata: ["stage": "\(stage.summary)"])
            var own = configuration
            let panel = await stage.panel()
            // By the connector, so that each stays the display that it is when another one is unplugged.
            if choice.screens > 1 {
                let name = panel?.connector ?? "screen-\(index + 1)"
                own.dataFolder += "/screens/\(name)"
                own.name = configuration.name.map { "\($0) \(name)" }
                own.traceFile = nil
            }
            if settings.string("cec-device") == nil { own.cecDevice = "/dev/cec\(index)" }
            programs.append(
                DisplayProgram(
                    own, stage: stage, service: service,
                    checkPhoto: { path throws(StageError) in _ = try JPEGFile.decodeSmall(path) },
                    makeLink: { credentials, folder, store throws(ViewerError) in
                        try transport.link(
                            credentials, service: service, store: store, certificateFile: folder.etcdCertificateFile,
                            logger: logger)
                    }, logger: logger))
        }
        let outcome = await Result { [programs] in try await DisplayProgram.runUntilSignalled(programs, logger: logger)
        }
        for stage in stages { await stage.close() }
        return try outcome.get()
    }

    private static func transport(_ settings: LayeredSettings) throws -> TransportChoice {
        guard let text = settings.string("transport") else { return .auto }
        guard let transport = TransportChoice(rawValue: text) else {
            throw CommandFailure(.usage, "--transport must be auto, etcd or events, not \(text)")
        }
        return transport
    }

    private func configuration(_ settings: LayeredSettings) throws -> DisplayProgram.Configuration {
        var configuration = DisplayProgram.Configuration(
            server: settings.string("server"), dataFolder: try settings.required("data"),
            name: settings.string("name"), tokenFile: settings.string("token-file"), traceFile: settings.string("trace")
        )
        if let text = settings.string("cache-limit-mb") {
            guard let megabytes = Int64(text), (1...1_000_000_000).contains(megabytes) else {
                throw CommandFailure(.usage, "--cache-limit-mb must be a number of megabytes, not \(text)")
            }
            configuration.cacheLimitBytes = megabytes << 20
        }
        if let text = settings.string("power") {
            guard let choices = PowerChoice.list(text) else {
                throw CommandFailure(.usage, "--power must name dpms, cec, wlr-randr or black, not \(text)")
            }
            configuration.power = choices
        }
        if let device = settings.string("cec-device") { configuration.cecDevice = device }
        configuration.mayReboot = settings.string("reboot-command") != nil
        return configuration
    }

    private static func failure(_ error: any Error) -> any Error {
        switch error {
        case let error as ViewerError where error.code == .storage:
            CommandFailure(.cannotCreate, error.message, remedy: "Give a folder that can be written with --data.")
        case let error as ViewerError where error.code == .unintelligible: CommandFailure(.usage, error.message)
        case let error as ViewerError: CommandFailure(.failure, error.message)
        default: error
        }
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws.
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
