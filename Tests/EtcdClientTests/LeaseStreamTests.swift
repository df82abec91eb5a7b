import TestSupport
import Testing

@testable import EtcdClient

extension RealServers {
    /// The renewals of all leases of a client go over one stream.
    @Suite struct LeaseStreamTests {
        @Test(arguments: EtcdBackend.allCases)
        func allLeasesOfAClientShareOneStream(backend: EtcdBackend) async throws {
            try await backend.with { server in
                try await withClient(server) { client in
                    var keepers: [LeaseKeeper] = []
                    for _ in 0..<50 { keepers.append(client.keepAlive(try await client.grantLease(ttl: .seconds(3)))) }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for keeper in keepers { group.addTask { try await keeper.run() } }
                        // A deadline beyond the second life of a lease: it was renewed more than once.
                        try await eventually("renewals of all") {
                            keepers.allSatisfy { $0.lease.requested.duration(to: $0.deadline) > .seconds(5) }
                        }
                        #expect(client.leaseHub.streamsOpened == 1)
                        for keeper in keepers { #expect(keeper.state == .alive) }
                        group.cancelAll()
                        while let _ = try? await group.next() {}
                    }
                    try await eventually("the stream going with the last keeper") { !client.leaseHub.isOpen }
                    // And another comes when it is needed.
                    let lease = try await client.grantLease(ttl: .seconds(3))
                    let keeper = client.keepAlive(lease)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await keeper.run() }
                        try await eventually("a renewal") {
                            lease.requested.duration(to: keeper.deadline) > .seconds(3)
                        }
                        group.cancelAll()
                    }
                    #expect(client.leaseHub.streamsOpened == 2)
                }
            }
        }

        /// A server ends the stream for a lease that its user may not renew: somebody put a key of others under it.
        @Test func aLeaseThatMayNotBeRenewedDoesNotDisturbTheOthers() async throws {
            try await withEmbeddedServer { server in
                // Passwords are hashed slowly on purpose, and in debug builds very slowly.
                try await withClient(server, configure: { $0.requestTimeout = .seconds(30) }) { root in
                    try await root.auth.addUser("root", password: "secret")
                    try await root.auth.addRole("root")
                    try await root.auth.grantRole("root", to: "root")
                    try await root.auth.addUser("hall", password: "sesame")
                    try await root.auth.enable()
                }
                try await self.withUser("root", "secret", server) { root in
                    try await self.withUser("hall", "sesame", server) { client in
                        // Logging in takes its time, which is not to be the leases'.
                        _ = try await root.get("a")
                        let bad = client.keepAlive(try await client.grantLease(ttl: .seconds(6)))
                        let good = client.keepAlive(try await client.grantLease(ttl: .seconds(6)))
                        try await root.put("roots", "1", lease: bad.lease.id)
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask { try await bad.run() }
                            group.addTask { try await good.run() }
                            let states = Shared<[LeaseState]>([])
                            group.addTask { for await state in good.states { states.update { $0.append(state) } } }
                            try await eventually("the end of the one") { bad.state == .lost(.deadlinePassed) }
                            #expect(good.state == .alive)
                            #expect(states.get() == [])
                            #expect(client.leaseHub.streamsOpened > 1)
                            group.cancelAll()
                            while let _ = try? await group.next() {}
                        }
                    }
                }
            }
        }

        private func withUser(
            _ user: String, _ password: String, _ server: EtcdClient.Endpoint, _ body: (EtcdClient) async throws -> Void
        ) async throws {
            try await withClient(
                server,
                configure: {
                    $0.credentials = .init(user: user, password: password)
                    $0.requestTimeout = .seconds(30)
                },
                { try await body($0) })
        }
    }
}
