import EtcdClient
import EtcdServer
import Foundation
import Renditions

/// How a photo server runs. The command line fills it in; ``validate()`` says what does not go together.
package struct PhotoServerConfiguration: Sendable {
    /// An address to listen on.
    package struct Address: Sendable, Equatable {
        package var host: String
        /// 0 lets the system choose.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// `host:port`, as in a link.
        package var text: String { (self.host.contains(":") ? "[\(self.host)]" : self.host) + ":\(self.port)" }

        /// Whether only this machine can reach it.
        package var isLoopback: Bool { Loopback.contains(self.host) }

        /// Whether it stands for all addresses of this machine.
        package var isAny: Bool { ["0.0.0.0", "::", "*"].contains(self.host) }
    }

    /// PEM files for HTTPS.
    package struct TLS: Sendable {
        package var certificateFile: String
        package var keyFile: String

        package init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// The store inside this process.
    package struct EmbeddedStore: Sendable {
        /// Where it speaks etcd's API.
        package var address: Address
        /// The certificate that it shows. Without one it makes its own where others can reach it, unless the server is
        /// ``PhotoServerConfiguration/insecure``.
        package var tls: TLS?
        /// What clients trust the certificate by, PEM; nil where the certificate's own file says it, or the system's
        /// authorities do.
        package var authorityFile: String?
        /// Whether clients have to log in; always where others can reach it, see decision 70.
        package var requiresLogin: Bool

        package init(address: Address) {
            self.address = address
            self.requiresLogin = !address.isLoopback
        }
    }

    /// What stands between server and displays.
    package enum Mediator: Sendable {
        case embedded(EmbeddedStore)
        /// An etcd cluster somewhere.
        case external(EtcdClient.Configuration)
    }

    /// Holds the library, the store and the one-time tokens. Made if missing.
    package var dataDirectory: String
    package var listen: Address
    /// Where browsers reach the server, when that is not where it listens: behind a reverse proxy.
    package var publicURL: URL?
    package var tls: TLS?
    /// Speaks HTTPS with a certificate of its own making, below ``dataDirectory``.
    package var makesCertificate = false
    package var mediator: Mediator
    /// What displays are told to connect to; empty for what follows from ``mediator``.
    package var displayEtcdEndpoints: [String] = []
    /// Allows listening without encryption, or without login, beyond this machine.
    package var insecure = false
    /// The album that a display without one gets when it is admitted, by name.
    package var defaultAlbum: String?
    /// Whether displays of the older system are let in, which have no credentials.
    package var allowsLegacyDisplays = false
    /// Where such displays find the embedded store: without a login, and only their own keys to read.
    package var legacyStoreAddress: Address?
    /// A folder whose photos are taken in as they come; its sub-folders become albums.
    package var watchedFolder: String?
    /// How large the cache of renditions may grow, in bytes.
    package var cacheBytes = 20 << 30
    /// How rendition workers are started.
    package var worker = RenditionPool.Worker()
    /// How passwords are hashed. Weaker ones are for tests only.
    package var scrypt = ScryptParameters.standard
    /// How the publisher paces itself.
    package var publisher = Publisher.Limits()
    /// What schedules go by.
    package var clock = WallClock.system
    /// Called at each step of a change's way, before the next begins.
    package var observe: @Sendable (ServerStep) -> Void = { _ in }
    /// How slowly requests may come.
    var requestPace = RequestPaceHandler.Limits()
    /// How many connections are open at one time.
    var connections = RequestLimits.connections
    /// How often the store is looked after.
    package var upkeep = MediatorUpkeep.Pace()

    package init(dataDirectory: String, listen: Address, mediator: Mediator) {
        self.dataDirectory = dataDirectory
        self.listen = listen
        self.mediator = mediator
    }

    /// Makes the certificate that is wanted, and names its files.
    ///
    /// - Throws: `EtcdServerError` if they cannot be written.
    mutating func makeCertificate() throws {
        guard self.makesCertificate, self.tls == nil else { return }
        let hosts = [self.publicURL?.host, self.listen.isAny ? nil : self.listen.host].compactMap { $0 }
        let own = try OwnCertificates(
            folder: self.dataDirectory + "/tls", hosts: hosts + OwnCertificates.hostsOfThisMachine())
        self.tls = TLS(certificateFile: own.certificateFile, keyFile: own.privateKeyFile)
    }

    /// Throws what does not go together, with the remedy.
    package func validate() throws(PhotoServerConfigurationError) {
        if let publicURL {
            let scheme = publicURL.scheme?.lowercased()
            guard scheme == "http" || scheme == "https", publicURL.host != nil else {
                throw PhotoServerConfigurationError(
                    "--public-url \(publicURL.absoluteString) is no address of a page. Write it as https://photos.example."
                )
            }
            guard ["", "/"].contains(publicURL.path), publicURL.query == nil else {
                throw PhotoServerConfigurationError(
                    "--public-url \(publicURL.absoluteString) has a path. Give the server a host name of its own.")
            }
        }
        try self.validateLegacy()
        guard self.tls == nil || !self.makesCertificate else {
            throw PhotoServerConfigurationError(
                "--tls-own makes a certificate, and --tls-cert names one. Give one of the two.")
        }
        guard !self.insecure else { return }
        let isEncrypted = self.tls != nil || self.makesCertificate || self.publicURL?.scheme?.lowercased() == "https"
        guard self.listen.isLoopback || isEncrypted else {
            throw PhotoServerConfigurationError(
                """
                --listen \(self.listen.text) can be reached from other machines, and passwords would travel in the \
                clear. Give --tls-cert and --tls-key, or --tls-own, or --public-url https://… behind a proxy, or --insecure if this \
                network is yours alone.
                """)
        }
    }

    private func validateLegacy() throws(PhotoServerConfigurationError) {
        guard self.allowsLegacyDisplays else {
            guard self.legacyStoreAddress == nil else {
                throw PhotoServerConfigurationError(
                    "--legacy-etcd-listen is for older displays. Give --legacy-displays too, or leave it out.")
            }
            return
        }
        switch (self.mediator, self.legacyStoreAddress) {
        case (.embedded, nil):
            throw PhotoServerConfigurationError(
                """
                --legacy-displays needs --legacy-etcd-listen, an address of the embedded store at which nobody has to log \
                in: older displays cannot.
                """)
        case (.external, _?):
            throw PhotoServerConfigurationError(
                """
                --legacy-etcd-listen is an address of the embedded store, and --etcd-endpoints takes its place. Leave it \
                out; older displays then need an etcd that asks for no login.
                """)
        default: break
        }
        let isPublic =
            !self.listen.isLoopback || !(self.legacyStoreAddress?.isLoopback ?? true)
            || !(self.publicURL?.host.map(Loopback.contains) ?? true)
        guard self.insecure || !isPublic else {
            throw PhotoServerConfigurationError(
                """
                --legacy-displays lets in everybody who says he is an older display, and this server can be reached from \
                other machines. Give --insecure if this network is yours alone.
                """)
        }
    }
}

/// A configuration that cannot work, in words for the person who wrote it.
package struct PhotoServerConfigurationError: Error, Sendable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { self.message }
}
