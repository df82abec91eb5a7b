import EtcdClient
import EtcdServer
import Foundation
import Logging
import ServiceLifecycle

/// The store inside this process or the cluster outside: who runs it, how this server reaches it as its administrator,
/// and where displays find it.
struct Mediator: Sendable {
    /// The embedded store; nil for a cluster outside.
    let store: (any Service)?
    /// Connected as root where the mediator has users. The embedded store is reached over TCP like any other.
    let client: EtcdClient
    /// Where an etcd outside tells how large it may become; nil for the embedded store.
    let quota: MediatorQuota?
    /// For making and removing the users of displays.
    let users: MediatorUsers
    let endpoints: DisplayEndpoints

    /// Opens the embedded store, and makes its root user and certificate where they are wanted. Listens to nothing yet.
    ///
    /// - Throws: ``PhotoServerConfigurationError``, or `EtcdServerError`; in words for the person who started it.
    init(_ configuration: PhotoServerConfiguration, logger: Logger) async throws {
        let clientConfiguration: EtcdClient.Configuration
        var source: DisplayEndpoints.Source
        switch configuration.mediator {
        case .embedded(let embedded):
            let security = try EmbeddedSecurity(embedded, configuration)
            var server = EtcdServer.Configuration(
                dataDirectory: Self.folder(configuration.dataDirectory), host: embedded.address.host,
                port: embedded.address.port,
                tls: security.server)
            server.requiresLogin = embedded.requiresLogin || configuration.allowsLegacyDisplays
            server.guests = configuration.legacyStoreAddress.map {
                .init(host: $0.host, port: $0.port, user: LegacyGuests.user)
            }
            let store = try EtcdServer(configuration: server, logger: logger)
            self.store = store
            let isAny = embedded.address.isAny
            let own = PhotoServerConfiguration.Address(
                host: isAny ? "127.0.0.1" : embedded.address.host, port: embedded.address.port)
            let usesTLS = security.server != nil
            var client = try EtcdClient.Configuration(endpoints: "\(usesTLS ? "https" : "http")://\(own.text)")
            client.tls = security.client
            // Once switched on it stays so, wherever the store listens later.
            if server.requiresLogin || store.asksForLogin {
                client.credentials = .init(user: "root", password: try await store.takeRoot())
                // A password is slow to check on purpose, behind everything else a busy machine does; and a store in
                // this process cannot be away for long.
                client.requestTimeout = .seconds(30)
            }
            clientConfiguration = client
            self.quota = nil
            source = .embedded(host: embedded.address.host, port: embedded.address.port, usesTLS: usesTLS)
        case .external(let client):
            self.store = nil
            clientConfiguration = client
            self.quota = MediatorQuota(client)
            source = .fixed(client.endpoints.map { "\($0)" })
        }
        if !configuration.displayEtcdEndpoints.isEmpty { source = .fixed(configuration.displayEtcdEndpoints) }
        try MediatorRecord(clientConfiguration, isEmbedded: self.store != nil).write(in: configuration.dataDirectory)
        self.client = EtcdClient(clientConfiguration, logger: logger)
        self.users = MediatorUsers(client: self.client, credentials: clientConfiguration.credentials)
        self.endpoints = DisplayEndpoints(
            source: source, authority: try Self.authority(clientConfiguration.tls?.caFile))
    }

    /// Of the embedded store.
    static func folder(_ dataDirectory: String) -> String { dataDirectory + "/store" }

    /// Displays trust what this server trusts.
    private static func authority(_ file: String?) throws(PhotoServerConfigurationError) -> String? {
        guard let file else { return nil }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw PhotoServerConfigurationError(
                "The certificates in \(file) cannot be read. Check the path and its rights.")
        }
        return text
    }

    /// What the embedded store shows, and what this server believes.
    private struct EmbeddedSecurity {
        let server: EtcdServer.TLS?
        let client: EtcdClient.TLS?

        init(_ embedded: PhotoServerConfiguration.EmbeddedStore, _ configuration: PhotoServerConfiguration) throws {
            if let given = embedded.tls {
                self.server = .init(certificateFile: given.certificateFile, privateKeyFile: given.keyFile)
                let certificate = try CertificateFile(given.certificateFile)
                // It may name this machine as others call it, and this server comes by the loopback address.
                self.client = .init(
                    caFile: embedded.authorityFile ?? (certificate.hasAuthority ? given.certificateFile : nil),
                    serverName: certificate.serverName)
            } else if !embedded.address.isLoopback, !configuration.insecure {
                let own = try OwnCertificates(
                    folder: Mediator.folder(configuration.dataDirectory) + "/tls",
                    hosts: Self.hosts(embedded, configuration))
                self.server = .init(certificateFile: own.certificateFile, privateKeyFile: own.privateKeyFile)
                self.client = .init(caFile: own.authorityFile)
            } else {
                self.server = nil
                self.client = nil
            }
        }

        /// All names that displays may know this machine by.
        private static func hosts(
            _ embedded: PhotoServerConfiguration.EmbeddedStore, _ configuration: PhotoServerConfiguration
        ) -> [String] {
            var hosts = embedded.address.isAny ? [] : [embedded.address.host]
            if let host = configuration.publicURL?.host { hosts.append(host) }
            hosts += configuration.displayEtcdEndpoints.compactMap { try? EtcdClient.Endpoint($0).host }
            return hosts + OwnCertificates.hostsOfThisMachine()
        }
    }
}
