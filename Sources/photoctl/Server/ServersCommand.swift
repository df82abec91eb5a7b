import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl servers`
struct ServersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "servers", abstract: "The servers that are known.", subcommands: [List.self, Use.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List them. An asterisk marks the one in use.")

        @Flag(help: "Print them as JSON, without tokens.")
        var json = false

        func run() async throws {
            let list = try ServerListFile().read()
            let servers = list.servers.sorted { $0.key < $1.key }
            let json: [JSON] = servers.map { name, server in
                .members([
                    "name": .string(name), "url": .string(server.url), "user": .string(server.user),
                    "isCurrent": .bool(name == list.current), "caFile": server.caFile.map { .string($0) },
                    "expiresAt": server.expiresAt.map { .string($0.formatted(.iso8601)) },
                ])
            }
            try Report(
                ["servers": .array(json)], ["", "NAME", .text("URL"), "USER", "UNTIL"],
                rows: servers.map { name, server in
                    [
                        name == list.current ? "*" : "", name, server.url, server.user,
                        server.expiresAt.map(ISODate.day) ?? "",
                    ]
                }, empty: "No server is known. Run photoctl login URL."
            ).print(asJSON: self.json)
        }
    }

    struct Use: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let commands that name none mean this one.")

        @Argument(help: "One of the list.")
        var name: String

        func run() async throws {
            try ServerListFile().update { list in
                guard list.servers[self.name] != nil else { throw ServerTarget.unknown(self.name, list) }
                list.current = self.name
            }
        }
    }
}

/// `photoctl whoami`
struct WhoAmICommand: ServerCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Say as whom, and what, a server knows this login.")

    @OptionGroup var options: ServerOptions

    func run(_ api: APIClient) async throws -> Report? {
        let answer = try await api.get(["session"], as: Session.self)
        var json = answer.json
        // Of no use here, and nothing to leave in a log.
        if case .object(var members) = json {
            members["csrfToken"] = nil
            json = .object(members)
        }
        return Report(
            json,
            "\(answer.value.user), \(answer.value.role); may: \(answer.value.scopes.joined(separator: ", "))")
    }
}
