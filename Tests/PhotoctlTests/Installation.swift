import Foundation
import TestSupport

/// A photo server as a process, an administrator, and a home folder for `photoctl`; with a display where one is wanted.
final class Installation: Sendable {
    static let user = "ada"
    static let password = "four words in a row"

    let folder: String
    let port: Int
    let scheme: String
    let server: ChildProcess
    private let display: ChildProcess?

    var url: String { "\(self.scheme)://127.0.0.1:\(self.port)" }
    /// The authority that `--tls-own` makes.
    var caFile: String { "\(self.folder)/data/tls/ca.pem" }

    private init(folder: String, port: Int, scheme: String, server: ChildProcess, display: ChildProcess?) {
        self.folder = folder
        self.port = port
        self.scheme = scheme
        self.server = server
        self.display = display
    }

    /// Lends an installation, with its log printed where `body` throws.
    ///
    /// - Parameters:
    ///   - hasDisplay: Whether a display called Hall is admitted and draws into files.
    ///   - logsIn: Whether `photoctl` knows the server already.
    static func with(
        hasDisplay: Bool = false, logsIn: Bool = true, tls: Bool = false, _ body: (Installation) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let (port, store) = (try FreePort.next(), try FreePort.next())
            let server = try ChildProcess(
                BuiltProgram.photoserver,
                ["serve", "--data", "\(folder)/data", "--listen", "127.0.0.1:\(port)"]
                    + ["--etcd-listen", "127.0.0.1:\(store)"] + (tls ? ["--tls-own"] : []),
                log: "\(folder)/server.log")
            defer { server.kill() }
            do {
                try await eventually("the server giving out its set-up link") {
                    guard server.isRunning else { throw NotInTime(description: server.output) }
                    return server.output.contains("/setup?token=")
                }
                let url = "\(tls ? "https" : "http")://127.0.0.1:\(port)"
                let setUp = try await Shell.run(
                    """
                    curl --fail --silent --insecure --output /dev/null --data-urlencode name=\(Self.user) \
                    --data-urlencode 'password=\(Self.password)' \
                    --data-urlencode "token=$(cat data/setup-token)" \(url)/setup
                    """, folder: folder)
                guard setUp.status == 0 else { throw NotInTime(description: "set-up: \(setUp)") }
                let display =
                    hasDisplay
                    ? try ChildProcess(
                        BuiltProgram.photoviewer,
                        [
                            "run", "--server", url, "--data", "\(folder)/display", "--token-file",
                            "\(folder)/data/display-token", "--name", "Hall", "--size", "640x360", "--stage", "files",
                            "--frames", "\(folder)/frames",
                        ], log: "\(folder)/viewer.log") : nil
                defer { display?.kill() }
                let installation = Installation(
                    folder: folder, port: port, scheme: tls ? "https" : "http", server: server, display: display)
                if logsIn { try await installation.logIn() }
                if let display {
                    try await eventually("the display drawing") { display.output.contains("showing") }
                }
                if hasDisplay, logsIn {
                    try await eventually("the display being online") {
                        try await installation.done("displays", "list").contains("online")
                    }
                }
                try await body(installation)
            } catch {
                print("---- the last of the server's log\n\(server.output.suffix(4000))")
                throw error
            }
        }
    }

    func logIn() async throws {
        let login = try await self.photoctl(
            "login", self.url, "--user", Self.user, "--password-file", "-", "--name", "home", input: Self.password)
        guard login.status == 0 else { throw NotInTime(description: "login: \(login)") }
    }

    /// What a shell of the person at `photoctl` has in its environment.
    var environment: [String: String] {
        [
            "HOME": self.folder, "XDG_CONFIG_HOME": "\(self.folder)/config", "XDG_STATE_HOME": "\(self.folder)/state",
            "TZ": "UTC", "LC_ALL": "C.UTF-8",
        ]
    }

    /// The file with the servers and their tokens.
    var listFile: String { "\(self.folder)/config/vitrine/photoctl.json" }

    /// Runs `photoctl` to its end.
    func photoctl(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> Shell.Outcome {
        try await Shell.run(
            "exec \"$@\"", arguments: [try BuiltProgram.photoctl] + arguments, input: input,
            environment: self.environment.merging(environment) { $1 }, folder: self.folder)
    }

    /// The same, and it must have gone well.
    @discardableResult
    func done(_ arguments: String...) async throws -> String {
        let outcome = try await Shell.run(
            "exec \"$@\"", arguments: [try BuiltProgram.photoctl] + arguments, environment: self.environment,
            folder: self.folder)
        guard outcome.status == 0 else { throw NotInTime(description: "photoctl \(arguments): \(outcome)") }
        return outcome.output
    }

    /// The same with `--json`.
    func json(_ arguments: String...) async throws -> [String: Any] {
        let outcome = try await Shell.run(
            "exec \"$@\"", arguments: [try BuiltProgram.photoctl] + arguments + ["--json"],
            environment: self.environment, folder: self.folder)
        guard outcome.status == 0,
            let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        else { throw NotInTime(description: "photoctl \(arguments): \(outcome)") }
        return json
    }

    /// Photos made for a test, in a folder of the installation's; each different.
    func makePhotos(_ names: [String], in photos: String) async throws {
        try FileManager.default.createDirectory(
            atPath: "\(self.folder)/\(photos)", withIntermediateDirectories: true)
        for (number, name) in names.enumerated() {
            let made = try await Shell.run(
                "convert -size 480x320 plasma:seagreen-gold -seed \(number + 7) '\(photos)/\(name)'",
                folder: self.folder)
            guard made.status == 0 else { throw NotInTime(description: "\(made)") }
        }
    }
}

/// Programs with input and two outputs.
enum Shell {
    struct Outcome: Sendable, CustomStringConvertible {
        var status: Int32
        var output: String
        var errors: String

        var description: String { "status \(self.status)\n\(self.output)\n\(self.errors)" }
    }

    /// Runs a script of bash's, whose `"$@"` is `arguments`.
    static func run(
        _ script: String, arguments: [String] = [], input: String = "", environment: [String: String] = [:],
        folder: String, within limit: Duration = .seconds(120)
    ) async throws -> Outcome {
        let base = "\(folder)/run-\(UUID().uuidString)"
        defer {
            for suffix in ["in", "out", "err", "log"] {
                try? FileManager.default.removeItem(atPath: "\(base).\(suffix)")
            }
        }
        try input.write(toFile: "\(base).in", atomically: true, encoding: .utf8)
        let process = try ChildProcess(
            "bash",
            ["-c", "exec <\"$0.in\" >\"$0.out\" 2>\"$0.err\"\n\(script)", base] + arguments,
            environment: environment, log: "\(base).log", folder: folder)
        let status = try await process.finished(within: limit)
        func text(_ suffix: String) -> String {
            (try? String(contentsOfFile: "\(base).\(suffix)", encoding: .utf8)) ?? ""
        }
        return Outcome(status: status, output: text("out"), errors: text("err") + process.output)
    }
}
