import ArgumentParser
import CommandLineSupport
import EtcdClient
import Foundation
import Logging

/// The store that a command talks to.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store, or the members of its cluster. Default: http://127.0.0.1:2379.", valueName: "url,…"))
    var endpoints: String?

    @Option(
        help: ArgumentHelp(
            "Who signed the store's certificate (PEM), if not a well-known authority.", valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("This client's certificate (PEM).", valueName: "file"))
    var certFile: String?

    @Option(help: ArgumentHelp("The certificate's key (PEM).", valueName: "file"))
    var keyFile: String?

    @Option(help: ArgumentHelp("Who to be, if the store asks for a login.", valueName: "name"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "The first line of this file is the password. Without it: PHOTOCTL_PASSWORD, or a question.",
            valueName: "file"))
    var passwordFile: String?

    var flags: [String: String?] {
        [
            "endpoints": self.endpoints, "ca-file": self.caFile, "cert-file": self.certFile, "key-file": self.keyFile,
            "user": self.user, "password-file": self.passwordFile,
        ]
    }
}

/// Another store, that a command reads from.
struct SourceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Copy straight from this store, instead of from a file.", valueName: "url,…"))
    var fromEndpoints: String?

    @Option(help: ArgumentHelp("As --ca-file, for the source.", valueName: "file"))
    var fromCaFile: String?

    @Option(help: ArgumentHelp("As --cert-file, for the source.", valueName: "file"))
    var fromCertFile: String?

    @Option(help: ArgumentHelp("As --key-file, for the source.", valueName: "file"))
    var fromKeyFile: String?

    @Option(help: ArgumentHelp("As --user, for the source.", valueName: "name"))
    var fromUser: String?

    @Option(help: ArgumentHelp("As --password-file, for the source; or PHOTOCTL_FROM_PASSWORD.", valueName: "file"))
    var fromPasswordFile: String?

    var flags: [String: String?] {
        [
            "from-endpoints": self.fromEndpoints, "from-ca-file": self.fromCaFile, "from-cert-file": self.fromCertFile,
            "from-key-file": self.fromKeyFile, "from-user": self.fromUser,
            "from-password-file": self.fromPasswordFile,
        ]
    }
}

extension LayeredSettings {
    /// Lends a client of the store that the settings name, and closes it afterwards.
    ///
    /// - Parameter prefix: Before the settings' names: empty, or `from-`.
    func withStore<Result: Sendable>(
        _ prefix: String = "", _ body: (EtcdClient) async throws -> Result
    ) async throws -> Result {
        let client = EtcdClient(try self.storeConfiguration(prefix), logger: Logger(label: "photoctl"))
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    private func storeConfiguration(_ prefix: String) throws -> EtcdClient.Configuration {
        var configuration = try EtcdClient.Configuration(
            endpoints: self.string("\(prefix)endpoints") ?? "http://127.0.0.1:2379")
        let files = ["ca-file", "cert-file", "key-file"].map { self.string(prefix + $0) }
        if files.contains(where: { $0 != nil }) {
            configuration.tls = EtcdClient.TLS(caFile: files[0], certificateFile: files[1], privateKeyFile: files[2])
        }
        if let user = self.string("\(prefix)user") {
            configuration.credentials = EtcdClient.Credentials(
                user: user, password: try self.password(of: user, prefix))
        }
        return configuration
    }

    private func password(of user: String, _ prefix: String) throws -> String {
        if let file = self.string("\(prefix)password-file") {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw CommandFailure(
                    .noInput, "cannot read the password file \(file)",
                    remedy: "Give a text file whose first line is the password.")
            }
            return String(text.prefix { !$0.isNewline })
        }
        if let password = self.string("\(prefix)password") { return password }
        return try PasswordPrompt.ask("Password of \(user)", remedy: "Give --\(prefix)password-file.")
    }
}
