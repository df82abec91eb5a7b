import BenchmarkSupport
import Foundation

/// A photo server on an etcd, with a library that was filled while it was stopped, and somebody signed in.
final class Server {
    let port: Int
    private let photoserver: String
    private let folder: String
    private let etcd: ServerProcess
    private var process = Process()
    private(set) var headers: [String] = []

    init(photoserver: String, etcd: ServerProcess, folder: String) throws {
        self.photoserver = photoserver
        self.etcd = etcd
        self.folder = folder
        self.port = Int.random(in: 30_500..<32_000)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try self.start()
        try self.signIn()
        self.stop()
    }

    /// Runs the script that fills the library.
    func seed(python: String, script: String, displays: Int, photos: Int, big: Int) throws {
        let seeding = Process()
        seeding.executableURL = URL(fileURLWithPath: python)
        seeding.arguments = [script, "\(self.folder)/server/library.sqlite", "\(displays)", "\(photos)", "\(big)"]
        try seeding.run()
        seeding.waitUntilExit()
        guard seeding.terminationStatus == 0 else { throw BenchmarkFailure("the library could not be filled") }
    }

    func start() throws {
        self.process = Process()
        self.process.executableURL = URL(fileURLWithPath: self.photoserver)
        self.process.arguments = [
            "serve", "--data", "\(self.folder)/server", "--listen", "127.0.0.1:\(self.port)", "--etcd-endpoints",
            "http://127.0.0.1:\(self.etcd.port)",
        ]
        let log = "\(self.folder)/server.log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        self.process.standardOutput = output
        self.process.standardError = output
        try self.process.run()
        let limit = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < limit {
            if let answer = try? HTTPConnection(port: self.port).call("GET", "/health"), answer.status == 200 { return }
            usleep(50_000)
        }
        throw BenchmarkFailure("the server does not answer; its log ends:\n\(self.log.suffix(2_000))")
    }

    func stop() {
        guard self.process.isRunning else { return }
        self.process.terminate()
        self.process.waitUntilExit()
    }

    var log: String { (try? String(contentsOfFile: "\(self.folder)/server.log", encoding: .utf8)) ?? "" }

    private func signIn() throws {
        let token = try String(contentsOfFile: "\(self.folder)/server/setup-token", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let connection = try HTTPConnection(port: self.port)
        let setup = try connection.call(
            "POST", "/setup", ["Content-Type: application/x-www-form-urlencoded"],
            "token=\(token)&name=bench&password=four+words+in+a+row")
        let cookie = setup.headers.first { $0.lowercased().hasPrefix("set-cookie:") }
        guard let value = cookie?.dropFirst("set-cookie:".count).split(separator: ";").first else {
            throw BenchmarkFailure("signing in failed with status \(setup.status)")
        }
        let session = try connection.call("GET", "/api/v1/session", ["Cookie:\(value)"])
        struct Session: Decodable { let csrfToken: String }
        let csrf = try JSONDecoder().decode(Session.self, from: Data(session.body)).csrfToken
        self.headers = ["Cookie:\(value)", "X-CSRF-Token: \(csrf)", "Content-Type: application/json"]
    }

    /// The part of its memory that is its own, in bytes.
    func anonymousBytes() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(self.process.processIdentifier)/status", encoding: .utf8)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
            let kibibytes = Double(line.split(whereSeparator: \.isWhitespace)[1])
        else { throw BenchmarkFailure("the server is gone; its log ends:\n\(self.log.suffix(2_000))") }
        return kibibytes * 1_024
    }

    /// Seconds of CPU since it was started.
    func cpuSeconds() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(self.process.processIdentifier)/stat", encoding: .utf8)
        guard let end = text.lastIndex(of: ")") else { throw BenchmarkFailure("unreadable /proc/PID/stat") }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return (Double(fields[11]).map { $0 + (Double(fields[12]) ?? 0) } ?? 0) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
