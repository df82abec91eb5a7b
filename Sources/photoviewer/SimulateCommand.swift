import ArgumentParser
import CommandLineSupport
import Foundation
import Glibc
import Logging
import PhotoViewer
import Screen

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run many displays without screens against a server.",
        discussion: """
            Each is admitted, hears its changes over a connection of its own, fetches its playlist, turns its photos by \
            the clock, follows every command and reports; none draws. Every few seconds a line of JSON says how the \
            fleet does. With --token-file, on the server's own machine, all are admitted at once; otherwise each one \
            waits until somebody types its code.
            """)

    @Option(help: "The photo server's address, such as http://photos.local:8080.")
    var server: String?

    @Option(help: "How many displays.")
    var displays = 10

    @Option(
        name: .customLong("token-file"),
        help: ArgumentHelp("The file display-token in the server's data folder.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("Keep who they are here, so that the next run is the same fleet.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("End after so many seconds. (default: when interrupted)", valueName: "seconds"))
    var seconds: Double?

    @Option(
        name: .customLong("starts-per-second"),
        help: ArgumentHelp("How many displays begin each second.", valueName: "number"))
    var startsPerSecond = 50.0

    @Option(name: .customLong("report-every"), help: ArgumentHelp("Seconds between two lines.", valueName: "seconds"))
    var reportEvery = 5.0

    @Flag(name: .customLong("fetch-photos"), help: "Fetch each photo that is shown, and throw it away.")
    var fetchesPhotos = false

    @Option(help: "How changes are heard: auto, etcd or events.")
    var transport = TransportChoice.etcd

    @Option(help: ArgumentHelp("A YAML file with these settings.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical. (default: error)"
    )
    var logLevel: String?

    func run() throws {
        guard (1...100_000).contains(self.displays), self.startsPerSecond > 0, self.reportEvery > 0 else {
            throw CommandFailure(.usage, "--displays must be 1 to 100000, and the other numbers above 0")
        }
        OpenFileLimit.raise()
        let outcome = RenderActor.serve { await Result { try await self.simulate() } }
        try outcome?.get()
    }

    private func simulate() async throws {
        let flags = ["server": self.server, "log-level": self.logLevel]
        let settings = try await LayeredSettings(program: "photoviewer", flags: flags, file: self.config)
        try LoggingSetup.start(level: settings.string("log-level") ?? "error")
        let logger = Logger(label: "simulate")
        do {
            let service = try HTTPPhotoService(
                server: try settings.required("server"),
                // A line of events takes a connection for as long as it lasts.
                connections: self.transport == .etcd ? 64 : self.displays + 64)
            let outcome = await Result { try await self.simulate(service, logger) }
            await service.shutdown()
            try outcome.get()
        } catch let error as ViewerError {
            throw CommandFailure(.failure, error.message)
        }
    }

    private func simulate(_ service: HTTPPhotoService, _ logger: Logger) async throws {
        let certificates = "\(FileManager.default.temporaryDirectory.path())/simulate-ca-\(getpid()).pem"
        let fleet = SimulatedFleet(
            .init(
                displays: self.displays, tokenFile: self.tokenFile, folder: self.data,
                startsPerSecond: self.startsPerSecond, fetchesPhotos: self.fetchesPhotos,
                picture: try JPEGFile.encode(Bitmap(size: PixelSize(width: 16, height: 16)))),
            service: service,
            makeLink: { credentials, store throws(ViewerError) in
                try self.transport.link(
                    credentials, service: service, store: store, certificateFile: certificates, logger: logger)
            }, logger: logger)
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fleet.run() }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(self.reportEvery))
                    try self.say(fleet.summary, after: started.duration(to: .now))
                }
            }
            if let seconds = self.seconds { group.addTask { try await Task.sleep(for: .seconds(seconds)) } }
            group.addTask { await Interruption.wait() }
            defer { group.cancelAll() }
            try await group.next()
        }
        unlink(certificates)
        try self.say(fleet.summary, after: started.duration(to: .now))
    }

    private func say(_ summary: SimulationSummary, after duration: Duration) throws {
        struct Line: Encodable {
            var seconds: Double
            var summary: SimulationSummary

            func encode(to encoder: any Encoder) throws {
                try self.summary.encode(to: encoder)
                var container = encoder.container(keyedBy: Key.self)
                try container.encode(self.seconds, forKey: .seconds)
            }
            enum Key: String, CodingKey { case seconds }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = Line(seconds: (duration / .seconds(1) * 10).rounded() / 10, summary: summary)
        Announcement.line(String(decoding: try encoder.encode(line), as: UTF8.self))
    }
}

extension TransportChoice: ExpressibleByArgument {}
