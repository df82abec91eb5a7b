import EtcdClient
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

/// The newest acknowledged number of each key.
private final class Acknowledged: Sendable {
    let numbers = Mutex<[Key: Int]>([:])

    /// All writes that were acknowledged.
    var total: Int { self.numbers.withLock { $0.values.reduce(0, +) } }
}

/// The store as a process of its own, killed without warning.
@Suite(.serialized)
struct DurabilityTests {
    @Test(.timeLimit(.minutes(60)))
    func everyAcknowledgedWriteSurvivesSIGKILL() async throws {
        for seed in SoakSeeds.all {
            print("SIGKILL test: seed \(seed)")
            try await self.kill(times: 3, seed: seed)
        }
    }

    private func kill(times: Int, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        try await withTemporaryFolder { folder in
            let port = try FreePort.next()
            let acknowledged = Acknowledged()
            for run in 0..<times {
                let process = try ChildProcess(
                    BuiltProgram.store,
                    ["--data", folder + "/store", "--listen", "127.0.0.1:\(port)"],
                    log: folder + "/store.log")
                let client = EtcdClient(
                    try .init(endpoints: "http://127.0.0.1:\(port)"),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                try await eventually("the store's start; it printed:\n\(process.output)") {
                    _ = try await client.range(.key("ready"))
                    return true
                }
                try await self.check(acknowledged.numbers.withLock { $0 }, on: client, "seed \(seed), run \(run)")
                // Killed in the midst of writing, wherever it is by then.
                let enough = acknowledged.total + Int(generator.number(64...600))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<8 {
                        group.addTask { await self.write(writer, with: client, acknowledged) }
                    }
                    try await eventually("\(enough) acknowledged writes", within: .seconds(60)) {
                        acknowledged.total >= enough
                    }
                    process.kill()
                    group.cancelAll()
                }
                await client.close()
            }
            #expect(acknowledged.numbers.withLock { $0.count } == 8 * 4, "too few writes to mean anything")
        }
    }

    /// Writes rising numbers to keys of its own until a write fails.
    private func write(_ writer: Int, with client: EtcdClient, _ acknowledged: Acknowledged) async {
        while true {
            for index in 0..<4 {
                let key = Key("w\(writer)/\(index)")
                let number = (acknowledged.numbers.withLock { $0[key] } ?? 0) + 1
                do {
                    try await client.put(key, Value("\(number)"))
                } catch {
                    return
                }
                acknowledged.numbers.withLock { $0[key] = number }
            }
        }
    }

    /// Each key holds the last acknowledged number, or the one after it, whose answer the kill may have cut off.
    private func check(_ acknowledged: [Key: Int], on client: EtcdClient, _ when: String) async throws {
        let found = try await client.range(.prefix("w")).keyValues
        let numbers = Dictionary(uniqueKeysWithValues: found.map { ($0.key, Int($0.value.string) ?? -1) })
        for (key, number) in acknowledged {
            let holds = numbers[key]
            #expect(holds == number || holds == number + 1, "\(when): \(key) holds \(holds ?? 0), not \(number)")
        }
    }
}
