import Foundation
import Synchronization
import TestSupport

/// etcdctl: a client that knows nothing of this package.
struct Etcdctl: Sendable {
    struct Answer: Sendable {
        let status: Int32
        /// What it printed, errors too.
        let output: String
    }

    let endpoint: String
    var release = EtcdRelease.v3_4

    /// Runs a command to its end.
    func run(_ arguments: [String], input: String = "") async throws -> Answer {
        try await withTemporaryFolder { folder in
            let inputFile = folder + "/input"
            let outputFile = folder + "/output"
            try Data(input.utf8).write(to: URL(fileURLWithPath: inputFile))
            try Data().write(to: URL(fileURLWithPath: outputFile))
            let process = self.process(arguments)
            process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: inputFile))
            let output = try FileHandle(forWritingTo: URL(fileURLWithPath: outputFile))
            process.standardOutput = output
            process.standardError = output
            let status: Int32 = try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do {
                    try process.run()
                } catch {
                    process.terminationHandler = nil
                    continuation.resume(throwing: error)
                }
            }
            return Answer(status: status, output: try String(contentsOfFile: outputFile, encoding: .utf8))
        }
    }

    /// Starts a command that goes on until it is killed.
    func start(_ arguments: [String], log: String) throws -> ChildProcess {
        try ChildProcess(
            self.release.etcdctl, ["--endpoints", self.endpoint] + arguments, environment: ["ETCDCTL_API": "3"],
            log: log)
    }

    private func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // A login is slow on purpose, and more so where the cores belong to others; a command may say otherwise.
        let patience = ["--dial-timeout=30s", "--command-timeout=60s"]
        process.arguments = [self.release.etcdctl, "--endpoints", self.endpoint] + patience + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["ETCDCTL_API": "3"]) { $1 }
        return process
    }
}
