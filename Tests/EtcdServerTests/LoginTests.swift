import EtcdServer
import EtcdTransport
import EtcdWire
import Foundation
import TestSupport
import Testing

/// The store as a program that others can reach, as its command line makes it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct LoginTests {
    private func withProgram(
        _ arguments: [String], _ body: (_ port: Int, _ folder: String, _ process: ChildProcess) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let port = try FreePort.next()
            let process = try ChildProcess(
                BuiltProgram.store,
                ["--data", folder + "/store"] + arguments.map { $0.replacing("PORT", with: "\(port)") },
                log: folder + "/log")
            try await eventually("the store listening; it printed:\n\(process.output)") {
                guard process.isRunning else { throw NotInTime(description: process.output) }
                return process.output.contains("listening on")
            }
            try await body(port, folder + "/store", process)
            process.kill()
        }
    }

    @Test func beyondThisMachineItSpeaksTLSAndAsksForALogin() async throws {
        try await self.withProgram(["--listen", "0.0.0.0:PORT"]) { port, folder, process in
            let password = try String(contentsOfFile: folder + "/root-password", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(password.count == 32)
            #expect(!process.output.contains(password))
            let mode = try FileManager.default.attributesOfItem(atPath: folder + "/root-password")[.posixPermissions]
            #expect(mode as? Int == 0o600)
            let etcdctl = Etcdctl(endpoint: "https://127.0.0.1:\(port)", release: .v3_5)
            let trust = ["--cacert", folder + "/tls/ca.pem"]
            #expect(try await etcdctl.run(trust + ["get", "a"]).output.contains("user name is empty"))
            let root = trust + ["--user", "root:\(password)"]
            #expect(try await etcdctl.run(root + ["put", "a", "1"]).output == "OK\n")
            #expect(
                try await etcdctl.run(trust + ["--user", "root:root", "get", "a"]).output.contains("invalid user ID"))
            // What others can reach stays closed.
            #expect(try await etcdctl.run(root + ["auth", "disable"]).output.contains("invalid auth management"))
            let plain = Etcdctl(endpoint: "http://127.0.0.1:\(port)", release: .v3_5)
            #expect(try await plain.run(["--dial-timeout=1s", "--command-timeout=2s", "get", "a"]).status != 0)
            // Pages for monitors, by HTTP/2 and HTTP/1.
            for version in ["--http2", "--http1.1"] {
                let page = try await HTTPPage.get(
                    "https://127.0.0.1:\(port)/health", ["--cacert", folder + "/tls/ca.pem", version])
                #expect(page.status == 200 && page.body == #"{"health":"true","reason":""}"#, "\(version): \(page)")
            }
        }
    }

    @Test func insecureIsPlaintextWithoutALogin() async throws {
        try await self.withProgram(["--listen", "0.0.0.0:PORT", "--insecure"]) { port, folder, _ in
            let etcdctl = Etcdctl(endpoint: "http://127.0.0.1:\(port)", release: .v3_5)
            let written = try await etcdctl.run(["put", "a", "1"])
            #expect(written.output == "OK\n")
            #expect(!FileManager.default.fileExists(atPath: folder + "/root-password"))
        }
    }

    @Test func settingsThatDoNotFitTogetherAreRefused() async throws {
        for (arguments, text) in [
            (["--cert-file", "a"], "belong together"), (["--trusted-ca-file", "a"], "needs --cert-file"),
            (["--auto-compaction-mode", "yearly"], "revision or periodic"),
            (["--auto-compaction-mode", "periodic", "--auto-compaction-retention", "soon"], "a time such as"),
            (["--auto-compaction-retention", "few"], "a number of revisions"),
            (["--quota-backend-bytes", "much"], "bytes"),
        ] {
            try await withTemporaryFolder { folder in
                let process = try ChildProcess(
                    BuiltProgram.store, ["--data", folder + "/store", "--listen", "127.0.0.1:0"] + arguments,
                    log: folder + "/log")
                #expect(try await process.finished() == 64)
                #expect(process.output.contains(text), "\(process.output)")
            }
        }
    }

    @Test func aCertificateSaysWhoItsOwnerIs() async throws {
        try await withTemporaryFolder { folder in
            let certificates = try await TestCertificates(folder: folder)
            let configure: @Sendable (inout EtcdServer.Configuration) -> Void = { configuration in
                configuration.tls = .init(
                    certificateFile: certificates.serverCertificate, privateKeyFile: certificates.serverKey,
                    clientAuthorityFile: certificates.authority)
            }
            try await withEmbeddedStore(configure: configure) { address in
                let etcdctl = Etcdctl(endpoint: "https://127.0.0.1:\(address.port)", release: .v3_5)
                let shown = [
                    "--cacert", certificates.authority, "--cert", certificates.clientCertificate, "--key",
                    certificates.clientKey,
                ]
                for command in [
                    ["user", "add", "root:secret"], ["user", "grant-role", "root", "root"],
                    ["user", "add", "client", "--no-password"], ["role", "add", "own"],
                    ["role", "grant-permission", "own", "readwrite", "own/", "--prefix"],
                    ["user", "grant-role", "client", "own"], ["auth", "enable"],
                ] {
                    let answer = try await etcdctl.run(shown + command)
                    #expect(answer.status == 0, "\(answer)")
                }
                // The certificate's common name is `client`.
                #expect(try await etcdctl.run(shown + ["put", "own/a", "1"]).output == "OK\n")
                #expect(try await etcdctl.run(shown + ["put", "other", "1"]).output.contains("permission denied"))
                // A login counts before a certificate.
                #expect(try await etcdctl.run(shown + ["--user", "root:secret", "put", "other", "1"]).output == "OK\n")
                // Who shows none, or a stranger's, is not let in at all.
                for other in [
                    [], ["--cert", certificates.strangerCertificate, "--key", certificates.strangerKey],
                ] as [[String]] {
                    let answer = try await etcdctl.run(
                        ["--cacert", certificates.authority, "--dial-timeout=1s", "--command-timeout=2s"] + other
                            + ["get", "own/a"])
                    #expect(answer.status != 0)
                }
            }
        }
    }

    /// Tries with wrong passwords do not hold the store up, and end when there are too many.
    @Test func loginsDoNotHoldUpTheStore() async throws {
        try await withEmbeddedStore(limits: .init()) { address in
            let client = try await RawClient.connect(port: address.port)
            let token = try await client.switchLoginOn(rootPassword: "secret")
            let attacker = try await RawClient.connect(port: address.port)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1_500 {
                    group.addTask {
                        var request = Etcdserverpb_AuthenticateRequest()
                        request.name = "root"
                        request.password = "wrong\(number)"
                        let answer = await attacker.call(
                            "/etcdserverpb.Auth/Authenticate", request, Etcdserverpb_AuthenticateResponse.self)
                        guard case .failure(let status) = answer else { return false }
                        return status.code == .resourceExhausted
                    }
                }
                // Meanwhile the store works: a hundred writes, each durable.
                for index in 0..<100 { try await client.must("KV/Put", client.put("k\(index)"), token: token) }
                var refused = 0
                while refused < 400, let isRefused = try await group.next() { refused += isRefused ? 1 : 0 }
                #expect(refused == 400, "more waited than may")
                group.cancelAll()
                await attacker.close()
            }
            await client.close()
        }
    }

    @Test func aTokenEndsWithItsTimeItsUserAndItsPassword() async throws {
        var limits = EtcdServer.Limits.quickLogins
        limits.tokenLifetime = .seconds(4)
        try await withEmbeddedStore(limits: limits) { address in
            let client = try await RawClient.connect(port: address.port)
            try await client.addUser("hall", password: "hall")
            _ = try await client.switchLoginOn(rootPassword: "root")
            let invalid = GRPCStatus(.unauthenticated, "etcdserver: invalid auth token")
            let status = Etcdserverpb_StatusRequest()
            // Again, if this machine had no time for us meanwhile.
            let token = try await eventually("a token that counts") {
                let token = try await client.logIn("hall", "hall")
                return await client.refusal("Maintenance/Status", status, token: token) == nil ? token : nil
            }
            try await eventually("the token running out") {
                try await Task.sleep(for: .milliseconds(4_100))
                return await client.refusal("Maintenance/Status", status, token: token) == invalid
            }
            // Used, it lives on; with a new password, it does not.
            let fresh = try await client.logIn("hall", "hall")
            var change = Etcdserverpb_AuthUserChangePasswordRequest()
            change.name = "hall"
            change.password = "new"
            try await eventually("the password being changed before root's token runs out") {
                let again = try await client.logIn("root", "root")
                return await client.refusal("Auth/UserChangePassword", change, token: again) == nil
            }
            #expect(await client.refusal("Maintenance/Status", status, token: fresh) == invalid)
            await client.close()
        }
    }
}
