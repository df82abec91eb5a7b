import Foundation
import Synchronization

/// A server that is measured: etcd as it comes, or the project's store, alone in a process, with a new data folder.
package final class ServerProcess: @unchecked Sendable {
    /// Which program, and where it is.
    package enum Program: Hashable, Sendable {
        case etcd(path: String)
        case store(path: String)

        package var isEtcd: Bool { if case .etcd = self { true } else { false } }
    }

    // Only started in init and stopped later, never at the same time.
    private static let running = Mutex<[ServerProcess]>([])
    /// Below the ports the system lends to clients: ten thousand closed connections would block those.
    private static let nextPort = Mutex(UInt16.random(in: 12_000..<20_000))

    package let port: UInt16
    package let folder: String
    private let process = Process()

    /// Starts the program; it may take a moment until it answers.
    package init(_ program: Program, below root: String) throws {
        self.port = try Self.freePort()
        let peerPort = try Self.freePort()
        self.folder = "\(root)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        let client = "http://127.0.0.1:\(self.port)"
        let peer = "http://127.0.0.1:\(peerPort)"
        switch program {
        case .etcd(let path):
            self.process.executableURL = URL(fileURLWithPath: path)
            self.process.arguments = [
                "--data-dir", "\(self.folder)/data", "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster",
                "default=\(peer)",
            ]
        case .store(let path):
            self.process.executableURL = URL(fileURLWithPath: path)
            self.process.arguments = ["--data", "\(self.folder)/data", "--listen", "127.0.0.1:\(self.port)"]
        }
        let log = "\(self.folder)/log"
        try Data().write(to: URL(fileURLWithPath: log))
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        self.process.standardOutput = output
        self.process.standardError = output
        try self.process.run()
        Self.running.withLock { $0.append(self) }
    }

    package var processIdentifier: Int32 { self.process.processIdentifier }

    /// The end of what the program said, for error messages.
    package var log: String {
        String(((try? String(contentsOfFile: "\(self.folder)/log", encoding: .utf8)) ?? "").suffix(2_000))
    }

    /// Resident memory in bytes.
    package func residentBytes() throws -> Double { try self.statusBytes("VmRSS:") }

    /// The part of the resident memory that belongs to this process alone and is not a mapped file.
    package func anonymousBytes() throws -> Double { try self.statusBytes("RssAnon:") }

    /// Seconds of CPU used since the start, in the kernel and outside of it.
    package func cpuSeconds() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(self.processIdentifier)/stat", encoding: .utf8)
        // The name in parentheses may hold spaces; what follows it may not.
        guard let end = text.lastIndex(of: ")") else { throw BenchmarkFailure("unreadable /proc/PID/stat") }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw BenchmarkFailure("unreadable /proc/PID/stat")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Bytes of disk that the data folder takes, preallocated ones too.
    package func diskBytes() throws -> Double {
        var total = 0.0
        for path in try FileManager.default.subpathsOfDirectory(atPath: "\(self.folder)/data") {
            var status = stat()
            // A file may go while it is looked for.
            guard stat("\(self.folder)/data/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            total += Double(status.st_blocks) * 512
        }
        return total
    }

    /// Ends the process and removes its folder.
    package func stop() {
        if self.process.isRunning {
            self.process.terminate()
            let limit = ContinuousClock.now + .seconds(10)
            while self.process.isRunning, ContinuousClock.now < limit { usleep(5_000) }
            if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) }
            self.process.waitUntilExit()
        }
        Self.running.withLock { running in running.removeAll { $0 === self } }
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    /// Stops everything that was started, the last first.
    package static func stopAll() {
        for server in running.withLock({ $0.reversed() }) { server.stop() }
    }

    private func statusBytes(_ field: String) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(self.processIdentifier)/status", encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix(field) {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 1, let kibibytes = Double(words[1]) { return kibibytes * 1_024 }
        }
        throw BenchmarkFailure("no \(field) of process \(self.processIdentifier); its log ends:\n\(self.log)")
    }

    private static func freePort() throws -> UInt16 {
        for _ in 0..<1_000 {
            let port = self.nextPort.withLock { port in
                port = port >= 30_000 ? 12_000 : port + 1
                return port
            }
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var address = sockaddr_in.loopback(port)
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound == 0 { return port }
        }
        throw BenchmarkFailure("no free port between 12000 and 30000")
    }
}

extension sockaddr_in {
    /// 127.0.0.1 with a port.
    package static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

/// Raises the number of files this process, and what it starts, may open to what the system allows.
package func raiseOpenFileLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// Runs `body` when somebody interrupts or terminates this process, which then ends.
package func onTermination(_ body: @escaping @Sendable () -> Void) {
    for number in [SIGINT, SIGTERM] {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            body()
            source.cancel()  // also keeps the source alive until then
            exit(130)
        }
        source.resume()
    }
}
