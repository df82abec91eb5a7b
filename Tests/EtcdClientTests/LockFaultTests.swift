import EtcdClient
import TestSupport
import Testing

/// Locks while connections are cut, go silent, and leases are revoked, by seed.
@Suite(.serialized, .timeLimit(.minutes(30))) struct LockFaultTests {
    private struct Run {
        var holding: [Key: Revision] = [:]
        var highest: [Key: Revision] = [:]
        var entered = 0
        var violations: [String] = []
    }

    @Test func atMostOneHoldsByTokenAndNobodyIsForgotten() async throws {
        let seeds = SoakSeeds.all
        try await withEmbeddedServer { server in
            // Many seeds at once share one store: each has its own names.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, seed) in seeds.enumerated() {
                    if index >= 32 { try await group.next() }
                    group.addTask { try await self.run(seed: seed, server: server) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func run(seed: UInt64, server: EtcdClient.Endpoint) async throws {
        let run = Shared(Run())
        let name = Key("/\(seed)/lock")
        let number = Key("/\(seed)/number")
        let contenders = 6
        let rounds = 3
        do {
            try await withClient(server) { referee in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint), configure: { $0.requestTimeout = .seconds(2) },
                        { client in
                            try await withThrowingTaskGroup(of: Void.self) { group in
                                let faults = Task {
                                    try await self.disturb(proxy, referee: referee, name: name, seed: seed)
                                }
                                for _ in 0..<contenders {
                                    group.addTask {
                                        try await self.contend(
                                            client, referee: referee, name: name, number: number, rounds: rounds, run)
                                    }
                                }
                                try await group.waitForAll()
                                faults.cancel()
                                _ = try? await faults.value
                            }
                        })
                }
                let total = Int(try await referee.get(number)?.value.string ?? "") ?? 0
                #expect(total == run.get().entered, "seed \(seed): an update under the lock was lost")
                // What a holder that vanished leaves behind goes with its lease.
                try await eventually("the line being empty") {
                    try await referee.range(.prefix(name)).count == 0
                }
            }
        } catch {
            Issue.record("seed \(seed): \(error)")
        }
        for violation in run.get().violations { Issue.record("seed \(seed): \(violation)") }
        #expect(run.get().entered == contenders * rounds, "seed \(seed)")
    }

    /// Adds 1 under the lock `rounds` times, however often it is interrupted.
    private func contend(
        _ client: EtcdClient, referee: EtcdClient, name: Key, number: Key, rounds: Int, _ run: Shared<Run>
    ) async throws {
        var done = 0
        while done < rounds {
            let wrote = Shared(false)
            defer { if wrote.get() { done += 1 } }
            do {
                try await client.withSession(ttl: .seconds(2)) { session in
                    try await session.withLock(name) { token in
                        let before = try await referee.get(number)
                        // Long enough for somebody else to come in, if that were possible.
                        try await Task.sleep(for: .milliseconds(Int.random(in: 0...30)))
                        let count = Int(before?.value.string ?? "0") ?? 0
                        // By way of the referee, whose answers are not lost: what counts is who holds the lock.
                        let fenced = Transaction(
                            compares: [
                                token.condition,
                                .modRevision(of: number, .equal, before?.modRevision ?? Revision(0)),
                            ], success: [.put(number, Value("\(count + 1)"))],
                            failure: [.range(.key(token.key))])
                        // Its outcome must be known here even if the lease is lost meanwhile.
                        let result = try await Task { try await referee.transaction(fenced) }.value
                        if result.succeeded {
                            wrote.set(true)
                            run.update { run in
                                run.entered += 1
                                if let highest = run.highest[name], token.revision < highest {
                                    run.violations.append(
                                        "a holder of the past, \(token), wrote after one of \(highest)")
                                }
                                run.highest[name] = max(run.highest[name] ?? token.revision, token.revision)
                            }
                        } else if case .range(let own)? = result.responses.first,
                            own.keyValues.first?.createRevision == token.revision
                        {
                            // The lock is held, and yet somebody else wrote between the read and the write.
                            run.update { $0.violations.append("two held the lock at once: \(token)") }
                        }
                    }
                }
            } catch let error as EtcdError where error.isTransient || error.code == .leaseLost {
                // Another try, unless the write was done before.
            }
        }
    }

    private func disturb(_ proxy: FaultProxy, referee: EtcdClient, name: Key, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        while true {
            try await Task.sleep(for: .milliseconds(Int.random(in: 10...150, using: &generator)))
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                proxy.cut()
            case 2:
                proxy.goSilent()
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...400, using: &generator)))
                try await proxy.resume()
                proxy.cut()
            case 3:
                try await proxy.refuse()
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...300, using: &generator)))
                try await proxy.resume()
            default:
                // The holder's lease, or a waiter's.
                let line = try await referee.range(.prefix(name)).keyValues
                if let lease = line.randomElement(using: &generator)?.lease { try? await referee.revokeLease(lease) }
            }
        }
    }
}
