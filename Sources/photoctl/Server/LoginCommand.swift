import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl login URL`
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Make a server known, and get a token for it.",
        discussion: """
            Asks for name and password, which are not kept: the server gives a token for them, which may be ended by \
            `photoctl logout` or on the page of one's account. The token is in a file that only its owner may read, \
            $XDG_CONFIG_HOME/vitrine/photoctl.json. The server becomes the one in use.

            With --token-file, a token that somebody made before is kept instead.
            """)

    @Argument(help: ArgumentHelp("The server, such as https://photos.example.", valueName: "url"))
    var url: String

    @Option(help: ArgumentHelp("What to call it. Default: the address's host.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Who to be. Without it there is a question.", valueName: "name"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "The first line of this file is the password; - is stdin. Without it: PHOTOCTL_PASSWORD, or a question.",
            valueName: "file"))
    var passwordFile: String?

    @Option(
        help: ArgumentHelp("The first line of this file is a token; - is stdin. No password then.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "What the token may do: see, photos, displays, administer. Default: all that the user may.",
            valueName: "scope,…"))
    var scopes: String?

    @Option(
        help: ArgumentHelp("What the server calls the token. Default: photoctl on this machine.", valueName: "name"))
    var tokenName: String?

    @Option(help: ArgumentHelp("How long the token lasts.", valueName: "days"))
    var days: Int = 365

    @Option(
        help: ArgumentHelp(
            "Who signed the server's certificate (PEM), if not a well-known authority.", valueName: "file"))
    var caFile: String?

    @Flag(help: "Let password and token go over the network in the clear.")
    var insecure = false

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    func validate() throws {
        if self.tokenFile != nil, self.user != nil || self.passwordFile != nil || self.scopes != nil {
            throw ValidationError("--token-file goes without --user, --password-file and --scopes")
        }
    }

    func run() async throws {
        let url = try APIClient.checked(url: self.url)
        guard self.insecure || !APIClient.isInTheClear(url: url) else {
            throw ServerTarget.inTheClear(url, "--insecure")
        }
        let caFile = self.caFile.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        let file = ServerListFile()
        let name = try self.freeName(url, in: try file.read())
        let server =
            if let tokenFile = self.tokenFile {
                try await self.server(
                    url, caFile, token: try SecretInput.firstLine(of: tokenFile, what: "the token"))
            } else {
                try await self.server(url, caFile, replacing: try file.read().servers[name]?.tokenID)
            }
        try file.update { list in
            list.servers[name] = server
            list.current = name
        }
        let expiry = server.expiresAt.map { ", until \(ISODate.day($0))" } ?? ""
        try Report(
            .members([
                "server": .string(name), "url": .string(url), "user": .string(server.user),
                "expiresAt": server.expiresAt.map { .string($0.formatted(.iso8601)) },
            ]), "Logged in to \(name) (\(url)) as \(server.user)\(expiry)."
        ).print(asJSON: self.json)
    }

    /// What the server is called here: not what another one is.
    private func freeName(_ url: String, in list: ServerList) throws -> String {
        let name =
            self.name ?? list.servers.first { $0.value.url == url }?.key ?? URLComponents(string: url)?.host ?? url
        guard !name.isEmpty, name.count <= 64, name.allSatisfy({ $0.isLetter || $0.isNumber || "-._:[]".contains($0) })
        else {
            throw CommandFailure(
                .usage, "a server cannot be called \(TerminalText.escaped(name))",
                remedy: "Give --name with letters, digits, dots and hyphens.")
        }
        if let other = list.servers[name], other.url != url {
            throw CommandFailure(
                .usage, "\(name) is \(other.url) already",
                remedy: "Give another --name, or run photoctl logout --server \(name) first.")
        }
        return name
    }

    private func server(_ url: String, _ caFile: String?, token: String) async throws -> ServerList.Server {
        let configuration = APIClient.Configuration(url: url, token: token, caFile: caFile)
        let session = try await APIClient.withClient(configuration) { api in
            do {
                return try await api.get(["session"], as: Session.self).value
            } catch let error as APIError where error.kind == .refused(401) {
                throw CommandFailure(
                    .noPermission, "\(url) does not know this token, or it has ended",
                    remedy: "Make another: on the page of your account, or by photoctl tokens create.")
            }
        }
        return ServerList.Server(
            url: url, caFile: caFile, user: session.user, token: token)
    }

    private func server(
        _ url: String, _ caFile: String?, replacing old: Int64?
    ) async throws -> ServerList.Server {
        let user = try self.user ?? SecretInput.ask("Name", remedy: "Give --user, or --token-file.")
        let password = try self.password(of: user)
        let token = try await APIClient.withClient(.init(url: url, caFile: caFile)) { api in
            try await api.withSession(name: user, password: password) { api, session in
                let scopes = self.scopes.map(Comma.list) ?? session.scopes
                let token = try await api.send(
                    .post, ["tokens"],
                    [
                        "name": .string(self.tokenName ?? "photoctl on \(Self.machine)"),
                        "days": .integer(Int64(self.days)),
                        "scopes": .array(scopes.map { .string($0) }),
                    ], as: Token.self)
                // The one of an earlier login is of no use any more; if it is another user's it stays.
                if let old { try? await api.call(.delete, ["tokens", "\(old)"]) }
                return token.value
            }
        }
        guard let secret = token.secret else { throw APIError(.unintelligible, "The server gave no token.") }
        return ServerList.Server(
            url: url, caFile: caFile, user: user, token: secret,
            tokenID: token.id, expiresAt: token.expiresAt)
    }

    private func password(of user: String) throws -> String {
        if let file = self.passwordFile { return try SecretInput.firstLine(of: file, what: "the password") }
        if let password = ProcessInfo.processInfo.environment["PHOTOCTL_PASSWORD"], !password.isEmpty {
            return password
        }
        return try PasswordPrompt.ask("Password of \(user)", remedy: "Give --password-file.")
    }

    private static var machine: String {
        String(ProcessInfo.processInfo.hostName.prefix { $0 != "." })
    }
}

/// Lists on a command line.
enum Comma {
    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
