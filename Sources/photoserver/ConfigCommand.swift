import ArgumentParser
import CommandLineSupport
import Foundation

/// `photoserver config`: the configuration file, before a server runs with it.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Write or check a configuration file for `serve`.",
        subcommands: [ConfigCheckCommand.self])

    @Flag(help: "Print a file with every setting, commented out, and what it does.")
    var example = false

    func run() throws {
        guard self.example else { throw CleanExit.helpRequest(self) }
        let heading = """
            # Settings of `photoserver serve --config FILE`. Take the `# ` away before the ones you want.
            # A flag of the same name wins over this file, and so does the environment: listen is --listen, and
            # PHOTOSERVER_LISTEN. Passwords stand in files of their own that only their owner reads.
            """
        Announcement.line(([heading] + ServeSetting.all.map(\.example)).joined(separator: "\n\n"))
    }
}

/// `photoserver config check FILE`.
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a configuration file, and name the line of a mistake.",
        discussion: "Of the files that it names only the one with the password is opened. No server is needed.")

    @Argument(help: ArgumentHelp("The YAML file.", valueName: "file"))
    var file: String

    func run() async throws {
        try await ServeSetting.check(file: self.file)
        Announcement.line("\(self.file) is in order.")
    }
}
