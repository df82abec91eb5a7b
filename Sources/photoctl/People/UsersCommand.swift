import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl users …`
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "Who has an account, and who is asked to make one.",
        discussion: "Roles: administrator; editor, for photos and albums; viewer, who only looks.",
        subcommands: [
            List.self, Invite.self, Invitations.self, Uninvite.self, SetRole.self, Disable.self, Enable.self,
            SignOut.self, PasswordLink.self, Remove.self,
        ])
}

/// The user that a command is about.
struct UserArgument: ParsableArguments {
    @Argument(help: "The user's number or name.")
    var user: String
}

extension UsersCommand {
    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "List them.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["users"], as: Listing<User>.self)
            return Report(
                answer.json, [.number("ID"), .text("NAME"), "ROLE", "SINCE", .number("SIGNED IN"), "DISABLED"],
                rows: answer.value.elements.map {
                    [
                        "\($0.id)", $0.name, $0.role, ISODate.day($0.createdAt), "\($0.sessions)",
                        $0.disabledAt.map(ISODate.day) ?? "-",
                    ]
                }, empty: "There is no user yet.")
        }
    }

    struct Invite: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a link by which somebody makes an account.",
            discussion: "The link is shown once, and works once.")

        @Argument(help: "administrator, editor or viewer.")
        var role: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.send(
                .post, ["invitations"], ["role": .string(self.role)], as: AccountLink.self)
            return Report(
                answer.json, lines: AccountLinks.lines(answer.value, "Whoever opens it becomes \(self.role)."))
        }
    }

    struct Invitations: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Links for accounts that nobody has used yet.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["invitations"], as: Listing<AccountLink>.self)
            return Report(
                answer.json, [.number("ID"), "ROLE", .text("BY"), "UNTIL"],
                rows: answer.value.elements.map {
                    ["\($0.id)", $0.role, $0.madeBy, ISODate.minute($0.expiresAt)]
                }, empty: "Nobody is invited.")
        }
    }

    struct Uninvite: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Take an invitation back.")

        @Argument(help: "Its number in `photoctl users invitations`.")
        var id: Int64

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.call(.delete, ["invitations", "\(self.id)"])
            return Report(["id": .integer(self.id)], "Invitation \(self.id) is taken back.")
        }
    }

    struct SetRole: ServerCommand {
        static let configuration = CommandConfiguration(
            commandName: "role", abstract: "Give a user another role.",
            discussion: "It holds at once, for the user's tokens too. The last administrator stays one.")
        @OptionGroup var argument: UserArgument

        @Argument(help: "administrator, editor or viewer.")
        var role: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.user(self.argument.user).id
            let answer = try await api.send(.patch, ["users", "\(id)"], ["role": .string(self.role)], as: User.self)
            return Report(answer.json, "\(answer.value.name) is \(answer.value.role).")
        }
    }

    struct Disable: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the use of an account from its owner, until it is enabled again.",
            discussion: """
                Sessions end and tokens stop at once, and links to a new password are void. The last administrator stays.
                """)
        @OptionGroup var argument: UserArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.tell("disable", self.argument)
            return Report(answer.json, "\(answer.value.name) is disabled.")
        }
    }

    struct Enable: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a disabled account back.", discussion: "Its tokens work again; its owner signs in anew.")
        @OptionGroup var argument: UserArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.tell("enable", self.argument)
            return Report(answer.json, "\(answer.value.name) is enabled.")
        }
    }

    struct SignOut: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Sign a user out of all browsers.")
        @OptionGroup var argument: UserArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let user = try await api.user(self.argument.user)
            try await api.call(.delete, ["users", "\(user.id)", "sessions"])
            return Report(["id": .integer(user.id)], "\(user.name) is signed out of \(user.sessions.of("browser")).")
        }
    }

    struct PasswordLink: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a link by which a user who forgot the password sets another.",
            discussion: "The link is shown once, and works once.")
        @OptionGroup var argument: UserArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let user = try await api.user(self.argument.user)
            let answer = try await api.send(.post, ["users", "\(user.id)", "password-link"], as: AccountLink.self)
            return Report(
                answer.json, lines: AccountLinks.lines(answer.value, "Whoever opens it sets \(user.name)'s password."))
        }
    }

    struct Remove: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a user, sessions and tokens too.",
            discussion: "What the user added stays. The last administrator stays too.")
        @OptionGroup var argument: UserArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let user = try await api.user(self.argument.user)
            try await api.call(.delete, ["users", "\(user.id)"])
            return Report(["id": .integer(user.id)], "\(user.name) is removed.")
        }
    }
}

/// Links that are shown once.
private enum AccountLinks {
    static func lines(_ link: AccountLink, _ what: String) -> [String] {
        [link.url ?? "", "\(what) It works once, until \(ISODate.minute(link.expiresAt))."]
    }
}

extension APIClient {
    fileprivate func tell(_ action: String, _ argument: UserArgument) async throws -> Answer<User> {
        let id = try await self.user(argument.user).id
        return try await self.send(.post, ["users", "\(id)", action], as: User.self)
    }
}
