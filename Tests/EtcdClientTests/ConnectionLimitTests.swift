import EtcdTransport
import TestSupport
import Testing

@testable import EtcdClient

extension RealServers {
    /// What a stock HTTP/2 stack refuses: an etcd sends a PING for every burst of data, and each cancelled watch resets a
    /// stream. All of it must pass over one connection.
    @Suite struct ConnectionLimitTests {
        @Test(arguments: [(EtcdBackend.etcd, 10_000), (.embedded, 2_000)])
        func thousandsOfCallsUseOneConnection(backend: EtcdBackend, calls: Int) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.put("sequential", "here")
                    for _ in 0..<1_000 { _ = try await client.get("sequential") }
                    let workers = 50
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for worker in 0..<workers {
                            group.addTask {
                                try await client.put(Key("w\(worker)"), "here")
                                for _ in 0..<(calls - 1_000) / workers {
                                    _ = try await client.get(Key("w\(worker)"))
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(client.transport.connectionsMade == 1)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aThousandWatchesOpenAndCancelOnOneConnection(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let revision = try await client.put("key", "value").revision
                    for _ in 0..<20 {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<50 {
                                group.addTask {
                                    // Each sees the event, so that each was really open; leaving the loop cancels it.
                                    for try await batch in client.watch(.key("key"), from: revision) {
                                        #expect(batch.events.first?.keyValue.value == "value")
                                        break
                                    }
                                }
                            }
                            try await group.waitForAll()
                        }
                    }
                    let stillThere = try await client.get("key")
                    #expect(stillThere?.value == "value")
                    #expect(client.transport.connectionsMade == 1)
                }
            }
        }
    }
}
