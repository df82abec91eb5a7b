import Foundation
import Glibc

/// Another program, run to its end.
package enum Tool {
    package struct Outcome: Sendable {
        package var status: Int32
        /// What it wrote, both streams together, at most ``Tool/outputLimit`` bytes.
        package var output: String
    }

    static let outputLimit = 256 << 10

    /// - Parameter limit: It is killed after so long.
    /// - Throws: ``ViewerError``: `notFound` when there is no such program, `unreachable` when it took too long.
    package static func run(_ command: [String], within limit: Duration) async throws(ViewerError) -> Outcome {
        guard let name = command.first, let path = self.find(name) else {
            throw ViewerError(.notFound, "the program \(command.first ?? "") is not installed")
        }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = Array(command.dropFirst())
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw ViewerError(.notFound, "cannot run \(name): \(error.localizedDescription)")
        }
        let identifier = process.processIdentifier
        let isLate = OnceFlag()
        let guardian = Task.detached {
            do { try await Task.sleep(for: limit) } catch { return }
            isLate.set()
            Glibc.kill(identifier, SIGKILL)
        }
        let reader = pipe.fileHandleForReading
        let output = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(returning: self.readAll(reader)) }
            }
        } onCancel: {
            Glibc.kill(identifier, SIGKILL)
        }
        process.waitUntilExit()
        guardian.cancel()
        guard !isLate.isSet else { throw ViewerError(.unreachable, "\(name) took longer than \(limit)") }
        return Outcome(status: process.terminationStatus, output: output)
    }

    /// The path of a program on the search path; nil when there is none.
    package static func find(_ name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin").split(separator: ":")
        // Where Debian keeps tools for administrators, which a display's own user may run as well.
        return (folders.map(String.init) + ["/usr/sbin", "/sbin"]).lazy.map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Reads to the end, so that the program never waits, and keeps the beginning.
    private static func readAll(_ handle: FileHandle) -> String {
        var kept = Data()
        while let data = try? handle.read(upToCount: 65536), !data.isEmpty {
            kept.append(data.prefix(self.outputLimit - kept.count))
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
