import EtcdClient
import MetricsTestKit
import TestSupport
import Testing

extension RealServers {
    /// Semantics 2.11: tokens end, and nobody notices.
    @Suite struct AuthExpiryTests {
        /// Lends an etcd whose tokens live two seconds after their last use, with user root.
        private func withShortTokens(_ body: (EtcdProcess, TestMetrics, EtcdClient) async throws -> Void) async throws {
            var options = EtcdProcess.Options()
            options.release = .v3_5
            options.arguments = ["--auth-token-ttl=2"]
            try await withEtcd(options) { etcd in
                let endpoint = try EtcdClient.Endpoint(etcd.endpoint)
                try await withClient(endpoint) { client in
                    try await client.auth.addUser("root", password: "secret")
                    try await client.auth.addRole("root")
                    try await client.auth.grantRole("root", to: "root")
                    try await client.auth.enable()
                }
                let metrics = TestMetrics()
                try await withClient(
                    endpoint,
                    configure: {
                        $0.credentials = .init(user: "root", password: "secret")
                        $0.metricsFactory = metrics
                    },
                    { try await body(etcd, metrics, $0) })
            }
        }

        private func fetches(_ metrics: TestMetrics) -> Int64 {
            metrics.counterTotal(
                label: "etcd.client.calls", dimensions: [("method", "etcdserverpb.Auth/Authenticate"), ("code", "ok")])
        }

        @Test func manyCallsFetchOneTokenAtFirstAndOneWhenItEnds() async throws {
            try await self.withShortTokens { _, metrics, client in
                for round in 1...2 {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 0..<30 { group.addTask { try await client.put(Key("\(number)"), "x") } }
                        try await group.waitForAll()
                    }
                    #expect(self.fetches(metrics) == Int64(round))
                    // Longer than a token lives without being used: that time passes is what is tried here.
                    if round == 1 { try await Task.sleep(for: .seconds(5)) }
                }
            }
        }

        @Test func watchesLeasesAndSessionsOutliveTheirTokens() async throws {
            try await self.withShortTokens { _, metrics, client in
                try await client.withSession(ttl: .seconds(3)) { session in
                    let lease = session.lease
                    try await session.put("here", "1")
                    let start = try await client.put("a", "0").revision
                    var batches = client.watch(.key("a"), from: start.next).makeAsyncIterator()
                    // Longer than a token lives; that time passes is what is tried here.
                    try await Task.sleep(for: .seconds(4))
                    try await client.put("a", "1")
                    let batch = try #require(try await batches.next())
                    #expect(batch.events.map(\.keyValue.value) == ["1"])
                    #expect(self.fetches(metrics) >= 2)
                    #expect(session.lease == lease)
                    let found = try await client.get("here")
                    #expect(found?.lease == lease)
                    // A watch that begins with a token that has ended in the meantime.
                    try await Task.sleep(for: .seconds(4))
                    var late = client.watch(.key("a"), from: start.next).makeAsyncIterator()
                    let first = try #require(try await late.next())
                    #expect(first.events.first?.keyValue.value == "1")
                }
            }
        }

        /// A change of users makes older tokens stale for a moment: the client gets over it by itself.
        @Test func changesOfUsersDisturbNobody() async throws {
            try await self.withShortTokens { _, _, client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for number in 0..<8 {
                            try await client.auth.addRole("role\(number)")
                            try await client.auth.grant(
                                Permission(.readWrite, .prefix(Key("\(number)/"))), to: "role\(number)")
                        }
                    }
                    for reader in 0..<4 {
                        group.addTask {
                            for _ in 0..<30 { _ = try await client.get(Key("\(reader)")) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
