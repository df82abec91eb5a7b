import ArgumentParser
import CommandLineSupport
import StoreCommandLine

/// The program: its subcommands compose what the libraries do.
@main
struct PhotoserverCommand: AsyncParsableCommand {
    static let name = "photoserver"

    static let configuration = CommandConfiguration(
        commandName: PhotoserverCommand.name,
        abstract: "Photographs on screens anywhere, controlled from one place.",
        discussion: """
            Start with `photoserver serve --data DIR`. It prints a link with which you make your account.

            Every option may also stand in the environment (--etcd-listen is PHOTOSERVER_ETCD_LISTEN) or in a YAML file \
            (etcd-listen: 127.0.0.1:2379) named by --config. A flag wins over the environment, and that over the file.
            """,
        subcommands: [
            ServeCommand.self, ConfigCommand.self, StoreCommand.self, DemoCommand.self,
            ImportCommand.self, ImportLegacyCommand.self,
            CheckCommand.self, BackupCommand.self, RestoreCommand.self, MigrateCommand.self, ResetPasswordCommand.self,
            WorkerCommand.self,
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
            Self.finish(after: error, program: Self.name)
        }
    }
}

extension CommonOptions {
    /// Reads the layers below `flags` and starts logging.
    func settings(flags: [String: String?]) async throws -> LayeredSettings {
        try await self.settings(program: PhotoserverCommand.name, flags: flags)
    }
}
