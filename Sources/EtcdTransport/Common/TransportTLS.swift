import NIOSSL

/// Where a TLS identity and its trust come from. Files are PEM.
package struct TransportTLS: Hashable, Sendable {
    /// Certificates of the authorities that the other side must be signed by. On a server this asks every client for a
    /// certificate; on a client `nil` means the system's authorities.
    package var authorityFile: String?
    /// This side's certificate chain, leaf first.
    package var certificateFile: String?
    package var privateKeyFile: String?

    package init(authorityFile: String? = nil, certificateFile: String? = nil, privateKeyFile: String? = nil) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
    }

    /// A file that is missing, unreadable, or not what it should be.
    package struct InvalidFile: Error, CustomStringConvertible {
        package let description: String
    }

    func serverContext() throws -> NIOSSLContext {
        guard let identity = try self.identity() else {
            throw InvalidFile(description: "TLS needs a certificate file and a private key file")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: identity.chain, privateKey: .privateKey(identity.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if let trustRoots = try self.trustRoots() {
            configuration.trustRoots = trustRoots
            // Clients are known by certificate, not by host name.
            configuration.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }

    func clientContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2"]
        if let trustRoots = try self.trustRoots() { configuration.trustRoots = trustRoots }
        if let identity = try self.identity() {
            configuration.certificateChain = identity.chain
            configuration.privateKey = .privateKey(identity.key)
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private func identity() throws -> (chain: [NIOSSLCertificateSource], key: NIOSSLPrivateKey)? {
        switch (self.certificateFile, self.privateKeyFile) {
        case (nil, nil):
            return nil
        case (let certificateFile?, let privateKeyFile?):
            let chain = try Self.load("certificate", certificateFile) { try NIOSSLCertificate.fromPEMFile($0) }
            let key = try Self.load("private key", privateKeyFile) { try NIOSSLPrivateKey(file: $0, format: .pem) }
            return (chain.map { .certificate($0) }, key)
        case (_?, nil):
            throw InvalidFile(description: "a TLS certificate file was given without its private key file")
        case (nil, _?):
            throw InvalidFile(description: "a TLS private key file was given without its certificate file")
        }
    }

    private func trustRoots() throws -> NIOSSLTrustRoots? {
        guard let authorityFile = self.authorityFile else { return nil }
        return .certificates(try Self.load("authority", authorityFile) { try NIOSSLCertificate.fromPEMFile($0) })
    }

    private static func load<Value>(_ what: String, _ file: String, _ read: (String) throws -> Value) throws -> Value {
        do {
            return try read(file)
        } catch {
            throw InvalidFile(description: "the TLS \(what) file \(file) could not be read: \(error)")
        }
    }
}
