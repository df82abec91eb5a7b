import ArgumentParser
import CSys
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
            power cut. Beyond this machine it speaks TLS and asks for a login: the first start makes the user root, whose \
            password is in the file root-password of the data folder, and a certificate, whose authority is in \
            tls/ca.pem there. --insecure leaves both out.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The folder that keeps the data; made if it is missing.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Where to listen. Default: 127.0.0.1:2379.", valueName: "host:port"))
    var listen: String?

    @Flag(help: "Listen beyond this machine without TLS and without a login.")
    var insecure = false

    @Option(help: ArgumentHelp("The server's certificate and those that vouch for it, PEM.", valueName: "file"))
    var certFile: String?

    @Option(help: ArgumentHelp("The key of the certificate, PEM.", valueName: "file"))
    var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "Ask clients for a certificate that one of these vouches for; its common name is their user. PEM.",
            valueName: "file"))
    var trustedCaFile: String?

    @Option(
        help: ArgumentHelp(
            "What --auto-compaction-retention counts: revision (the default) or periodic.", valueName: "mode"))
    var autoCompactionMode: String?

    @Option(
        help: ArgumentHelp(
            "How much history to keep: revisions (10000), or a time such as 90m or 24h; a number alone is hours.",
            valueName: "number|time"))
    var autoCompactionRetention: String?

    @Option(
        help: ArgumentHelp(
            "How many bytes keys, history and leases may take before the alarm NOSPACE. Default: 2147483648.",
            valueName: "bytes"))
    var quotaBackendBytes: String?

    package init() {}

    package func run() async throws {
        let settings = try await self.common.settings(
            program: "photoserver",
            flags: [
                "data": self.data, "listen": self.listen, "insecure": self.insecure ? "true" : nil,
                "cert-file": self.certFile, "key-file": self.keyFile, "trusted-ca-file": self.trustedCaFile,
                "auto-compaction-mode": self.autoCompactionMode,
                "auto-compaction-retention": self.autoCompactionRetention,
                "quota-backend-bytes": self.quotaBackendBytes,
            ])
        OpenFileLimit.raise()
        // A put passes through threads that wait for each other and need microseconds each.
        csys_ask_for_short_turns()
        let logger = Logger(label: "store")
        do {
            let configuration = try StoreSettings(settings).configuration
            let ownsCertificate = settings.string("cert-file") == nil
            let server = try EtcdServer(configuration: configuration, logger: logger)
            let services = ServiceGroup(
                services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.attend(server, configuration, ownsCertificate: ownsCertificate) }
                try await services.run()
                group.cancelAll()
            }
        } catch let error as EtcdServerError {
            throw CommandFailure(.ioError, "\(error)")
        }
    }

    /// Says what the person who started the store has to know, and tidies up once it runs.
    private func attend(
        _ server: EtcdServer, _ configuration: EtcdServer.Configuration, ownsCertificate: Bool
    ) async throws {
        // Whoever starts the store on port 0 reads here which port it took.
        let address = try await server.listeningAddress
        Announcement.line("listening on \(address)")
        if configuration.requiresLogin {
            Announcement.line("root's password is in \(configuration.dataDirectory)/root-password")
        }
        if let tls = configuration.tls, ownsCertificate {
            Announcement.line("clients trust \(tls.certificateFile.replacing("/server.pem", with: "/ca.pem"))")
        }
        // By then everybody who waited for the start has come, and what only a start needs is not needed any more.
        guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
        csys_release_code_pages()
    }
}
