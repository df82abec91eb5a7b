import Foundation
import TestSupport

/// The commands that `photoctl` has, as it says itself.
enum CommandTree {
    private struct Dump: Decodable { let command: Command }

    private struct Command: Decodable {
        let commandName: String
        let shouldDisplay: Bool?
        let subcommands: [Command]?
    }

    /// Every command that does something: `photoctl albums list`.
    static func leaves() async throws -> [String] {
        try await withTemporaryFolder { folder in
            let dump = try await Shell.run(
                "exec \"$1\" --experimental-dump-help", arguments: [try BuiltProgram.photoctl], folder: folder)
            let command = try JSONDecoder().decode(Dump.self, from: Data(dump.output.utf8)).command
            return Self.leaves(of: command, path: [])
        }
    }

    private static func leaves(of command: Command, path: [String]) -> [String] {
        let path = path + [command.commandName]
        let children = (command.subcommands ?? []).filter { $0.commandName != "help" }
        guard !children.isEmpty else { return [path.joined(separator: " ")] }
        return children.flatMap { Self.leaves(of: $0, path: path) }
    }
}
