import ArgumentParser
import CommandLineSupport

/// Shows photos on a screen, as its photo server says.
struct PhotoViewerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "photoviewer",
        abstract: "Shows photos on a screen, controlled from its photo server.",
        discussion: """
            A display asks its server to be admitted, fetches its photos, and shows them from its own disk, with or \
            without a network. Every setting may also stand in the environment (--cache-limit-mb as \
            PHOTOVIEWER_CACHE_LIMIT_MB) or in a YAML file.
            """,
        subcommands: [RunCommand.self, DoctorCommand.self, SimulateCommand.self])
}

@main
struct Main {
    // Not async: the process's main thread is the one that draws.
    static func main() {
        do {
            var command = try PhotoViewerCommand.parseAsRoot()
            try command.run()
        } catch {
            PhotoViewerCommand.finish(after: error, program: "photoviewer")
        }
    }
}
