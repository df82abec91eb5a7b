import EtcdClient
import Foundation
import TestSupport
import Testing

@testable import StoreTransfer

extension StoreTransferTests {
    @Suite(.serialized) struct PhotoctlTests {
        @Test func `a full disk is named, and the export goes on when there is room`() async throws {
            try await StoreKind.embedded.with { endpoint in
                try await withTemporaryFolder { folder in
                    try await withClient(endpoint) { try await TestKeys.many(3_000, $0) }
                    let file = "\(folder)/keys"
                    // Files of this process may not grow beyond 64 KiB: to write(2) much the same as a full disk.
                    let limited = try ChildProcess(
                        "bash",
                        [
                            "-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"", try BuiltProgram.photoctl, "store",
                            "export", file, "--endpoints", endpoint,
                        ], log: "\(folder)/limited.log")
                    #expect(try await limited.finished() == 74)
                    #expect(limited.output.contains("cannot write \(file).partial: File too large"))
                    #expect(limited.output.contains("run the same command again"))
                    #expect(!FileManager.default.fileExists(atPath: file))
                    let (status, output) = try await photoctl(
                        ["store", "export", file, "--endpoints", endpoint], folder: folder)
                    #expect(status == 0)
                    #expect(output.contains("3000 keys"))
                    #expect(output.contains("by an earlier run"))
                }
            }
        }

        @Test func `a target that is full is named, with what to do`() async throws {
            try await StoreKind.embedded.with { fromEndpoint in
                try await withTemporaryFolder { folder in
                    let file = "\(folder)/keys"
                    let value = Value([UInt8](repeating: 1, count: 200_000))
                    try await withClient(fromEndpoint) { source in
                        for number in 0..<100 { try await source.put(TestKeys.key(number), value) }
                        _ = try await StoreExport(of: source, patience: .brief).write(to: file)
                    }
                    try await StoreKind.etcd35.with(arguments: ["--quota-backend-bytes=4000000"]) { endpoint in
                        // etcd looks at its size only ten times a second: all could be there before it does. A key of the file, as
                        // others would be refused.
                        try await withClient(endpoint) { target in
                            try await eventually("a full target") {
                                do {
                                    try await target.put(TestKeys.key(0), value)
                                    return false
                                } catch let error as EtcdError where error.code == .noSpace {
                                    return true
                                }
                            }
                        }
                        let (status, output) = try await photoctl(
                            ["store", "import", file, "--endpoints", endpoint], folder: folder)
                        #expect(status == 74)
                        #expect(output.contains("database space exceeded"))
                        #expect(output.contains("quota"))
                    }
                }
            }
        }

        @Test func `a snapshot of etcd is one that etcd's own tool takes, and is not written over another file`()
            async throws
        {
            try await StoreKind.etcd35.with { endpoint in
                try await withTemporaryFolder { folder in
                    try await withClient(endpoint) { try await TestKeys.many(200, $0) }
                    let file = "\(folder)/snapshot"
                    let saved = try await photoctl(
                        ["store", "snapshot", file, "--endpoints", endpoint, "--json"], folder: folder)
                    #expect(saved.status == 0, "\(saved.output)")
                    let status = try ChildProcess(
                        EtcdRelease.v3_5.etcdctl.replacing(/etcdctl$/, with: "etcdutl"), ["snapshot", "status", file],
                        log: "\(folder)/status.log")
                    #expect(try await status.finished() == 0, "\(status.output)")
                    let again = try await photoctl(
                        ["store", "snapshot", file, "--endpoints", endpoint], folder: folder)
                    #expect(again.status == 73)
                }
            }
        }

        @Test func `nobody listening, no file and a wrong file are told apart by exit status`() async throws {
            try await withTemporaryFolder { folder in
                let nowhere = "http://127.0.0.1:\(try FreePort.next())"
                let away = try await photoctl(
                    ["store", "export", "\(folder)/x", "--endpoints", nowhere, "--patience", "0"], folder: folder)
                #expect(away.status == 69, "\(away.output)")
                #expect(away.output.contains(nowhere))
                let missing = try await photoctl(
                    ["store", "import", "\(folder)/none", "--endpoints", nowhere], folder: folder)
                #expect(missing.status == 74)
                #expect(missing.output.contains("\(folder)/none"))
                try "not an export\n".write(toFile: "\(folder)/wrong", atomically: true, encoding: .utf8)
                let wrong = try await photoctl(
                    ["store", "import", "\(folder)/wrong", "--endpoints", nowhere], folder: folder)
                #expect(wrong.status == 65)
                let nothing = try await photoctl(["store", "import"], folder: folder)
                #expect(nothing.status == 64)
            }
        }

        @Test func `a login is taken from a file or the environment, and asked for otherwise`() async throws {
            try await StoreKind.etcd35.with { endpoint in
                try await withTemporaryFolder { folder in
                    for command in [
                        ["user", "add", "root:s3cret"], ["user", "grant-role", "root", "root"], ["auth", "enable"],
                    ] {
                        let etcdctl = try ChildProcess(
                            EtcdRelease.v3_5.etcdctl, ["--endpoints", endpoint] + command,
                            environment: ["ETCDCTL_API": "3"], log: "\(folder)/etcdctl.log")
                        #expect(try await etcdctl.finished() == 0, "\(etcdctl.output)")
                    }
                    let status = ["store", "status", "--endpoints", endpoint]
                    #expect(try await photoctl(status, folder: folder).status == 77)
                    try "s3cret\n".write(toFile: "\(folder)/password", atomically: true, encoding: .utf8)
                    let root = status + ["--user", "root"]
                    let byFile = try await photoctl(root + ["--password-file", "\(folder)/password"], folder: folder)
                    #expect(byFile.status == 0, "\(byFile.output)")
                    let byEnvironment = try await photoctl(
                        root, environment: ["PHOTOCTL_PASSWORD": "s3cret"], folder: folder)
                    #expect(byEnvironment.status == 0, "\(byEnvironment.output)")
                    let wrong = try await photoctl(root, environment: ["PHOTOCTL_PASSWORD": "wrong"], folder: folder)
                    #expect(wrong.status == 77)
                    #expect(!wrong.output.contains("wrong\n"))
                    let unasked = try await photoctl(root, folder: folder)
                    #expect(unasked.status == 64)
                    #expect(unasked.output.contains("--password-file"))
                    // `script` gives it a terminal to ask at.
                    let asked = try ChildProcess(
                        "bash",
                        [
                            "-c",
                            "(sleep 1; echo s3cret; sleep 5) | script -qec \"$0 \(root.joined(separator: " "))\" /dev/null",
                            try BuiltProgram.photoctl,
                        ], log: "\(folder)/asked.log")
                    #expect(try await asked.finished() == 0, "\(asked.output)")
                    #expect(asked.output.contains("Password of root: "))
                }
            }
        }
    }
}
