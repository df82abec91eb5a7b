import EtcdClient
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

/// The newest acknowledged number of each key.
private final class Acknowledged: Sendable {
    let numbers = Mutex<[Key: Int]>([:])
}

/// The store as a process of its own, killed without warning.
@Suite(.serialized)
struct DurabilityTests {
    @Test(.timeLimit(.minutes(60)))
    func everyAcknowledgedWriteSurvivesSIGKILL() async throws {
        let runs = ProcessInfo.processInfo.environment["VITRINE_SOAK_RUNS"].flatMap { Int($0) } ?? 3
        let seed = UInt64.random(in: 1...999_999)
        print("SIGKILL test: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        try await withTemporaryFolder { folder in
            let port = try FreePort.next()
            let acknowledged = Acknowledged()
            for run in 0..<runs {
                let process = try ChildProcess(
                    BuiltProgram.photoserver,
                    ["store", "--data", folder + "/store", "--listen", "127.0.0.1:\(port)"],
                    log: folder + "/store.log")
                let client = EtcdClient(
                    try .init(endpoints: "http://127.0.0.1:\(port)"),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                try await eventually("the store's start; it printed:\n\(process.output)") {
                    _ = try await client.range(.key("ready"))
                    return true
                }
                try await self.check(acknowledged.numbers.withLock { $0 }, on: client, "seed \(seed), run \(run)")
                let delay = Duration.milliseconds(generator.number(50...400))
                await withTaskGroup(of: Void.self) { group in
                    for writer in 0..<8 {
                        group.addTask { await self.write(writer, with: client, acknowledged) }
                    }
                    try? await Task.sleep(for: delay)
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
