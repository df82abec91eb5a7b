import ArgumentParser
import CommandLineSupport
import PhotoAPI

/// `photoctl logout`
struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "End the token for a server, and forget both.")

    @Option(help: ArgumentHelp("Which server. Default: the one in use.", valueName: "name"))
    var server: String?

    @Flag(help: "Forget it even if the server cannot be reached; its token then lasts until it ends by itself.")
    var force = false

    func run() async throws {
        let file = ServerListFile()
        let list = try file.read()
        guard let name = self.server ?? list.current else {
            throw CommandFailure(.configuration, "no server is known", remedy: "There is nothing to log out of.")
        }
        guard let server = list.servers[name] else { throw ServerTarget.unknown(name, list) }
        var note = ""
        if let token = server.tokenID {
            do {
                try await APIClient.withClient(
                    .init(url: server.url, token: server.token, caFile: server.caFile)
                ) { try await $0.call(.delete, ["tokens", "\(token)"]) }
            } catch let error as APIError where error.kind == .refused(401) || error.kind == .refused(404) {
                note = " Its token had ended already."
            } catch  where self.force {
                note = " Its token was not ended."
            }
        } else {
            note = " Its token was made elsewhere and goes on."
        }
        try file.update { list in
            list.servers[name] = nil
            if list.current == name { list.current = list.servers.count == 1 ? list.servers.keys.first : nil }
        }
        Announcement.line("Logged out of \(name) (\(server.url)).\(note)")
    }
}
