import AsyncHTTPClient
import Foundation
import NIOCore

/// A genuine etcd on ports of its own, which a test can kill and start again on the same data.
public final class EtcdProcess: Sendable {
    /// How to start it.
    public struct Options: Sendable {
        /// Which etcd.
        public var release = EtcdRelease.v3_4
        /// PEM files; with an authority, clients must show a certificate that it signed.
        public var certificateFile: String?
        /// The key of the certificate.
        public var privateKeyFile: String?
        /// Who signs the certificates that clients must show.
        public var clientAuthorityFile: String?
        /// More flags, such as `--quota-backend-bytes=…`.
        public var arguments: [String] = []

        /// Plaintext.
        public init() {}
    }

    /// Where clients connect, on 127.0.0.1.
    public let port: Int
    private let peerPort: Int
    private let folder: String
    private let options: Options
    private let process = Shared<ChildProcess?>(nil)

    /// Starts etcd in `folder`, and waits until it serves.
    public init(folder: String, options: Options = Options()) async throws {
        self.folder = folder
        self.options = options
        self.port = try FreePort.next()
        var peerPort = try FreePort.next()
        while peerPort == self.port { peerPort = try FreePort.next() }
        self.peerPort = peerPort
        try await self.start()
    }

    /// Such as `http://127.0.0.1:12345`; `https` if it has a certificate.
    public var endpoint: String { "\(self.scheme)://127.0.0.1:\(self.port)" }

    /// What etcd has logged, over all its runs.
    public var output: String { (try? String(contentsOfFile: self.log, encoding: .utf8)) ?? "" }

    /// Starts it on the data it had, and waits until it serves.
    public func start() async throws {
        let earlier = self.timesReady
        let process = try ChildProcess(self.options.release.etcd, self.arguments, log: self.log)
        self.process.set(process)
        try await eventually("etcd serving; it printed:\n\(self.output)", within: .seconds(30)) {
            guard process.isRunning else {
                throw NotInTime(description: "etcd ended:\n\(self.output.suffix(2000))")
            }
            return self.timesReady > earlier
        }
    }

    /// SIGKILL: nothing that is not on the disk survives.
    public func kill() {
        self.process.get()?.kill()
        self.process.set(nil)
    }

    /// ``kill()``, then ``start()``.
    public func crashAndRestart() async throws {
        self.kill()
        try await self.start()
    }

    /// Keeps a copy of the data as they are now, for ``setBack()``. etcd is down meanwhile.
    public func keepCopy() async throws {
        self.kill()
        try? FileManager.default.removeItem(atPath: "\(self.folder)/copy")
        try FileManager.default.copyItem(atPath: "\(self.folder)/etcd", toPath: "\(self.folder)/copy")
        try await self.start()
    }

    /// Puts the copy in place of the data, as a restored backup: the same cluster with an older revision. Call it while
    /// etcd is down.
    public func setBack() throws {
        try self.wipe()
        try FileManager.default.copyItem(atPath: "\(self.folder)/copy", toPath: "\(self.folder)/etcd")
    }

    /// Deletes the data. Call it while etcd is down.
    public func wipe() throws {
        try FileManager.default.removeItem(atPath: "\(self.folder)/etcd")
    }

    /// Lends etcd on another port, where those who know this one do not find it; it is down again afterwards.
    public func startElsewhere(_ body: (_ endpoint: String) async throws -> Void) async throws {
        let elsewhere = try EtcdProcess(sharing: self)
        try await elsewhere.start()
        defer { elsewhere.kill() }
        try await body(elsewhere.endpoint)
    }

    private init(sharing other: EtcdProcess) throws {
        self.folder = other.folder
        self.options = other.options
        self.port = try FreePort.next()
        self.peerPort = other.peerPort
    }

    /// SIGTERM.
    public func stop() async throws {
        try await self.process.get()?.terminate()
        self.process.set(nil)
    }

    /// The value of one of its metrics, such as `etcd_debugging_mvcc_watcher_total`; `nil` if it has none of that name.
    public func metric(_ name: String) async throws -> Double? {
        let response = try await HTTPClient.shared.get(url: "\(self.endpoint)/metrics").get()
        let text = response.body.map { String(buffer: $0) } ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.flatMap {
            Double($0.dropFirst(name.count + 1))
        }
    }

    private var log: String { "\(self.folder)/etcd.log" }

    private var scheme: String { self.options.certificateFile == nil ? "http" : "https" }

    private var timesReady: Int { self.output.components(separatedBy: "ready to serve client requests").count - 1 }

    private var arguments: [String] {
        var arguments = [
            "--name=test", "--data-dir=\(self.folder)/etcd", "--listen-client-urls=\(self.endpoint)",
            "--advertise-client-urls=\(self.endpoint)", "--listen-peer-urls=http://127.0.0.1:\(self.peerPort)",
            "--initial-advertise-peer-urls=http://127.0.0.1:\(self.peerPort)",
            "--initial-cluster=test=http://127.0.0.1:\(self.peerPort)",
            // A single member need not wait long for an election.
            "--heartbeat-interval=50", "--election-timeout=250",
        ]
        if let file = self.options.certificateFile { arguments.append("--cert-file=\(file)") }
        if let file = self.options.privateKeyFile { arguments.append("--key-file=\(file)") }
        if let file = self.options.clientAuthorityFile {
            arguments += ["--client-cert-auth", "--trusted-ca-file=\(file)"]
        }
        return arguments + self.options.arguments
    }
}

/// Lends a genuine etcd to `body`; it is gone when this returns. Debian: `apt-get install etcd-server`.
public func withEtcd<Result: Sendable>(
    _ options: EtcdProcess.Options = EtcdProcess.Options(), _ body: (EtcdProcess) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let etcd = try await EtcdProcess(folder: folder, options: options)
        defer { etcd.kill() }
        return try await body(etcd)
    }
}
