import ArgumentParser
import Foundation

/// Why a command could not do its work, in words for the person who typed it.
package struct CommandFailure: Error, CustomStringConvertible {
    /// Exit statuses, after BSD's `sysexits.h`.
    package enum Status: Int32, Sendable {
        case failure = 1
        case usage = 64
        case badInput = 65
        case noInput = 66
        case unavailable = 69
        case cannotCreate = 73
        case ioError = 74
        /// Another change came first: the same command, run again, may do it.
        case tryAgain = 75
        case noPermission = 77
        case configuration = 78
    }

    package let status: Status
    package let message: String
    /// What to do about it; printed on a line of its own.
    package let remedy: String?

    package init(_ status: Status, _ message: String, remedy: String? = nil) {
        self.status = status
        self.message = message
        self.remedy = remedy
    }

    package var description: String { self.remedy.map { "\(self.message)\n\($0)" } ?? self.message }
}

extension ParsableCommand {
    /// Ends the process after `error`: help and usage as ArgumentParser does, everything else as
    /// `program: message` on stderr with the error's own exit status.
    package static func finish(after error: any Error, program: String) -> Never {
        switch error {
        case let failure as CommandFailure:
            FileHandle.standardError.write(Data("\(program): \(failure)\n".utf8))
            Foundation.exit(failure.status.rawValue)
        case is ExitCode, is CleanExit, is ValidationError:
            Self.exit(withError: error)
        default:
            // ArgumentParser's own parsing errors know their usage text; anything else gets its description.
            if Self.exitCode(for: error) == .validationFailure || Self.exitCode(for: error) == .success {
                Self.exit(withError: error)
            }
            FileHandle.standardError.write(Data("\(program): \(error)\n".utf8))
            Foundation.exit(CommandFailure.Status.failure.rawValue)
        }
    }
}
