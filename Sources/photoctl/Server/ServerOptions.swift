import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// Which server a command talks to, and how it says what came of it.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which of the servers of `photoctl servers`. Default: PHOTOCTL_SERVER, or the one in use.",
            valueName: "name"))
    var server: String?

    @Flag(help: "Print the server's answer as JSON.")
    var json = false

    /// The server, and the token for it, from the flag, else the environment, else the list.
    ///
    /// - Throws: ``CommandFailure`` when there is none.
    func target(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ServerTarget {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if self.server == nil, let url = variable("PHOTOCTL_URL") {
            guard let token = variable("PHOTOCTL_TOKEN") else {
                throw CommandFailure(
                    .usage, "PHOTOCTL_URL is set, and PHOTOCTL_TOKEN is not",
                    remedy: "Set both, or neither; `photoctl tokens create` makes a token.")
            }
            let isInsecure = variable("PHOTOCTL_INSECURE") == "true"
            guard isInsecure || !APIClient.isInTheClear(url: url) else {
                throw ServerTarget.inTheClear(url, "set PHOTOCTL_INSECURE=true")
            }
            return ServerTarget(
                name: nil, hasGivenToken: true,
                configuration: .init(url: url, token: token, caFile: variable("PHOTOCTL_SERVER_CA_FILE")))
        }
        let list = try ServerListFile(environment: environment).read()
        guard let name = self.server ?? variable("PHOTOCTL_SERVER") ?? list.current else {
            throw CommandFailure(
                .configuration, "no server is known",
                remedy: "Run photoctl login URL, or set PHOTOCTL_URL and PHOTOCTL_TOKEN.")
        }
        guard let server = list.servers[name] else { throw ServerTarget.unknown(name, list) }
        let token = self.server == nil ? variable("PHOTOCTL_TOKEN") : nil
        return ServerTarget(
            name: name, hasGivenToken: token != nil, expiresAt: token == nil ? server.expiresAt : nil,
            configuration: .init(url: server.url, token: token ?? server.token, caFile: server.caFile))
    }
}

/// The server that a command talks to.
struct ServerTarget {
    /// Nil where the environment says which.
    var name: String?
    /// Whether the token is the one in the environment.
    var hasGivenToken: Bool
    var expiresAt: Date?
    var configuration: APIClient.Configuration

    static func unknown(_ name: String, _ list: ServerList) -> CommandFailure {
        let known = list.servers.keys.sorted().joined(separator: ", ")
        return CommandFailure(
            .noInput, "no server is known as \(TerminalText.escaped(name))",
            remedy: known.isEmpty ? "Run photoctl login URL." : "There are: \(known).")
    }

    static func inTheClear(_ url: String, _ how: String) -> CommandFailure {
        CommandFailure(
            .usage, "what goes to \(url) can be read by others on the way",
            remedy: "Give its https address, or \(how) if that network is yours alone.")
    }

    /// Why the server did not let somebody in, in words for whoever has a token.
    func explained(_ error: any Error) -> any Error {
        guard let refusal = error as? APIError, refusal.kind == .refused(401) else { return error }
        let place = self.name.map { "\($0) (\(self.configuration.url))" } ?? self.configuration.url
        guard let name = self.name, !self.hasGivenToken else {
            return CommandFailure(
                .noPermission, "\(place) does not know the token in PHOTOCTL_TOKEN, or it has ended",
                remedy: "Make another: photoctl tokens create.")
        }
        let isOver = self.expiresAt.map { $0 < Date() } ?? false
        let when = self.expiresAt.map { " on \(ISODate.day($0))" } ?? ""
        return CommandFailure(
            .noPermission,
            isOver ? "the token for \(place) ended\(when)" : "\(place) does not know this login any more",
            remedy: "Log in again: photoctl login \(self.configuration.url) --name \(name)")
    }
}

/// Dates as tables have them.
enum ISODate {
    static func day(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZone: .current).year().month().day())
    }

    static func minute(_ date: Date) -> String {
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .current)
        return String(
            date.formatted(style.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false))
                .prefix(16))
    }

    static func second(_ date: Date) -> String {
        String(
            date.formatted(
                Date.ISO8601FormatStyle(timeZone: .current).time(includingFractionalSeconds: false)
            ).prefix(8))
    }
}
