import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct ElectionTests {
        @Test(arguments: EtcdBackend.allCases)
        func candidatesLeadInTurnAndObserversSeeThemAll(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    #expect(try await client.leader(of: "chair") == nil)
                    let seen = Shared<[String]>([])
                    let observer = Task {
                        for try await leader in client.observeLeader(of: "chair") {
                            seen.update { $0.append(leader?.value.string ?? "-") }
                        }
                    }
                    try await eventually("the observer seeing that nobody leads") { seen.get() == ["-"] }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for candidate in ["ada", "bob", "eve"] {
                            group.addTask {
                                try await client.withSession(ttl: .seconds(10)) { session in
                                    try await session.withLeadership(of: "chair", value: Value(candidate)) {
                                        leadership in
                                        let leader = try await client.leader(of: "chair")
                                        #expect(leader?.value.string == candidate)
                                        #expect(leader?.token == leadership.token.revision)
                                        try await leadership.proclaim(Value(candidate + "!"))
                                        #expect(try await client.leader(of: "chair")?.value.string == candidate + "!")
                                    }
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(try await client.leader(of: "chair") == nil)
                    try await eventually("the observer having seen the end") {
                        seen.get().count > 1 && seen.get().last == "-"
                    }
                    observer.cancel()
                    try await observer.value
                    // Each as it won and as it proclaimed, one after the other; nobody between two of them only if the
                    // next one came too late.
                    let names = seen.get().filter { $0 != "-" }
                    #expect(names.count == 6)
                    for index in stride(from: 0, to: names.count - 1, by: 2) {
                        #expect(names[index] + "!" == names[index + 1])
                    }
                    #expect(Set(names).count == 6)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aLeaderWhoseLeaseIsLostIsDeposed(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.withSession(ttl: .seconds(3)) { first in
                        try await client.withSession(ttl: .seconds(3)) { second in
                            let kept = Shared<Leadership?>(nil)
                            let deposed = Task {
                                try await first.withLeadership(of: "chair", value: "first") { leadership in
                                    kept.set(leadership)
                                    try await Task.sleep(for: .seconds(60))
                                }
                            }
                            let old = try await eventually("the first leading") { kept.get() }
                            try await client.revokeLease(first.lease)
                            try await second.withLeadership(of: "chair", value: "second") { leadership in
                                #expect(leadership.token.revision > old.token.revision)
                                await expectError(.leaseLost) { try await old.proclaim("still me") }
                                let leader = try await client.leader(of: "chair")
                                #expect(leader?.value == "second")
                            }
                            await expectError(.leaseLost) { try await deposed.value }
                        }
                    }
                }
            }
        }

        /// `etcdctl` takes part in the same lock and the same election.
        @Test(arguments: EtcdRelease.allCases)
        func theCommandLineWaitsForUsAndWeForIt(release: EtcdRelease) async throws {
            var options = EtcdProcess.Options()
            options.release = release
            try await withTemporaryFolder { folder in
                try await withEtcd(options) { etcd in
                    try await withClient(EtcdClient.Endpoint(etcd.endpoint)) { client in
                        func etcdctl(_ log: String, _ arguments: String...) throws -> ChildProcess {
                            try ChildProcess(
                                release.etcdctl, ["--endpoints=\(etcd.endpoint)"] + arguments,
                                environment: ["ETCDCTL_API": "3"], log: "\(folder)/\(log).log")
                        }
                        let other = try etcdctl("lock", "lock", "door", "--ttl=5")
                        try await eventually("etcdctl holding the lock") { other.output.contains("door/") }
                        try await client.withSession(ttl: .seconds(5)) { session in
                            #expect(try await session.withLockIfFree("door") { _ in true } == nil)
                            let ours = Task { try await session.withLock("door") { $0.revision } }
                            try await eventually("both being in line") {
                                try await client.range(.prefix("door/")).count == 2
                            }
                            try await other.terminate()
                            _ = try await ours.value
                        }
                        let candidate = try etcdctl("elect", "elect", "chair", "etcdctl")
                        try await eventually("etcdctl leading") {
                            try await client.leader(of: "chair")?.value == "etcdctl"
                        }
                        try await candidate.terminate()
                    }
                }
            }
        }
    }
}
