import DisplayChannel
import EtcdClient
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import PhotoLibrary
import Renditions
import ServiceLifecycle
import UnixSignals

/// The photo server: pages, API, publisher, and the store unless an etcd cluster is given.
///
/// ```swift
/// let server = try await PhotoServerApplication(configuration, logger: logger)
/// try await server.run { ready in print("The page is at \(ready.url)") }
/// ```
package struct PhotoServerApplication: Sendable {
    /// What is known once the server listens.
    package struct Ready: Sendable {
        /// The port that it listens on.
        package let port: Int
        /// The address of the page.
        package let url: String
        /// The one-time link for making the administrator; nil when there is one.
        package let setupURL: String?
        /// The file whose content lets a display on this machine in at once.
        package let displayTokenFile: String
    }

    /// Everything the routes need, for tests that drive them without a socket.
    let parts: PhotoServerParts
    private let configuration: PhotoServerConfiguration
    private let logger: Logger

    /// Opens the library and puts the parts together. Listens to nothing yet.
    ///
    /// - Throws: ``PhotoServerConfigurationError``, `PhotoLibraryError`, or what opening the store throws; all in words
    ///   for the person who started it.
    package init(_ configuration: PhotoServerConfiguration, logger: Logger) async throws {
        try configuration.validate()
        var configuration = configuration
        try configuration.makeCertificate()
        self.configuration = configuration
        self.logger = logger
        self.parts = try await PhotoServerParts(configuration, logger: logger)
    }

    /// Serves until the task is cancelled or SIGTERM or SIGINT comes, then lets requests finish and stops.
    ///
    /// - Parameter onReady: Called once, when the page can be opened.
    package func run(onReady: @escaping @Sendable (Ready) -> Void = { _ in }) async throws {
        try self.parts.localToken.renew()
        let setupToken = try await self.parts.accounts.prepareSetup()
        let http = try self.http { channel in
            let port = channel.localAddress?.port ?? self.configuration.listen.port
            onReady(self.ready(port: port, setupToken: setupToken))
        }
        var services = ServiceGroupConfiguration(
            services: (self.parts.services + self.announcers).map { .init(service: $0) } + [.init(service: http)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: self.logger)
        services.maximumGracefulShutdownDuration = .seconds(10)
        defer { try? self.parts.library.close() }
        try await ServiceGroup(configuration: services).run()
    }

    /// Tells the network of a server that can be reached from it.
    private var announcers: [any Service] {
        let listen = self.configuration.listen
        let isPublic = self.configuration.publicURL != nil || !Loopback.contains(listen.host)
        guard isPublic, listen.port != 0 else { return [] }
        return [
            Announcer(
                port: listen.port, hasTLS: self.configuration.tls != nil, publicURL: self.configuration.publicURL,
                logger: self.logger)
        ]
    }

    private func ready(port: Int, setupToken: String?) -> Ready {
        let host = ["0.0.0.0", "::", "*"].contains(self.configuration.listen.host) ? "localhost" : nil
        let listening = PhotoServerConfiguration.Address(host: host ?? self.configuration.listen.host, port: port).text
        let site = self.parts.site
        return Ready(
            port: port, url: site.url(path: "/", listening: listening),
            setupURL: setupToken.map { site.url(path: "/setup?token=\($0)", listening: listening) },
            displayTokenFile: self.parts.localToken.path)
    }

    /// The HTTP part alone. Tests run it with Hummingbird's own framework.
    func http(
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        Application(
            responder: EventStreamResponder(base: self.parts.router().buildResponder()),
            server: try self.httpServer(),
            configuration: ApplicationConfiguration(
                address: .hostname(self.configuration.listen.host, port: self.configuration.listen.port),
                availableConnectionsDelegate: MaximumAvailableConnections(RequestLimits.openSockets)),
            onServerRunning: onServerRunning,
            logger: self.logger)
    }

    private func httpServer() throws -> HTTPServerBuilder {
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestPaceHandler.Parts(), CloseAfterResponseHandler()],
            idleTimeout: RequestLimits.idle,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: RequestLimits.headerFieldBytes,
                maxHeaderListSize: RequestLimits.headerListBytes, maxHeaderFieldCount: RequestLimits.headerFields))
        let (limits, isTLS) = (self.configuration.requestPace, self.configuration.tls != nil)
        let connections = ConnectionTable(maximum: self.configuration.connections)
        let http = HTTPServerBuilder { responder in
            PacedChannel(
                base: HTTP1Channel(responder: responder, configuration: configuration), limits: limits, isTLS: isTLS,
                connections: connections)
        }
        guard let tls = self.configuration.tls else { return http }
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(tls.certificateFile)
            let key = try NIOSSLPrivateKey(file: tls.keyFile, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return try .tls(http, tlsConfiguration: configuration)
        } catch {
            throw PhotoServerConfigurationError(
                """
                The certificate \(tls.certificateFile) or its key \(tls.keyFile) cannot be used: \(error). Both must be \
                PEM files that belong together.
                """)
        }
    }
}
