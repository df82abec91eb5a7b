import CommandLineSupport
import Foundation
import Glibc

/// What a display does instead of ending, when its server asked for it.
enum Relaunch {
    /// Starts this program anew in the same process, as it was started.
    ///
    /// - Returns: Why it could not; on success it does not return.
    static func again() -> CommandFailure {
        let arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", arguments)
        return CommandFailure(.failure, "cannot start again: \(String(cString: strerror(errno)))")
    }

    /// Runs a command of words separated by blanks and waits for its end.
    static func run(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command.split(separator: " ").map(String.init)
        do {
            try process.run()
        } catch {
            throw CommandFailure(.failure, "cannot run '\(command)': \(error.localizedDescription)")
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailure(
                .failure, "'\(command)' failed with status \(process.terminationStatus)",
                remedy: "Let this display's user restart the machine, or change --reboot-command.")
        }
    }
}
