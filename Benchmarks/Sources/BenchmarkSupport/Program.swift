import Foundation
import Synchronization

/// A process that is measured.
package final class Program: @unchecked Sendable {
    // Only started in init and stopped at the end, never at the same time.
    private static let started = Mutex<[Program]>([])
    private let process = Process()
    private let name: String
    private let log: String

    @discardableResult
    package init(_ path: String, _ arguments: [String], environment: [String: String] = [:], log: String) throws {
        self.name = URL(fileURLWithPath: path).lastPathComponent + " " + (arguments.first ?? "")
        self.log = log
        try Data().write(to: URL(fileURLWithPath: log))
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        self.process.executableURL = URL(fileURLWithPath: path)
        self.process.arguments = arguments
        self.process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        self.process.standardOutput = output
        self.process.standardError = output
        try self.process.run()
        Self.started.withLock { $0.append(self) }
    }

    /// Stops everything that was started, the last first.
    package static func stopAll() {
        for program in started.withLock({ $0.reversed() }) { program.stop() }
    }

    /// Waits for the end.
    package func wait() throws {
        self.process.waitUntilExit()
        guard self.process.terminationStatus == 0 else {
            let text = (try? String(contentsOfFile: self.log, encoding: .utf8)) ?? ""
            throw Installation.Failure(description: "\(self.name) failed: \(text)")
        }
    }

    package var identifier: Int32 { self.process.processIdentifier }

    /// Ends it and waits for its end, ten seconds at most before it is killed.
    ///
    /// Not by `waitUntilExit`, which spins for as long as anything that the program started is there.
    package func stop() {
        guard !self.hasEnded else { return }
        self.process.terminate()
        for _ in 0..<1_000 {
            usleep(10_000)
            if self.hasEnded { return }
        }
        kill(self.identifier, SIGKILL)
    }

    /// Also when nobody has asked yet how it ended.
    private var hasEnded: Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(self.identifier)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return true }
        return text[text.index(after: end)...].split(separator: " ").first == "Z"
    }
}
