import EtcdTransport
import EtcdWire
import Foundation
import TestSupport
import Testing

@testable import EtcdServer

/// History goes by itself, by number or by age, and the store stays as large as what it keeps.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct CompactionTests {
    @Test func theAgeOfHistoryDecidesUpToWhereItGoes() {
        var compaction = PeriodicCompaction(age: .seconds(100))
        #expect(compaction.interval == .seconds(10))
        // A revision a second.
        var targets: [Int64] = []
        for second in stride(from: 0, through: 300, by: 10) {
            if let target = compaction.target(head: Int64(second) + 1, now: .seconds(second)) {
                targets.append(target)
                // What is kept is at least as old as asked for, and not much older.
                #expect((100...120).contains(Int64(second) + 1 - target))
            }
        }
        #expect(targets == targets.sorted() && targets.count >= 19)
        // While nothing is written there is nothing to do.
        #expect((31...80).compactMap { compaction.target(head: 301, now: .seconds(Int64($0) * 10)) }.count <= 10)
        #expect((81...99).allSatisfy { compaction.target(head: 301, now: .seconds(Int64($0) * 10)) == nil })
    }

    @Test func historyOfAnAgeIsKept() async throws {
        var limits = EtcdServer.Limits()
        limits.retainedAge = .seconds(1)
        try await withEmbeddedStore(limits: limits) { address in
            let client = try await RawClient.connect(port: address.port)
            for index in 0..<20 { try await client.must("KV/Put", client.put("k", "\(index)")) }
            var old = Etcdserverpb_RangeRequest()
            old.key = Data("k".utf8)
            old.revision = 5
            #expect(await client.refusal("KV/Range", old) == nil)
            try await eventually("the compaction") { await client.refusal("KV/Range", old)?.code == .outOfRange }
            old.revision = 21
            #expect(await client.refusal("KV/Range", old) == nil)
            await client.close()
        }
    }

    /// A key rewritten 5,000 times; by `make soak` 1,000,000 times.
    @Test func aKeyRewrittenForEverTakesTheSameSpace() async throws {
        let total = ProcessInfo.processInfo.environment["VITRINE_SOAK_RUNS"] == nil ? 5_000 : 1_000_000
        var limits = EtcdServer.Limits()
        limits.retainedRevisions = 1_000
        try await withTemporaryFolder { folder in
            try await withEmbeddedStore(folder: folder, limits: limits) { address in
                let client = try await RawClient.connect(port: address.port)
                var sizes: [Int] = []
                for _ in 0..<10 {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<50 {
                            group.addTask {
                                for _ in 0..<total / 500 {
                                    try await client.must("KV/Put", client.put("k", String(repeating: "v", count: 256)))
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    // All that is left to tidy away is tidied away when this is answered.
                    try await client.must("Maintenance/Defragment", Etcdserverpb_DefragmentRequest())
                    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                    sizes.append(
                        try files.reduce(0) { sum, file in
                            let values = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
                            return sum + (values[.size] as? Int ?? 0)
                        })
                }
                print("after \(total) puts of one key the store has \(sizes) bytes")
                // Up to a MiB of it is room that the log makes beforehand.
                #expect(sizes.allSatisfy { $0 < 600_000 + 1 << 20 }, "\(sizes)")
                await client.close()
            }
        }
    }
}
