import EtcdClient
import TestSupport
import Testing

/// Leases while connections are cut, refused and silent, by seed: semantics 2.12.
@Suite(.serialized, .timeLimit(.minutes(30))) struct LeaseFaultTests {
    @Test func noLeaseIsBelievedHeldAfterItsEndAndNoneIsLostWithoutCause() async throws {
        let seeds = SoakSeeds.all
        try await withEmbeddedServer { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, seed) in seeds.enumerated() {
                    if index >= 32 { try await group.next() }
                    group.addTask {
                        do {
                            try await self.run(seed: seed, server: server)
                        } catch {
                            Issue.record("seed \(seed): \(error)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func run(seed: UInt64, server: EtcdClient.Endpoint) async throws {
        try await withClient(server) { referee in
            try await FaultProxy.with(targetPort: server.port) { proxy in
                try await withClient(
                    EtcdClient.Endpoint(proxy.endpoint), configure: { $0.requestTimeout = .seconds(2) },
                    { client in
                        let exposed = client.keepAlive(try await client.grantLease(ttl: .seconds(2)))
                        let sheltered = referee.keepAlive(try await referee.grantLease(ttl: .seconds(2)))
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask { try await exposed.run() }
                            group.addTask { try await sheltered.run() }
                            defer { group.cancelAll() }
                            let faults = Task { try await self.disturb(proxy, seed: seed) }
                            defer { faults.cancel() }
                            var sightings = 0
                            while true {
                                let lives = try await self.lives(exposed.lease.id, referee)
                                // Looked at after the server said so: it must be known here by now.
                                let state = exposed.state
                                if !lives, !state.isLost {
                                    Issue.record("seed \(seed): the lease is gone, and believed to be \(state)")
                                }
                                #expect(!sheltered.state.isLost, "seed \(seed): lost while all was well")
                                sightings += 1
                                if state.isLost || sightings >= 150 { break }
                                try await Task.sleep(for: .milliseconds(20))
                            }
                            let lives = try await self.lives(sheltered.lease.id, referee)
                            #expect(lives, "seed \(seed): the server dropped a lease that was kept")
                            #expect(sheltered.state == .alive, "seed \(seed)")
                        }
                    })
            }
        }
    }

    private func lives(_ lease: LeaseID, _ referee: EtcdClient) async throws -> Bool {
        do {
            _ = try await referee.leaseTimeToLive(lease)
            return true
        } catch let error as EtcdError where error.code == .leaseNotFound {
            return false
        }
    }

    private func disturb(_ proxy: FaultProxy, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<12 {
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...300, using: &generator)))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                proxy.cut()
            case 1:
                try await proxy.refuse()
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...1_500, using: &generator)))
                try await proxy.resume()
            case 2:
                proxy.goSilent()
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...3_000, using: &generator)))
                try await proxy.resume()
            default:
                proxy.goSilent()
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...500, using: &generator)))
                try await proxy.resume()
                proxy.cut()
            }
        }
    }
}

extension LeaseState {
    fileprivate var isLost: Bool {
        if case .lost = self { true } else { false }
    }
}
