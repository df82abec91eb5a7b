import ArgumentParser
import CommandLineSupport

/// `photoctl`: what one does to an installation from a shell.
@main
struct Photoctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "photoctl", abstract: "Look after an installation.",
        discussion: """
            All commands but store's talk to a photo server, which `photoctl login` makes known. Things are named by \
            their number or id, or by their name where only one has it. Every command takes --json, whose members are \
            those of the server's API.

            Exit statuses: 0 done; 1 failed; 64 the command line is wrong; 65 the server does not take a value, or a \
            file is no photo; 66 there is no such thing or file; 69 the server cannot be reached, or has no room now; \
            73 or 74 a file cannot be written or read; 77 not logged in, or not allowed; 78 a file of settings is wrong.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Servers",
                subcommands: [LoginCommand.self, LogoutCommand.self, ServersCommand.self, WhoAmICommand.self]),
            CommandGroup(
                name: "Screens", subcommands: [DisplaysCommand.self, GroupsCommand.self, SchedulesCommand.self]),
            CommandGroup(
                name: "Library", subcommands: [PhotosCommand.self, AlbumsCommand.self, KeywordsCommand.self]),
            CommandGroup(
                name: "People",
                subcommands: [
                    UsersCommand.self, TokensCommand.self, SessionsCommand.self, UploadLinksCommand.self,
                    AuditCommand.self,
                ]),
            CommandGroup(name: "The mediator", subcommands: [StoreTools.self]),
        ])

    static func main() async {
        do {
            var command = try Self.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Self.finish(after: CommandFailure(explaining: error) ?? error, program: "photoctl")
        }
    }
}
