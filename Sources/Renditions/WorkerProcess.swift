import CSys
import FoundationEssentials
import Glibc
import Synchronization

/// One run of a worker process: start, hand it the job, read the answer, see it end. It is gone when `run` returns.
enum WorkerProcess {
    /// More than any answer has; what is longer is no answer.
    private static let answerBytesMaximum = 1 << 20

    /// - Parameter seed: Where the process is to come from; nil, or one that cannot be had, starts `worker` anew.
    static func run(
        _ job: RenditionJob, worker: RenditionPool.Worker, seed: WorkerSeed? = nil
    ) async throws -> RenditionAnswer {
        let input = try JSONEncoder().encode(job)
        let canceller = Canceller()
        let ending = try await withTaskCancellationHandler {
            try await BlockingWork.run {
                try Self.runBlocking(input: Array(input), job: job, worker: worker, seed: seed, canceller: canceller)
            }
        } onCancel: {
            canceller.cancel()
        }
        switch ending {
        case .cancelled: throw CancellationError()
        case .timedOut:
            throw RenditionError(
                .timedOut,
                "“\(job.name)” took longer than \(job.limits.wallTimeSeconds) s to read and was given up. "
                    + "Export it as a plain JPEG and try again.")
        case .exited(let status, let output):
            if status == 0, let answer = try? JSONDecoder().decode(RenditionAnswer.self, from: Data(output)) {
                return answer
            }
            throw Self.error(forStatus: status, job: job)
        }
    }

    private enum Ending {
        case exited(status: Int32, output: [UInt8])
        case timedOut
        case cancelled
    }

    private static func error(forStatus status: Int32, job: RenditionJob) -> RenditionError {
        let signal = status & 0x7f
        guard signal != 0 else {
            return RenditionError(
                .workerUnavailable,
                "The program that reads photos could not do its work on “\(job.name)” (exit status \(status >> 8)). "
                    + "Is it installed completely?")
        }
        if signal == SIGALRM || signal == SIGXCPU {
            return RenditionError(
                .timedOut,
                "“\(job.name)” took longer than \(job.limits.wallTimeSeconds) s to read and was given up. "
                    + "Export it as a plain JPEG and try again.")
        }
        return RenditionError(
            .workerCrashed,
            "“\(job.name)” made its decoder crash (signal \(signal)) and was refused; nothing else was touched. "
                + "Export it as a plain JPEG and try again.")
    }

    private static func runBlocking(
        input: [UInt8], job: RenditionJob, worker: RenditionPool.Worker, seed: WorkerSeed?, canceller: Canceller
    ) throws -> Ending {
        let deadline = ContinuousClock.now.advanced(by: .seconds(job.limits.wallTimeSeconds))
        var pipes = try Pipes.make(name: job.name)
        let process = try Self.start(worker, seed: seed, pipes: pipes, name: job.name)
        pipes.closeChildEnds()
        var reaped: Int32?
        defer {
            if reaped == nil {
                kill(process, SIGKILL)
                _ = Self.wait(for: process, flags: 0)
            }
        }
        // A job is far smaller than a pipe's buffer, so this does not block; a worker that died gives EPIPE, and its status tells.
        Self.writeAll(input, to: pipes.input)
        pipes.closeInput()

        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            var polls = [
                pollfd(fd: pipes.output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: canceller.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&polls, nfds_t(polls.count), Self.milliseconds(until: deadline))
            if ready < 0 && errno != EINTR { throw Self.unavailable("poll", name: job.name) }
            if canceller.isCancelled { return .cancelled }
            if ContinuousClock.now >= deadline { return .timedOut }
            guard polls[0].revents != 0 else { continue }
            let count = read(pipes.output, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            output.append(contentsOf: chunk[..<count])
            if output.count > Self.answerBytesMaximum { throw Self.unavailable("answer too long", name: job.name) }
        }
        // The end of its output is the end of the process, but for the moment in between.
        while ContinuousClock.now < deadline {
            if let status = Self.wait(for: process, flags: WNOHANG) {
                reaped = status
                return .exited(status: status, output: output)
            }
            usleep(1_000)
        }
        return .timedOut
    }

    private static func start(
        _ worker: RenditionPool.Worker, seed: WorkerSeed?, pipes: borrowing Pipes, name: String
    ) throws -> pid_t {
        if let process = seed?.fork(input: pipes.childInput, output: pipes.childOutput) { return process }
        do {
            return try WorkerLaunch.start(
                worker.executable, worker.arguments, input: pipes.childInput, output: pipes.childOutput)
        } catch {
            errno = error.number
            throw Self.unavailable(worker.executable, name: name)
        }
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let left = ContinuousClock.now.duration(to: deadline) / Duration.milliseconds(1)
        return Int32(min(max(left.rounded(.up), 0), 60_000))
    }

    private static func wait(for process: pid_t, flags: Int32) -> Int32? {
        var status: Int32 = 0
        while true {
            let result = waitpid(process, &status, flags)
            if result == process { return status }
            if result < 0 && errno == EINTR { continue }
            return nil
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            written += count
        }
    }

    private static func unavailable(_ operation: String, name: String) -> RenditionError {
        RenditionError(
            .workerUnavailable,
            "The program that reads photos could not be started for “\(name)” (\(operation): "
                + "\(String(cString: strerror(errno)))).")
    }

    /// Wakes the thread that waits for the process.
    private final class Canceller: Sendable {
        let descriptor: Int32
        private let cancelled = Atomic<Bool>(false)

        init() { self.descriptor = csys_eventfd() }
        deinit { if self.descriptor >= 0 { close(self.descriptor) } }

        var isCancelled: Bool { self.cancelled.load(ordering: .acquiring) }

        func cancel() {
            self.cancelled.store(true, ordering: .releasing)
            var one: UInt64 = 1
            _ = write(self.descriptor, &one, 8)
        }
    }

    /// A socket pair each way: a pipe to a process that has died would kill this one with SIGPIPE.
    private struct Pipes: ~Copyable {
        private(set) var input: Int32
        let output: Int32
        private(set) var childInput: Int32
        private(set) var childOutput: Int32

        private init(_ toChild: (Int32, Int32), _ fromChild: (Int32, Int32)) {
            (self.input, self.childInput) = toChild
            (self.output, self.childOutput) = fromChild
        }

        static func make(name: String) throws -> Pipes {
            let toChild = try Self.pair(name: name)
            do {
                return Pipes(toChild, try Self.pair(name: name))
            } catch {
                Glibc.close(toChild.0)
                Glibc.close(toChild.1)
                throw error
            }
        }

        private static func pair(name: String) throws -> (Int32, Int32) {
            var ends: [Int32] = [-1, -1]
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
                throw WorkerProcess.unavailable("socketpair", name: name)
            }
            return (ends[0], ends[1])
        }

        mutating func closeChildEnds() {
            Glibc.close(self.childInput)
            Glibc.close(self.childOutput)
            (self.childInput, self.childOutput) = (-1, -1)
        }

        mutating func closeInput() {
            Glibc.close(self.input)
            self.input = -1
        }

        deinit {
            for descriptor in [self.input, self.output, self.childInput, self.childOutput] where descriptor >= 0 {
                Glibc.close(descriptor)
            }
        }
    }
}
