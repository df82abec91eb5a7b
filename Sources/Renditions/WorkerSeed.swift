import CSys
import Glibc
import Synchronization

/// A worker that has started, has read nothing, and forks for each job: loading the program and its hundred libraries
/// costs as much processor time as a small photo does, and is done once.
///
/// What comes of it are this process's own children, as if it had started them; a hostile file meets a fresh one.
final class WorkerSeed: Sendable {
    private struct Process {
        let identifier: pid_t
        /// Takes descriptors and gives process identifiers.
        let control: Int32
    }

    /// It forks within a millisecond; on a machine that is busy, later.
    private static let patienceSeconds = 5

    private let executable: String
    private let arguments: [String]
    private let process = Mutex<Process?>(nil)

    /// - Parameter arguments: Lead to ``RenditionWorker/seed()``.
    init(executable: String, arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }

    deinit { self.process.withLock { $0.map(Self.end) } }

    /// Makes a worker with these descriptors as its standard input and output. Starts what must be started, and once more
    /// when that was killed meanwhile.
    ///
    /// - Returns: The process, to be waited for; nil when none can be had this way.
    func fork(input: Int32, output: Int32) -> pid_t? {
        self.process.withLock { process in
            for _ in 0..<2 {
                process = process ?? self.start()
                guard let seed = process else { return nil }
                if csys_send_descriptors(seed.control, [input, output], 2) == 0, let child = Self.answer(of: seed) {
                    return child
                }
                Self.end(seed)
                process = nil
            }
            return nil
        }
    }

    private func start() -> Process? {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        defer { close(ends[1]) }
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        do throws(WorkerLaunch.Failure) {
            let identifier = try WorkerLaunch.start(self.executable, self.arguments, input: ends[1], output: ends[1])
            return Process(identifier: identifier, control: ends[0])
        } catch {
            // Whoever asked starts a worker the other way, and hears why that cannot be done either.
            close(ends[0])
            return nil
        }
    }

    private static func answer(of seed: Process) -> pid_t? {
        var child: pid_t = 0
        let size = MemoryLayout<pid_t>.size
        while true {
            let count = recv(seed.control, &child, size, 0)
            if count < 0 && errno == EINTR { continue }
            return count == size && child > 0 ? child : nil
        }
    }

    private static func end(_ seed: Process) {
        close(seed.control)
        kill(seed.identifier, SIGKILL)
        var status: Int32 = 0
        while waitpid(seed.identifier, &status, 0) < 0 && errno == EINTR {}
    }
}
