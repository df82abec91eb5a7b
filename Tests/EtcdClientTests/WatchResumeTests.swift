import EtcdClient
import TestSupport
import Testing

extension RealServers {
    /// A watch loses nothing and repeats nothing, whatever happens to its connection or its server.
    @Suite struct WatchResumeTests {
        /// Collects the values of a key's events while `disturb` runs, and until `expected` has come.
        private func follow(
            _ watcher: EtcdClient, _ key: Key, from: Revision, until expected: @escaping @Sendable ([Value]) -> Bool,
            _ disturb: @escaping @Sendable (Shared<[Value]>) async throws -> Void
        ) async throws -> [Value] {
            let seen = Shared<[Value]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await batch in watcher.watch(.key(key), from: from) {
                        seen.update { $0 += batch.events.map(\.keyValue.value) }
                    }
                }
                group.addTask {
                    try await disturb(seen)
                    try await eventually("the last event; so far \(seen.get().count)") { expected(seen.get()) }
                }
                // The watch ends only by an error; the disturbance ends when all has come.
                try await group.next()
                group.cancelAll()
            }
            return seen.get()
        }

        @Test func overACrashAndRestartOfEtcd() async throws {
            try await withEtcd { etcd in
                try await withClient(EtcdClient.Endpoint(etcd.endpoint)) { client in
                    let first = try await client.put("k", "0").revision
                    let values = try await self.follow(client, "k", from: first, until: { $0.last == "9" }) { seen in
                        try await eventually("the first event") { !seen.get().isEmpty }
                        for number in 1...3 { try await client.put("k", Value("\(number)")) }
                        try await etcd.crashAndRestart()
                        for number in 4...6 { try await client.put("k", Value("\(number)")) }
                        try await etcd.crashAndRestart()
                        for number in 7...9 { try await client.put("k", Value("\(number)")) }
                    }
                    #expect(values == (0...9).map { Value("\($0)") })
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func overCutConnections(backend: EtcdBackend) async throws {
            try await backend.with { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { watcher in
                        try await withClient(server) { writer in
                            let first = try await writer.put("k", "0").revision
                            let values = try await self.follow(watcher, "k", from: first, until: { $0.last == "200" }) {
                                _ in
                                for number in 1...200 {
                                    try await writer.put("k", Value("\(number)"))
                                    if number % 20 == 0 { proxy.cut() }
                                }
                            }
                            #expect(values == (0...200).map { Value("\($0)") })
                            #expect(proxy.acceptedConnections > 1)
                        }
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func overAConnectionThatFallsSilent(backend: EtcdBackend) async throws {
            try await backend.with { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint),
                        configure: {
                            $0.watch = EtcdClient.WatchTiming(
                                silence: .milliseconds(300), answerTimeout: .milliseconds(300))
                            $0.dialTimeout = .milliseconds(500)
                        },
                        { watcher in
                            try await withClient(server) { writer in
                                let first = try await writer.put("k", "0").revision
                                let values = try await self.follow(watcher, "k", from: first, until: { $0.last == "2" })
                                {
                                    seen in
                                    try await eventually("the first event") { !seen.get().isEmpty }
                                    proxy.goSilent()
                                    try await writer.put("k", "1")
                                    try await proxy.resume()
                                    // The old connection stays silent: only the watch's own doubt gets it off it.
                                    try await eventually("a new connection") { proxy.acceptedConnections > 1 }
                                    try await writer.put("k", "2")
                                }
                                #expect(values == ["0", "1", "2"])
                            }
                        })
                }
            }
        }

        /// A quiet store gives no sign of life by itself; the watch must not take that for a dead connection.
        @Test(arguments: EtcdBackend.allCases)
        func aQuietWatchKeepsItsConnection(backend: EtcdBackend) async throws {
            try await backend.with { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint),
                        configure: {
                            $0.watch = EtcdClient.WatchTiming(
                                silence: .milliseconds(50), answerTimeout: .seconds(5))
                        },
                        { client in
                            let start = try await client.put("k", "0").revision
                            let begin = ContinuousClock.now
                            let values = try await self.follow(client, "k", from: start.next, until: { $0 == ["1"] }) {
                                _ in
                                try await eventually("a second of silence") { begin.duration(to: .now) > .seconds(1) }
                                try await client.put("k", "1")
                            }
                            #expect(values == ["1"])
                            #expect(proxy.acceptedConnections == 1)
                        })
                }
            }
        }

        @Test func historyCompactedMeanwhileIsAnErrorAndNotAGap() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { watcher in
                        try await withClient(server) { writer in
                            let first = try await writer.put("k", "0").revision
                            var batches = watcher.watch(.key("k"), from: first).makeAsyncIterator()
                            _ = try await batches.next()
                            try await proxy.refuse()
                            try await writer.put("k", "1")
                            let last = try await writer.put("k", "2").revision
                            try await writer.compact(to: last)
                            try await proxy.resume()
                            let error = await expectError(.compacted) { _ = try await batches.next() }
                            #expect(error?.compactRevision == last)
                        }
                    }
                }
            }
        }

        @Test func anotherStoreAtTheSameAddressIsAnError() async throws {
            try await withEmbeddedServer { first in
                try await withEmbeddedServer { second in
                    try await FaultProxy.with(targetPort: first.port) { proxy in
                        // One client for two stores: what an operator has who restores a backup beside the original.
                        try await withClient(
                            EtcdClient.Endpoint(proxy.endpoint), second, configure: { $0.balancing = .failover }
                        ) { client in
                            let start = try await client.put("k", "0").revision
                            var batches = client.watch(.key("k"), from: start).makeAsyncIterator()
                            _ = try await batches.next()
                            try await proxy.refuse()
                            await expectError(.historyChanged) { _ = try await batches.next() }
                        }
                    }
                }
            }
        }
    }
}
