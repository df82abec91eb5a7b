import TestSupport
import Testing

/// Watches under faults. Replay: `VITRINE_SOAK_SEED=N VITRINE_SOAK_RUNS=1 swift test --filter WatchFaultTests`.
@Suite(.serialized)
struct WatchFaultTests {
    private static let concurrentRuns = 8

    @Test(.timeLimit(.minutes(60)))
    func noFaultBreaksAPromise() async throws {
        let seeds = SoakSeeds.all(orElse: 10)
        print("watch faults: \(seeds.count) runs, seeds \(seeds.first ?? 0) to \(seeds.last ?? 0)")
        var next = seeds.makeIterator()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.concurrentRuns {
                if let seed = next.next() { group.addTask { await Self.run(seed) } }
            }
            while await group.next() != nil {
                if let seed = next.next() { group.addTask { await Self.run(seed) } }
            }
        }
    }

    private static func run(_ seed: UInt64) async {
        do {
            var run = WatchFaultRun(seed: seed)
            let violations = try await run.violations()
            #expect(violations == [], "seed \(seed)")
        } catch {
            Issue.record("seed \(seed): \(error)")
        }
    }
}
