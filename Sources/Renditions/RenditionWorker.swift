import CSys
import FoundationEssentials
import Glibc

/// The worker process's side: limits itself, does one job, answers, ends. What a hostile file does happens here.
package enum RenditionWorker {
    private static let jobBytesMaximum = 1 << 20

    /// Reads a job from standard input and answers on standard output. Nothing else may have written there.
    ///
    /// - Returns: The process's exit status: 0 when an answer was written, whatever it says.
    package static func main() -> Int32 {
        guard let input = Self.readInput(), let job = try? JSONDecoder().decode(RenditionJob.self, from: Data(input))
        else { return 64 }
        guard Self.limit(job.limits) else { return 71 }
        let answer: RenditionAnswer
        do {
            answer = try PhotoReader(job: job).run()
        } catch let error as RenditionError {
            answer = .failed(.init(code: error.code, message: error.message, detail: error.cause.map { "\($0)" }))
        } catch {
            answer = .failed(.init(code: .damaged, message: "“\(job.name)” cannot be read.", detail: "\(error)"))
        }
        guard let output = try? JSONEncoder().encode(answer) else { return 70 }
        return Self.writeOutput(Array(output)) ? 0 : 74
    }

    /// Prepares what every job needs, and for each pair of descriptors that comes over standard input forks a process that
    /// does one job with them, a child of this process's parent.
    ///
    /// - Returns: The process's exit status, when the parent is gone.
    package static func seed() -> Int32 {
        // Whatever fails here will fail in the job, where it can be said.
        try? PhotoImage.start(program: "photoserver")
        _ = try? JSONDecoder().decode(RenditionJob.self, from: Data("{}".utf8))
        // A process with more threads cannot be forked: what the others hold would be held for ever.
        guard Self.threadCount() == 1 else { return 71 }
        while true {
            var ends: [Int32] = [-1, -1]
            let count = csys_receive_descriptors(0, &ends, 2)
            if count == 0 { return 0 }
            guard count == 2 else { return 64 }
            let child = csys_fork_sibling()
            if child == 0 {
                setpgid(0, 0)
                dup2(ends[0], 0)
                dup2(ends[1], 1)
                for end in ends { close(end) }
                _exit(Self.main())
            }
            var answer = child
            close(ends[0])
            close(ends[1])
            guard send(0, &answer, MemoryLayout<pid_t>.size, Int32(MSG_NOSIGNAL)) > 0 else { return 74 }
        }
    }

    private static func threadCount() -> Int {
        guard let folder = opendir("/proc/self/task") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count
    }

    /// From here on memory, time and file sizes are bounded, whatever is decoded. Cannot be undone.
    private static func limit(_ limits: RenditionLimits) -> Bool {
        func set(_ resource: __rlimit_resource, _ value: UInt64) -> Bool {
            var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
            return setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
        }
        // Writing more than it may shall be an error, not a death.
        signal(SIGXFSZ, SIG_IGN)
        // Should the server die before its time-out, nobody else would end this process.
        alarm(UInt32(limits.wallTimeSeconds + 5))
        let cpuSeconds = UInt64(limits.wallTimeSeconds + 5) * 2
        return set(RLIMIT_AS, limits.addressSpaceBytes) && set(RLIMIT_FSIZE, limits.outputBytes)
            && set(RLIMIT_CPU, cpuSeconds) && set(RLIMIT_CORE, 0)
    }

    private static func readInput() -> [UInt8]? {
        var input: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while input.count <= Self.jobBytesMaximum {
            let count = read(0, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return input }
            input.append(contentsOf: chunk[..<count])
        }
        return nil
    }

    private static func writeOutput(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
