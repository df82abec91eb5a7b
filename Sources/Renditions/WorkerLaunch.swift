import CVipsShim
import Glibc

/// Starts processes that read strangers' files: in a group of their own, with nothing of the server's.
enum WorkerLaunch {
    struct Failure: Error {
        /// As errno has it.
        let number: Int32
    }

    /// Starts a program with these descriptors as its standard input and output.
    ///
    /// - Returns: The process, to be waited for.
    static func start(
        _ executable: String, _ arguments: [String], input: Int32, output: Int32
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // The server's sockets and database are no business of a process that reads strangers' files.
        vitrine_spawn_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        var allSignals = sigset_t()
        sigfillset(&allSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        // A group of its own: Ctrl-C in the terminal is for the server, which ends its workers itself.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = Self.environment().map { strdup($0) }
        environment.append(nil)
        defer { for pointer in words + environment { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, executable, &actions, &attributes, words, environment)
        guard result == 0 else { throw Failure(number: result) }
        return process
    }

    /// Nothing of the server's environment, which may hold secrets, but where to find libraries.
    private static func environment() -> [String] {
        var variables = ["LC_ALL=C.UTF-8", "MALLOC_ARENA_MAX=2"]
        if let path = getenv("LD_LIBRARY_PATH") { variables.append("LD_LIBRARY_PATH=\(String(cString: path))") }
        return variables
    }
}
