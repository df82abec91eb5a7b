import ArgumentParser
import CommandLineSupport
import EtcdClient
import EtcdServer
import Foundation
import Logging
import PhotoLibrary
import PhotoServer

/// `photoserver serve`: pages, API, publisher, and the embedded store unless an etcd cluster is given.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the photo server: its page, its API, and the store for displays.",
        discussion: """
            Without --etcd-endpoints the store is inside the server. With them, an etcd cluster takes its place; nothing \
            else changes.

            It listens on this machine alone unless told otherwise. Beyond it, give --tls-cert and --tls-key, or a \
            reverse proxy with --public-url, or --insecure on a network that is yours alone. The store, with \
            --etcd-listen beyond this machine, asks for a login and speaks TLS, by --etcd-listen-cert or a \
            certificate of its own that displays are told to trust.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The folder that keeps everything; made if it is missing.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Where the page listens. Default: 127.0.0.1:8080.", valueName: "host:port"))
    var listen: String?

    @Option(
        help: ArgumentHelp("The address browsers use, when a reverse proxy stands before the server.", valueName: "url")
    )
    var publicURL: String?

    @Option(help: ArgumentHelp("Certificate chain for HTTPS, PEM.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("Private key for HTTPS, PEM.", valueName: "file"))
    var tlsKey: String?

    @Flag(help: "HTTPS with a certificate of the server's own authority, DIR/tls/ca.pem.")
    var tlsOwn = false

    @Option(help: ArgumentHelp("Where the embedded store listens. Default: 127.0.0.1:2379.", valueName: "host:port"))
    var etcdListen: String?

    @Option(help: ArgumentHelp("Certificate chain of the embedded store, PEM.", valueName: "file"))
    var etcdListenCert: String?

    @Option(help: ArgumentHelp("Private key of that certificate, PEM.", valueName: "file"))
    var etcdListenKey: String?

    @Option(help: ArgumentHelp("Use this etcd cluster instead of the embedded store.", valueName: "url,url"))
    var etcdEndpoints: String?

    @Option(help: ArgumentHelp("The server's own user in that cluster; it needs the role root.", valueName: "name"))
    var etcdUser: String?

    @Option(help: ArgumentHelp("A file with that user's password.", valueName: "file"))
    var etcdPasswordFile: String?

    @Option(
        help: ArgumentHelp(
            "The authority that the certificates of the cluster, or of the embedded store, are signed by, PEM.",
            valueName: "file"))
    var etcdCa: String?

    @Option(help: ArgumentHelp("Client certificate for the cluster, PEM.", valueName: "file"))
    var etcdCert: String?

    @Option(help: ArgumentHelp("Private key of the client certificate, PEM.", valueName: "file"))
    var etcdKey: String?

    @Option(help: ArgumentHelp("The mediator's addresses as displays see them.", valueName: "url,url"))
    var displayEtcdEndpoints: String?

    @Option(help: ArgumentHelp("Give this album to displays that are admitted without one.", valueName: "name"))
    var defaultAlbum: String?

    @Option(
        help: ArgumentHelp("Take in what comes into this folder; its sub-folders become albums.", valueName: "dir"))
    var watch: String?

    @Option(help: ArgumentHelp("How large the cache of cut photos may grow, in GiB. Default: 20.", valueName: "GiB"))
    var cacheSize: String?

    @Flag(
        help: "Let in displays of the older system, which have no credentials: on a network that is yours alone.")
    var legacyDisplays = false

    @Option(
        help: ArgumentHelp(
            "Where such displays find the embedded store, without a login and only to read.", valueName: "host:port"))
    var legacyEtcdListen: String?

    @Flag(help: "Allow listening beyond this machine without encryption or login.")
    var insecure = false

    func run() async throws {
        let settings = try await self.common.settings(flags: self.flags)
        if let file = settings.file {
            try ConfigurationFile(path: file).check(against: ServeSetting.all.map(\.name))
        }
        OpenFileLimit.raise()
        let logger = Logger(label: "photoserver")
        do {
            let server = try await PhotoServerApplication(Self.configuration(settings), logger: logger)
            try await server.run { ready in
                Announcement.line("The page is at \(ready.url)")
                if let link = ready.setupURL { Announcement.line("Make your account once at \(link)") }
            }
        } catch let error as PhotoServerConfigurationError {
            throw CommandFailure(.configuration, error.message)
        } catch let error as EtcdServerError {
            throw CommandFailure(error.code == .locked ? .unavailable : .ioError, error.message)
        } catch let error as PhotoLibraryError {
            throw CommandFailure(error)
        }
    }

    /// By the name that they have in the environment and the file too.
    private var flags: [String: String?] {
        [
            "data": self.data, "listen": self.listen, "public-url": self.publicURL, "tls-cert": self.tlsCert,
            "tls-key": self.tlsKey, "etcd-listen": self.etcdListen, "etcd-listen-cert": self.etcdListenCert,
            "etcd-listen-key": self.etcdListenKey, "etcd-endpoints": self.etcdEndpoints,
            "etcd-user": self.etcdUser, "etcd-password-file": self.etcdPasswordFile, "etcd-ca": self.etcdCa,
            "etcd-cert": self.etcdCert, "etcd-key": self.etcdKey,
            "display-etcd-endpoints": self.displayEtcdEndpoints, "default-album": self.defaultAlbum,
            "watch": self.watch, "cache-size": self.cacheSize,
            "legacy-displays": self.legacyDisplays ? "true" : nil, "legacy-etcd-listen": self.legacyEtcdListen,
            "tls-own": self.tlsOwn ? "true" : nil, "insecure": self.insecure ? "true" : nil,
        ]
    }

    /// - Throws: ``CommandFailure`` for the first value that `serve` would refuse.
    static func check(_ settings: LayeredSettings) throws {
        _ = try LoggingSetup.level(settings.string("log-level"))
        _ = try Self.configuration(settings)
    }

    private static func configuration(_ settings: LayeredSettings) throws -> PhotoServerConfiguration {
        let listen = try settings.address("listen") ?? ListenAddress(host: "127.0.0.1", port: 8080)
        var configuration = PhotoServerConfiguration(
            dataDirectory: try settings.required("data"), listen: .init(host: listen.host, port: listen.port),
            mediator: try self.mediator(settings))
        if let text = settings.string("public-url") {
            guard let url = URL(string: text) else {
                throw CommandFailure(
                    .usage, "--public-url \(text) is no address", remedy: "Write it as https://photos.example.")
            }
            configuration.publicURL = url
        }
        configuration.tls = try settings.pair("tls-cert", "tls-key").map {
            .init(certificateFile: $0, keyFile: $1)
        }
        configuration.displayEtcdEndpoints = settings.list("display-etcd-endpoints")
        configuration.defaultAlbum = settings.string("default-album")
        configuration.watchedFolder = settings.string("watch")
        if let text = settings.string("cache-size") {
            guard let size = Double(text), size > 0, size < 1_000_000 else {
                throw CommandFailure(
                    .usage, "--cache-size \(text) is no size", remedy: "Give the GiB as a number, such as 20.")
            }
            configuration.cacheBytes = Int(size * 1_073_741_824)
        }
        configuration.allowsLegacyDisplays = try settings.flag("legacy-displays")
        configuration.legacyStoreAddress = try settings.address("legacy-etcd-listen").map {
            .init(host: $0.host, port: $0.port)
        }
        configuration.insecure = try settings.flag("insecure")
        configuration.makesCertificate = try settings.flag("tls-own")
        #if DEBUG
            if let observe = KillStep.fromEnvironment { configuration.observe = observe }
        #endif
        return configuration
    }

    private static func mediator(_ settings: LayeredSettings) throws -> PhotoServerConfiguration.Mediator {
        let endpoints = settings.list("etcd-endpoints")
        guard !endpoints.isEmpty else {
            let address = try settings.address("etcd-listen") ?? ListenAddress(host: "127.0.0.1", port: 2379)
            var store = PhotoServerConfiguration.EmbeddedStore(
                address: .init(host: address.host, port: address.port))
            store.tls = try settings.pair("etcd-listen-cert", "etcd-listen-key").map {
                .init(certificateFile: $0, keyFile: $1)
            }
            store.authorityFile = settings.string("etcd-ca")
            for name in ["etcd-user", "etcd-password-file", "etcd-cert", "etcd-key"]
            where settings.string(name) != nil {
                throw CommandFailure(
                    .usage, "--\(name) is about a cluster, and there is none",
                    remedy: "Give --etcd-endpoints too, or leave it out: the embedded store makes its own user.")
            }
            guard store.tls != nil || store.authorityFile == nil else {
                throw CommandFailure(
                    .usage, "--etcd-ca needs --etcd-listen-cert, or --etcd-endpoints",
                    remedy: "Leave it out: the authority of the store's own certificate is known.")
            }
            return .embedded(store)
        }
        for name in ["etcd-listen", "etcd-listen-cert", "etcd-listen-key"] where settings.string(name) != nil {
            throw CommandFailure(
                .usage, "--\(name) and --etcd-endpoints exclude each other",
                remedy: "Give one: the embedded store listens, or an etcd cluster is there.")
        }
        var client = EtcdClient.Configuration(endpoints: try endpoints.map(Self.endpoint))
        if let name = settings.string("etcd-user") {
            let path = try settings.required("etcd-password-file")
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw CommandFailure(
                    .noInput, "the password file \(path) cannot be read", remedy: "Check its path and its permissions.")
            }
            client.credentials = .init(user: name, password: text.trimmingCharacters(in: .newlines))
        }
        let pair = try settings.pair("etcd-cert", "etcd-key")
        if settings.string("etcd-ca") != nil || pair != nil {
            client.tls = .init(
                caFile: settings.string("etcd-ca"), certificateFile: pair?.0, privateKeyFile: pair?.1)
        }
        return .external(client)
    }

    private static func endpoint(_ text: String) throws -> EtcdClient.Endpoint {
        do {
            return try EtcdClient.Endpoint(text)
        } catch {
            throw CommandFailure(
                .usage, "--etcd-endpoints: \(text) is no endpoint",
                remedy: "Write each as http://host:2379 or https://host:2379.")
        }
    }
}

extension LayeredSettings {
    /// Two settings that only make sense together; nil when neither is there.
    fileprivate func pair(_ first: String, _ second: String) throws -> (String, String)? {
        switch (self.string(first), self.string(second)) {
        case (nil, nil): return nil
        case (let first?, let second?): return (first, second)
        case (nil, _), (_, nil):
            throw CommandFailure(
                .usage, "--\(first) and --\(second) belong together", remedy: "Give both, or neither.")
        }
    }
}
