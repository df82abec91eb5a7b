import BenchmarkSupport
import Foundation
import Glibc

/// What one process used from its start to its end.
struct ChildUsage {
    let cpuSeconds: Double
    let wallSeconds: Double
    /// The most it had resident, in bytes.
    let residentBytes: Double
    let output: Data

    /// Runs a program with `input` on its standard input, and waits for its end.
    static func of(
        _ program: String, _ arguments: [String], input: Data = Data(), whileRunning: (pid_t) -> Void = { _ in }
    ) throws -> ChildUsage {
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw BenchmarkFailure("no pipes") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        for descriptor in toChild + fromChild { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        let start = Self.now()
        var process: pid_t = 0
        guard posix_spawn(&process, program, &actions, nil, words, environ) == 0 else {
            throw BenchmarkFailure("\(program) cannot be started")
        }
        close(toChild[0])
        close(fromChild[1])
        // What is sent fits a pipe; what is answered is read to its end.
        _ = input.withUnsafeBytes { write(toChild[1], $0.baseAddress, $0.count) }
        close(toChild[1])
        whileRunning(process)
        var output = Data()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(fromChild[0], &chunk, chunk.count)
            if count <= 0 { break }
            output.append(contentsOf: chunk[..<count])
        }
        close(fromChild[0])
        var status: Int32 = 0
        var usage = rusage()
        guard wait4(process, &status, 0, &usage) == process, status == 0 else {
            throw BenchmarkFailure(
                "\(program) \(arguments) failed: \(String(decoding: output.suffix(500), as: UTF8.self))")
        }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ChildUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), wallSeconds: Self.now() - start,
            residentBytes: Double(usage.ru_maxrss) * 1_024, output: output)
    }

    static func now() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
