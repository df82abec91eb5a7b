import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct LeaseTests {
        @Test(arguments: EtcdBackend.allCases)
        func keysDieWithTheirLease(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let lease = try await client.grantLease(ttl: .seconds(60), id: LeaseID(77))
                    #expect(lease.id == LeaseID(77))
                    #expect(lease.ttl == .seconds(60))
                    await expectError(.leaseExists) { _ = try await client.grantLease(ttl: .seconds(60), id: lease.id) }

                    try await client.put("a", "1", lease: lease.id)
                    try await client.put("b", "2", lease: lease.id)
                    let status = try await client.leaseTimeToLive(lease.id, includesKeys: true)
                    #expect(status.granted == .seconds(60))
                    #expect(status.remaining <= .seconds(60))
                    #expect(status.keys.sorted() == ["a", "b"])
                    let found = try await client.get("a")
                    #expect(found?.lease == lease.id)

                    try await client.revokeLease(lease.id)
                    let gone = try await client.range(.all)
                    #expect(gone.keyValues.isEmpty)
                    await expectError(.leaseNotFound) { try await client.revokeLease(lease.id) }
                    await expectError(.leaseNotFound) { _ = try await client.leaseTimeToLive(lease.id) }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aKeptLeaseOutlivesItsTimeAndAnotherRunsOut(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let kept = try await client.grantLease(ttl: .seconds(3))
                    let left = try await client.grantLease(ttl: .seconds(3))
                    try await client.put("kept", "1", lease: kept.id)
                    let revision = try await client.put("left", "1", lease: left.id).revision
                    let keeper = client.keepAlive(kept)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await keeper.run() }
                        // The other lease's end is the proof that time has passed.
                        for try await batch in client.watch(.key("left"), from: revision.next) {
                            #expect(batch.events.map(\.kind) == [.delete])
                            break
                        }
                        let status = try await client.leaseTimeToLive(kept.id)
                        #expect(status.remaining > .zero)
                        #expect(keeper.state == .alive)
                        group.cancelAll()
                        await #expect(throws: CancellationError.self) { try await group.waitForAll() }
                        #expect(keeper.state == .lost(.stopped))
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aRevokedLeaseIsReportedLost(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let lease = try await client.grantLease(ttl: .seconds(3))
                    let keeper = client.keepAlive(lease)
                    try await client.revokeLease(lease.id)
                    try await keeper.run()
                    #expect(keeper.state == .lost(.notFound))
                    var states: [LeaseState] = []
                    for await state in keeper.states { states.append(state) }
                    #expect(states.last == .lost(.notFound))
                }
            }
        }

        @Test func aLeaseThatCannotBeRenewedIsAtRiskAndThenLost() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { client in
                        let lease = try await client.grantLease(ttl: .seconds(4))
                        let keeper = client.keepAlive(lease)
                        proxy.goSilent()
                        async let states = keeper.states.reduce(into: [LeaseState]()) { $0.append($1) }
                        try await keeper.run()
                        let seen = await states
                        #expect(seen == [.atRisk, .lost(.deadlinePassed)])
                    }
                }
            }
        }

        @Test func aLeaseSurvivesALostConnection() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { client in
                        let lease = try await client.grantLease(ttl: .seconds(6))
                        let keeper = client.keepAlive(lease)
                        try await proxy.refuse()
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask { try await keeper.run() }
                            var states = keeper.states.makeAsyncIterator()
                            let first = await states.next()
                            #expect(first == .atRisk)
                            try await proxy.resume()
                            let second = await states.next()
                            #expect(second == .alive)
                            group.cancelAll()
                        }
                    }
                }
            }
        }
    }
}
