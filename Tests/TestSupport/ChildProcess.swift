import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A program run by a test: its output is kept, and it dies with the test.
package final class ChildProcess: Sendable {
    private let process: LockedProcess
    private let log: URL
    package let name: String

    /// Starts `executable`, found by `PATH` when it has no slash.
    ///
    /// - Parameter log: Where stdout and stderr go, appended, so that several runs of a program stay readable.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], log: String,
        folder: String? = nil
    ) throws {
        self.name = URL(fileURLWithPath: executable).lastPathComponent
        self.log = URL(fileURLWithPath: log)
        let process = Process()
        process.executableURL = try Self.locate(executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        if !FileManager.default.fileExists(atPath: log) {
            try Data().write(to: self.log)
        }
        let output = try FileHandle(forWritingTo: self.log)
        try output.seekToEnd()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process = LockedProcess(process)
    }

    deinit { self.kill() }

    package var identifier: Int32 { self.process.identifier }
    package var isRunning: Bool { self.process.isRunning }

    /// Everything printed so far, by this run and earlier ones with the same log.
    package var output: String { (try? String(contentsOf: self.log, encoding: .utf8)) ?? "" }

    /// SIGKILL; returns when the process is gone.
    package func kill() { self.stop(SIGKILL) }

    /// Sends a signal and waits for the end. Returns the exit status, or nil when it had to be killed after `limit`.
    @discardableResult
    package func terminate(_ signal: Int32 = SIGTERM, within limit: Duration = .seconds(15)) async throws -> Int32? {
        guard self.isRunning else { return self.process.status }
        _ = Glibc.kill(self.identifier, signal)
        do {
            try await eventually("\(self.name) ending", within: limit) { !self.isRunning }
            return self.process.status
        } catch let error as NotInTime {
            self.kill()
            _ = error
            return nil
        }
    }

    /// Waits for the end and returns the exit status.
    package func finished(within limit: Duration = .seconds(60)) async throws -> Int32 {
        try await eventually("\(self.name) finishing; it printed:\n\(self.output)", within: limit) { !self.isRunning }
        return self.process.status
    }

    private func stop(_ signal: Int32) {
        guard self.isRunning else { return }
        _ = Glibc.kill(self.identifier, signal)
        self.process.wait()
    }

    private static func locate(_ executable: String) throws -> URL {
        if executable.contains("/") { return URL(fileURLWithPath: executable) }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for folder in path.split(separator: ":").map({ String($0) }) + ["/usr/sbin", "/sbin"] {
            let candidate = "\(folder)/\(executable)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return URL(fileURLWithPath: candidate) }
        }
        throw NotInTime(description: "\(executable) is not installed: run scripts/setup test")
    }
}

/// Foundation's `Process` is not Sendable; every use of it here is under the lock.
private final class LockedProcess: Sendable {
    private let process: Mutex<Process>
    let identifier: Int32

    init(_ process: sending Process) {
        self.identifier = process.processIdentifier
        self.process = Mutex(process)
    }

    var isRunning: Bool { self.process.withLock { $0.isRunning } }
    var status: Int32 { self.process.withLock { $0.isRunning ? -1 : $0.terminationStatus } }

    func wait() { self.process.withLock { $0.waitUntilExit() } }
}
