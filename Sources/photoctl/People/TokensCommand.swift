import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl tokens …`
struct TokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Your own secrets for programs.",
        subcommands: [List.self, Create.self, Revoke.self])

    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "List them. The secrets are not among it.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["tokens"], as: Listing<Token>.self)
            return Report(
                answer.json, [.number("ID"), .text("NAME"), "MAY", "UNTIL", "LAST USED"],
                rows: answer.value.elements.map { token in
                    [
                        "\(token.id)", token.name, token.scopes.joined(separator: ","), ISODate.day(token.expiresAt),
                        token.lastUsedAt.map(ISODate.minute) ?? "never",
                    ]
                }, empty: "You have no token.")
        }
    }

    struct Create: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make one.", discussion: "The secret is shown once, alone on the last line.")

        @Argument(help: "What it is for.")
        var name: String

        @Option(help: ArgumentHelp("What it may do: see, photos, displays, administer.", valueName: "scope,…"))
        var scopes: String = "see"

        @Option(help: ArgumentHelp("How long it lasts.", valueName: "days"))
        var days: Int = 365

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.send(
                .post, ["tokens"],
                [
                    "name": .string(self.name), "days": .integer(Int64(self.days)),
                    "scopes": .array(Comma.list(self.scopes).map { .string($0) }),
                ], as: Token.self)
            let token = answer.value
            return Report(
                answer.json,
                "Token \(token.id), “\(token.name)”, may \(token.scopes.joined(separator: ", ")) until "
                    + "\(ISODate.day(token.expiresAt)). It is shown this once:",
                token.secret ?? "")
        }
    }

    struct Revoke: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "End one.")

        @Argument(help: "Its number or name.")
        var token: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let list = try await api.get(["tokens"], as: Listing<Token>.self).value.elements
            let token = try Lookup.find(self.token, among: list, what: "token", id: { "\($0.id)" }, name: \.name)
            try await api.call(.delete, ["tokens", "\(token.id)"])
            return Report(["id": .integer(token.id)], "Token \(token.id), “\(token.name)”, has ended.")
        }
    }
}

/// `photoctl sessions …`
struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "The browsers in which you are signed in.",
        subcommands: [List.self, End.self], defaultSubcommand: List.self)

    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "List them.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["sessions"], as: Listing<SignIn>.self)
            return Report(
                answer.json, ["ID", "SINCE", "UNTIL", "ADDRESS", .text("BROWSER")],
                rows: answer.value.elements.map {
                    [
                        $0.id, ISODate.minute($0.createdAt), ISODate.day($0.expiresAt), $0.address ?? "-",
                        $0.agent ?? "-",
                    ]
                }, empty: "You are signed in nowhere.")
        }
    }

    struct End: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Sign out there.")

        @Argument(help: "Its id.")
        var id: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.call(.delete, ["sessions", self.id])
            return Report(["id": .string(self.id)], "Session \(self.id) has ended.")
        }
    }
}
