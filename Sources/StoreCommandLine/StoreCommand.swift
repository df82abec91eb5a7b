import ArgumentParser
import CommandLineSupport
import EtcdServer
import Logging
import ServiceLifecycle
import UnixSignals

/// The embedded store alone, for clients of the etcd v3 API: `photoserver store`, and the program `vitrine-store`.
package struct StoreCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Run the etcd-compatible store alone.",
        discussion: """
            Any etcd v3 client can use it, etcdctl among them. A write that was acknowledged survives a crash and a \
            power cut. It keeps one member and asks for no login, so beyond this machine it wants --insecure.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The folder that keeps the data; made if it is missing.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Where to listen. Default: 127.0.0.1:2379.", valueName: "host:port"))
    var listen: String?

    @Flag(help: "Listen beyond this machine without a login.")
    var insecure = false

    package init() {}

    package func run() async throws {
        let settings = try await self.common.settings(
            program: "photoserver",
            flags: ["data": self.data, "listen": self.listen, "insecure": self.insecure ? "true" : nil])
        let address = try settings.address("listen") ?? ListenAddress(host: "127.0.0.1", port: 2379)
        try address.mustBeLoopback(unless: settings.flag("insecure"), flag: "listen")
        OpenFileLimit.raise()
        let logger = Logger(label: "store")
        do {
            let server = try EtcdServer(
                configuration: .init(
                    dataDirectory: try settings.required("data"), host: address.host, port: address.port),
                logger: logger)
            let services = ServiceGroup(
                services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await services.run() }
                // Whoever starts the store on port 0 reads here which port it took.
                group.addTask { Announcement.line("listening on \(try await server.listeningAddress)") }
                try await group.waitForAll()
            }
        } catch let error as EtcdServerError {
            throw CommandFailure(.ioError, "\(error)")
        }
    }
}
