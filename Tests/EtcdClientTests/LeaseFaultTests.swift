import EtcdClient
import TestSupport
import Testing

/// Leases under faults (semantics 2.12): none believed held after its life, none lost while the network is well enough,
/// and none disturbed by what befalls another's connection. Replay:
/// `VITRINE_SOAK_SEED=N VITRINE_SOAK_RUNS=1 swift test --filter LeaseFaultTests`.
@Suite(.serialized)
struct LeaseFaultTests {
    /// A run waits nearly all the time, so that many can wait at once.
    private static let concurrentRuns = 100

    @Test(.timeLimit(.minutes(60)), arguments: [EtcdBackend.embedded, .etcd35])
    func whatIsBelievedOfALeaseIsTrue(backend: EtcdBackend) async throws {
        let seeds = SoakSeeds.all(orElse: 10)
        print(
            "lease faults on \(backend): \(seeds.count) runs, seeds \(seeds.first ?? 0) to \(seeds.last ?? 0)")
        // One server for all: nothing here ends it.
        try await backend.with { server in
            var next = seeds.makeIterator()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<Self.concurrentRuns {
                    if let seed = next.next() { group.addTask { await Self.run(seed, server) } }
                }
                while await group.next() != nil {
                    if let seed = next.next() { group.addTask { await Self.run(seed, server) } }
                }
            }
        }
    }

    private static func run(_ seed: UInt64, _ server: EtcdClient.Endpoint) async {
        do {
            let violations = try await LeaseFaultRun(seed: seed).violations(on: server)
            #expect(violations == [], "seed \(seed)")
        } catch {
            Issue.record("seed \(seed): \(error)")
        }
    }
}

/// One lease, kept over a network that breaks for a moment, or for longer than the lease lives.
private struct LeaseFaultRun {
    private static let ttl = Duration.seconds(4)
    private static let faults = 4

    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    func violations(on server: EtcdClient.Endpoint) async throws -> [String] {
        try await FaultProxy.with(targetPort: server.port) { proxy in
            try await withClient(
                EtcdClient.Endpoint(proxy.endpoint),
                configure: {
                    $0.dialTimeout = .milliseconds(500)
                    $0.requestTimeout = .seconds(2)
                    $0.maximumBackoff = .milliseconds(200)
                },
                { holder in
                    try await withClient(server) { judge in
                        try await self.beside(judge) { try await self.hold(holder, judge, proxy) }
                    }
                })
        }
    }

    /// Runs `body` while another lease is kept over a network that is well.
    private func beside(_ judge: EtcdClient, _ body: () async throws -> [String]) async throws -> [String] {
        let sheltered = judge.keepAlive(try await judge.grantLease(ttl: Self.ttl))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await sheltered.run() } catch is CancellationError {}
            }
            defer { group.cancelAll() }
            var violations = try await body()
            if case .lost = sheltered.state { violations.append("\(sheltered.state) while all was well") }
            if try await self.isGone(sheltered.lease.id, judge) { violations.append("the server dropped a kept lease") }
            return violations
        }
    }

    private func hold(_ holder: EtcdClient, _ judge: EtcdClient, _ proxy: FaultProxy) async throws -> [String] {
        var generator = SeededGenerator(seed: self.seed)
        let isDeadly = Int.random(in: 0..<4, using: &generator) == 0
        let keeper = holder.keepAlive(try await holder.grantLease(ttl: Self.ttl))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await keeper.run() } catch is CancellationError {}
            }
            defer { group.cancelAll() }
            for _ in 0..<Self.faults {
                try await proxy.apply(.random(using: &generator))
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...600, using: &generator)))
                try await proxy.resume()
                try await eventually("a renewal, seed \(self.seed)") { keeper.state != .atRisk }
            }
            if keeper.state != .alive {
                return [
                    "lost by short faults: \(keeper.state), \(keeper.deadline.duration(to: .now)) past its deadline"
                ]
            }
            guard isDeadly else { return try await self.compare(keeper, judge) }
            try await proxy.apply(Bool.random(using: &generator) ? .halfOpen : .refuse)
            // While the server takes the lease to its end, the holder must have stopped believing in it.
            var violations: [String] = []
            try await eventually("the end of the lease") {
                let found = try await self.compare(keeper, judge)
                violations += found
                if !found.isEmpty { return true }
                return try await self.isGone(keeper.lease.id, judge)
            }
            if case .lost = keeper.state { return violations }
            return violations + ["\(keeper.state) after its end"]
        }
    }

    /// Whether the server has ended it. What is left is told in whole seconds, so that 0 is not the end yet.
    private func isGone(_ id: LeaseID, _ judge: EtcdClient) async throws -> Bool {
        do {
            _ = try await judge.leaseTimeToLive(id)
            return false
        } catch let error as EtcdError where error.code == .leaseNotFound {
            return true
        }
    }

    /// First what the server knows, then what is believed: a belief must not outlive the lease.
    private func compare(_ keeper: LeaseKeeper, _ judge: EtcdClient) async throws -> [String] {
        guard try await self.isGone(keeper.lease.id, judge) else { return [] }
        if case .lost = keeper.state { return [] }
        return ["believed \(keeper.state) when the server had ended it"]
    }
}
