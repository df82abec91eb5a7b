import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct AuthTests {
        /// Lends an etcd with user root, and user `hall` who may only read and write under `/hall:`.
        private func withUsers(_ body: (EtcdProcess) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                try await withEtcd { etcd in
                    func etcdctl(_ arguments: String...) async throws {
                        let process = try ChildProcess(
                            "etcdctl", ["--endpoints=\(etcd.endpoint)"] + arguments, environment: ["ETCDCTL_API": "3"],
                            log: "\(folder)/etcdctl.log")
                        guard try await process.finished() == 0 else { throw NotInTime(description: process.output) }
                    }
                    try await etcdctl("role", "add", "hall")
                    try await etcdctl("role", "grant-permission", "hall", "readwrite", "/hall:", "--prefix")
                    try await etcdctl("user", "add", "root:secret")
                    try await etcdctl("user", "add", "hall:sesame")
                    try await etcdctl("user", "grant-role", "hall", "hall")
                    try await etcdctl("user", "grant-role", "root", "root")
                    try await etcdctl("auth", "enable")
                    try await body(etcd)
                }
            }
        }

        @Test func aUserMayDoWhatItsRoleMayAndNoMore() async throws {
            try await self.withUsers { etcd in
                try await withClient(
                    EtcdClient.Endpoint(etcd.endpoint),
                    configure: { $0.credentials = .init(user: "hall", password: "sesame") },
                    { client in
                        let revision = try await client.put("/hall:settings", "1").revision
                        await expectError(.permissionDenied) { try await client.put("/other:settings", "1") }
                        for try await batch in client.watch(.prefix("/hall:"), from: revision) {
                            #expect(batch.events.count == 1)
                            break
                        }
                        var forbidden = client.watch(.prefix("/other:")).makeAsyncIterator()
                        await expectError(.permissionDenied) { _ = try await forbidden.next() }
                    })
            }
        }

        @Test func tokensAreRenewedWhenTheServerForgetsThem() async throws {
            try await self.withUsers { etcd in
                try await withClient(
                    EtcdClient.Endpoint(etcd.endpoint),
                    configure: { $0.credentials = .init(user: "hall", password: "sesame") },
                    { client in
                        let start = try await client.put("/hall:a", "0").revision
                        let lease = try await client.grantLease(ttl: .seconds(30))
                        var batches = client.watch(.prefix("/hall:"), from: start.next).makeAsyncIterator()
                        // Simple tokens live in the memory of the server.
                        try await etcd.crashAndRestart()
                        try await client.put("/hall:a", "1", lease: lease.id)
                        let batch = try #require(try await batches.next())
                        #expect(batch.events.map(\.keyValue.value) == ["1"])
                        // Many at once get on with one token.
                        try await etcd.crashAndRestart()
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for number in 0..<20 {
                                group.addTask { try await client.put(Key("/hall:\(number)"), "x") }
                            }
                            try await group.waitForAll()
                        }
                    })
            }
        }

        @Test func wrongAndMissingCredentialsAreToldApart() async throws {
            try await self.withUsers { etcd in
                let endpoint = try EtcdClient.Endpoint(etcd.endpoint)
                try await withClient(
                    endpoint, configure: { $0.credentials = .init(user: "hall", password: "wrong") },
                    { client in
                        let error = await expectError(.authenticationFailed) { _ = try await client.get("/hall:a") }
                        #expect(error.map { "\($0)".contains("wrong") } == false)
                    })
                try await withClient(endpoint) { client in
                    await expectError(.unauthenticated) { _ = try await client.get("/hall:a") }
                }
            }
        }

        @Test func credentialsDoNoHarmWhereThereAreNoUsers() async throws {
            try await withEtcd { etcd in
                try await withClient(
                    EtcdClient.Endpoint(etcd.endpoint),
                    configure: { $0.credentials = .init(user: "hall", password: "sesame") },
                    { client in
                        try await client.put("a", "1")
                        let found = try await client.get("a")
                        #expect(found?.value == "1")
                    })
            }
        }
    }
}
