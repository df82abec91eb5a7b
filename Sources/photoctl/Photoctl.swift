import ArgumentParser
import CommandLineSupport

/// `photoctl`: what one does to an installation from a shell.
@main
struct Photoctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "photoctl", abstract: "Look after an installation.", subcommands: [StoreTools.self])

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
