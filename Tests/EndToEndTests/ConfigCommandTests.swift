import Foundation
import TestSupport
import Testing

/// `photoserver config`, as it is typed.
@Suite(.timeLimit(.minutes(2))) struct ConfigCommandTests {
    @Test func `the example names every setting, and with its defaults it is in order`() async throws {
        try await withTemporaryFolder { folder in
            let (status, example) = try await Self.photoserver(["config", "--example"], folder)
            #expect(status == 0)
            let settings = example.split(separator: "\n").filter { $0.contains(#/^# [a-z-]+: /#) }.map {
                $0.dropFirst(2)
            }
            let (_, help) = try await Self.photoserver(["serve", "--help"], folder)
            for name in settings.compactMap({ $0.split(separator: ":").first }) { #expect(help.contains("--\(name)")) }
            let flags = help.matches(of: /^  --([a-z-]+)/.anchorsMatchLineEndings()).map { String($0.1) }
            #expect(settings.count == flags.count - 1, "all but --config: \(settings) \(flags)")

            let file = "\(folder)/example.yaml"
            let defaults = settings.filter { !$0.contains("<") }.joined(separator: "\n")
            #expect(defaults.contains("listen: 127.0.0.1:8080"))
            try (example + "\n" + defaults + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            let (checked, output) = try await Self.photoserver(["config", "check", file], folder)
            #expect(checked == 0, "\(output)")
        }
    }

    @Test(arguments: [
        ("data: /x\nlisten: nowhere\n", "line 2: --listen must be HOST:PORT"),
        ("data: /x\n\ninsecure: perhaps\n", "line 3: --insecure must be true or false"),
        ("data: /x\ncache-size: big\n", "line 2: --cache-size big is no size"),
        ("tls-cert: /x\n", "line 1: --tls-cert and --tls-key belong together"),
        ("log-level: loud\n", "line 1: --log-level"),
        ("data: /x\nlisen: 127.0.0.1:1\n", "line 2: lisen is no setting"),
    ])
    func `check names the line of a mistake`(text: String, message: String) async throws {
        try await withTemporaryFolder { folder in
            let file = "\(folder)/mistake.yaml"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let (status, output) = try await Self.photoserver(["config", "check", file], folder)
            #expect(status == 64 || status == 78)
            #expect(output.contains(message), "\(output)")
        }
    }

    @Test func `serve refuses a name that it does not know, before it makes anything`() async throws {
        try await withTemporaryFolder { folder in
            let file = "\(folder)/mistake.yaml"
            try "data: \(folder)/data\nlisen: 127.0.0.1:1\n".write(toFile: file, atomically: true, encoding: .utf8)
            let (status, output) = try await Self.photoserver(["serve", "--config", file], folder)
            #expect(status == 78)
            #expect(output.contains("line 2: lisen is no setting\nDid you mean listen?"), "\(output)")
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/data"))
        }
    }

    private static func photoserver(_ arguments: [String], _ folder: String) async throws -> (Int32, String) {
        let log = "\(folder)/\(UUID().uuidString).log"
        let process = try ChildProcess(try BuiltProgram.photoserver, arguments, log: log)
        let status = try await process.finished(within: .seconds(20))
        return (status, process.output)
    }
}
