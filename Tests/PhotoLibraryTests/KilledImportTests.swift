import Foundation
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

/// The program itself, killed in the middle of its work.
struct KilledImportTests {
    private func run(_ arguments: [String], _ folder: String) throws -> ChildProcess {
        try ChildProcess(
            try BuiltProgram.photoserver, arguments, log: "\(folder)/\(UUID().uuidString).log")
    }

    /// Killed by progress, not by time: after so many files have appeared in the library's folder.
    @Test(.timeLimit(.minutes(2)))
    func `an import that is killed anywhere leaves a sound library, and the next one finishes it`() async throws {
        try await withTemporaryFolder { folder in
            let source = "\(folder)/photos"
            try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
            for seed in 1...10 { try TestPhoto.make("\(source)/\(seed).jpg", width: 300, height: 200, seed: seed) }
            var random = SeededGenerator(seed: 5)
            for round in 0..<5 {
                let process = try self.run(["import", "--data", "\(folder)/data", "--album", "All", source], folder)
                let known = (try? filesIn("\(folder)/data").count) ?? 0
                let wanted = known + Int.random(in: 1...4, using: &random)
                try await eventually("progress, or the end, in round \(round)", within: .seconds(30)) {
                    !process.isRunning || ((try? filesIn("\(folder)/data").count) ?? 0) >= wanted
                }
                process.kill()
                // A rendition is made before its photo is known: that may be left over, and nothing else.
                let found = try self.run(["check", "--data", "\(folder)/data", "--read-all"], folder)
                _ = try await found.finished()
                #expect(!found.output.contains("original"), "round \(round): \(found.output)")
                let mending = try self.run(["check", "--data", "\(folder)/data", "--mend"], folder)
                _ = try await mending.finished()
                let check = try self.run(["check", "--data", "\(folder)/data", "--read-all"], folder)
                let status = try await check.finished()
                #expect(status == 0, "round \(round): \(check.output)")
            }
            let last = try self.run(["import", "--data", "\(folder)/data", "--album", "All", source], folder)
            let status = try await last.finished()
            #expect(status == 0, "\(last.output)")
            try await withLibrary(in: folder) { library, _ in
                let count = try await library.photoCount()
                #expect(count == 10)
                let album = try await library.album(named: "All")
                #expect(album?.photoCount == 10)
            }
        }
    }
}
