import EtcdClient
import TestSupport
import Testing

/// Tasks on the thread of the client's connections.
@Suite
struct TaskExecutorTests {
    @Test(arguments: EtcdBackend.allCases)
    func callsWatchesAndSleepsWorkThere(backend: EtcdBackend) async throws {
        try await backend.with { server in
            try await withClient(server) { client in
                try await withTaskExecutorPreference(client.taskExecutor) {
                    let first = try await client.put("/near/first", "1")
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 0..<50 {
                            group.addTask { try await client.put(Key("/near/\(number)"), "x") }
                        }
                        try await group.waitForAll()
                    }
                    try await Task.sleep(for: .milliseconds(1))
                    let count = try await client.range(.prefix("/near/")).count
                    #expect(count == 51)
                    var watch = client.watch(.prefix("/near/"), from: first.revision).makeAsyncIterator()
                    let batch = try await watch.next()
                    #expect(batch?.events.first?.keyValue.key == "/near/first")
                }
            }
        }
    }
}
