import Foundation
import Glibc
import Renditions
import TestSupport
import Testing

/// Workers are forked from one process that has met no file.
@Suite(.timeLimit(.minutes(2)))
struct WorkerSeedTests {
    @Test func allJobsComeFromOneProcessThatGoesWithThePool() async throws {
        try await withTemporaryFolder { folder in
            let photo = try await Self.photo(in: folder)
            var pool: RenditionPool? = try Self.pool(folder)
            for _ in 0..<8 { #expect(try await pool?.inspect(photo).format == .jpeg) }
            #expect(try Self.starts(folder) == ["worker --seed"])
            let seed = try #require(try Self.seeds(folder).first)
            // It has what it was started with: the socket three times over, as input and output, and nothing else.
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(seed)/fd")
            #expect(descriptors.count == 3, "\(descriptors)")
            pool = nil
            try await eventually("the end of the process") { kill(seed, 0) == -1 && errno == ESRCH }
        }
    }

    @Test func manyJobsAtOnceComeFromIt() async throws {
        try await withTemporaryFolder { folder in
            let photo = try await Self.photo(in: folder)
            let pool = try Self.pool(folder, parallel: 4)
            try await withThrowingTaskGroup(of: PhotoFormat.self) { group in
                for _ in 0..<40 { group.addTask { try await pool.inspect(photo).format } }
                for try await format in group { #expect(format == .jpeg) }
            }
            #expect(try Self.starts(folder) == ["worker --seed"])
        }
    }

    @Test func whenItIsKilledAnotherTakesItsPlace() async throws {
        try await withTemporaryFolder { folder in
            let photo = try await Self.photo(in: folder)
            let pool = try Self.pool(folder)
            _ = try await pool.inspect(photo)
            for number in 2...4 {
                let seed = try #require(try Self.seeds(folder).last)
                kill(seed, SIGKILL)
                _ = try await pool.inspect(photo)
                #expect(try Self.starts(folder).count == number)
            }
        }
    }

    @Test func aWorkerThatDiesTakesNothingWithIt() async throws {
        try await withTemporaryFolder { folder in
            let photo = try await Self.photo(in: folder)
            let pool = try Self.pool(folder, limits: RenditionLimits(wallTimeSeconds: 1))
            // Nobody writes into it, so its reader waits until it is killed.
            #expect(mkfifo("\(folder)/endless.jpg", 0o600) == 0)
            await #expect(throws: RenditionError.self) { _ = try await pool.inspect("\(folder)/endless.jpg") }
            #expect(try await pool.inspect(photo).format == .jpeg)
            #expect(try Self.starts(folder) == ["worker --seed"])
        }
    }

    @Test func withoutItEachJobStartsAWorker() async throws {
        try await withTemporaryFolder { folder in
            let photo = try await Self.photo(in: folder)
            let program = try Self.program(folder, refusing: "worker --seed")
            let pool = RenditionPool(worker: .init(executable: program))
            #expect(try await pool.inspect(photo).format == .jpeg)
            // Tried twice, as it might have been killed.
            #expect(try Self.starts(folder) == ["worker --seed", "worker --seed", "worker"])
        }
    }

    private static func photo(in folder: String) async throws -> String {
        try TestImages.corners("\(folder)/a.ppm")
        try await TestImages.convert("\(folder)/a.ppm", to: "\(folder)/a.jpg", folder: folder)
        return "\(folder)/a.jpg"
    }

    private static func pool(
        _ folder: String, parallel: Int = 2, limits: RenditionLimits = RenditionLimits()
    ) throws -> RenditionPool {
        RenditionPool(worker: .init(executable: try self.program(folder)), parallel: parallel, limits: limits)
    }

    /// The program as built, by way of a script that notes each start.
    private static func program(_ folder: String, refusing: String? = nil) throws -> String {
        let path = "\(folder)/program"
        let refusal = refusing.map { "[ \"$*\" = '\($0)' ] && exit 64\n" } ?? ""
        let script = """
            #!/bin/sh
            echo "$$ $*" >> '\(folder)/starts'
            \(refusal)exec '\(try BuiltProgram.photoserver)' "$@"

            """
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    private static func lines(_ folder: String) throws -> [[String]] {
        try String(contentsOfFile: "\(folder)/starts", encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
    }

    private static func starts(_ folder: String) throws -> [String] { try self.lines(folder).map { $0[1] } }

    private static func seeds(_ folder: String) throws -> [pid_t] { try self.lines(folder).compactMap { pid_t($0[0]) } }
}
