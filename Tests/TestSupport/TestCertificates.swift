/// An authority, a server's and a client's certificate, and a client's certificate of another authority.
package struct TestCertificates {
    package let authority: String
    package let serverCertificate: String
    package let serverKey: String
    package let clientCertificate: String
    package let clientKey: String
    package let strangerAuthority: String
    package let strangerCertificate: String
    package let strangerKey: String

    /// Makes them with openssl.
    package init(folder: String) async throws {
        func openssl(_ arguments: String...) async throws {
            let process = try ChildProcess("openssl", arguments, log: "\(folder)/openssl.log")
            guard try await process.finished() == 0 else { throw NotInTime(description: process.output) }
        }
        func authority(_ name: String) async throws -> String {
            try await openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem",
                "-addext", "basicConstraints=critical,CA:TRUE")
            return "\(folder)/\(name).pem"
        }
        func certificate(_ name: String, by authority: String) async throws {
            try await openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem",
                "-CA", "\(folder)/\(authority).pem", "-CAkey", "\(folder)/\(authority).key",
                "-addext", "basicConstraints=critical,CA:FALSE",
                "-addext", "extendedKeyUsage=serverAuth,clientAuth",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        }
        self.authority = try await authority("authority")
        self.strangerAuthority = try await authority("other-authority")
        try await certificate("server", by: "authority")
        try await certificate("client", by: "authority")
        try await certificate("stranger", by: "other-authority")
        self.serverCertificate = "\(folder)/server.pem"
        self.serverKey = "\(folder)/server.key"
        self.clientCertificate = "\(folder)/client.pem"
        self.clientKey = "\(folder)/client.key"
        self.strangerCertificate = "\(folder)/stranger.pem"
        self.strangerKey = "\(folder)/stranger.key"
    }
}
