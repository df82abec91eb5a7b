import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct CacheTests {
        private func withCache<Result: Sendable>(
            _ client: EtcdClient, _ range: KeyRange, historySize: Int = 10_000,
            _ body: (PrefixCache) async throws -> Result
        ) async throws -> Result {
            let cache = client.cache(range, historySize: historySize)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await cache.run() }
                defer { group.cancelAll() }
                try await cache.waitUntilReady()
                return try await body(cache)
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aReaderFindsItsOwnWritesAndNothingFromOutside(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.put("/in/a", "0")
                    try await client.put("/out/a", "0")
                    try await self.withCache(client, .prefix("/in/")) { cache in
                        #expect(cache.get("/in/a")?.value == "0")
                        #expect(cache.get("/out/a") == nil)
                        for number in 1...20 {
                            let revision = try await client.put("/in/a", Value("\(number)")).revision
                            let found = try await cache.get("/in/a", atLeast: revision)
                            #expect(found?.value == Value("\(number)"))
                            #expect(found == (try await client.get("/in/a")))
                        }
                        let deleted = try await client.delete(.key("/in/a")).revision
                        #expect(try await cache.get("/in/a", atLeast: deleted) == nil)
                        // A revision that changed nothing in the range is reached, too.
                        let elsewhere = try await client.put("/out/a", "1").revision
                        let snapshot = try await cache.snapshot(atLeast: elsewhere)
                        #expect(snapshot.revision >= elsewhere)
                        #expect(snapshot.keyValues == [])
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func manyFollowersShareOneWatchAndSeeTheSame(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.put("/a/0", "0")
                    try await self.withCache(client, .prefix("/a/")) { cache in
                        let seen = Shared<[[String]]>(Array(repeating: [], count: 10))
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for reader in 0..<10 {
                                group.addTask {
                                    for try await step in cache.follow() {
                                        switch step {
                                        case .snapshot(let snapshot):
                                            seen.update { $0[reader].append("\(snapshot.keyValues.map(\.value))") }
                                        case .changes(let batch):
                                            for event in batch.events {
                                                seen.update { $0[reader].append(event.keyValue.value.string) }
                                                if event.keyValue.value == "30" { return }
                                            }
                                        }
                                    }
                                }
                            }
                            try await eventually("all having the first state") {
                                seen.get().allSatisfy { $0.count == 1 }
                            }
                            for number in 1...30 { try await client.put(Key("/a/\(number % 3)"), Value("\(number)")) }
                            try await group.waitForAll()
                        }
                        let expected = ["[0]"] + (1...30).map { "\($0)" }
                        for reader in seen.get() { #expect(reader == expected) }
                    }
                }
            }
        }

        @Test func aFollowerThatFallsBehindGetsTheStateAgain() async throws {
            try await withEmbeddedServer { endpoint in
                try await withClient(endpoint) { client in
                    try await self.withCache(client, .prefix("/a/"), historySize: 5) { cache in
                        var follower = cache.follow().makeAsyncIterator()
                        guard case .snapshot = try await follower.next() else {
                            Issue.record("the state comes first")
                            return
                        }
                        try await client.put("/a/gone", "x")
                        try await client.delete(.key("/a/gone"))
                        var last = Revision(0)
                        for number in 1...20 { last = try await client.put("/a/k", Value("\(number)")).revision }
                        _ = try await cache.get("/a/k", atLeast: last)
                        guard case .snapshot(let snapshot) = try await follower.next() else {
                            Issue.record("the history it needs is forgotten")
                            return
                        }
                        #expect(snapshot.keyValues.map(\.value) == ["20"])
                        try await client.put("/a/k", "21")
                        guard case .changes(let batch) = try await follower.next() else {
                            Issue.record("a change comes after the state")
                            return
                        }
                        #expect(batch.events.map(\.keyValue.value) == ["21"])
                    }
                }
            }
        }

        /// Cuts, silence and compactions while readers look on: what a reader has seen it never sees undone.
        @Test func readersNeverGoBackInTime() async throws {
            for seed in SoakSeeds.all.prefix(20) {
                try await withEmbeddedServer { server in
                    try await withClient(server) { writer in
                        try await FaultProxy.with(targetPort: server.port) { proxy in
                            try await withClient(
                                EtcdClient.Endpoint(proxy.endpoint),
                                configure: {
                                    $0.requestTimeout = .seconds(1)
                                    $0.watch = .init(silence: .milliseconds(300), answerTimeout: .milliseconds(300))
                                },
                                { client in
                                    try await writer.put("/a/0", "0")
                                    try await self.withCache(client, .prefix("/a/")) { cache in
                                        try await self.observe(cache, writer: writer, proxy: proxy, seed: seed)
                                    }
                                })
                        }
                    }
                }
            }
        }

        private func observe(
            _ cache: PrefixCache, writer: EtcdClient, proxy: FaultProxy, seed: UInt64
        ) async throws {
            let isOver = Shared(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var seenRevision = Revision(0)
                        var seenValue = 0
                        while !isOver.get() {
                            let snapshot = cache.snapshot()
                            let value = snapshot?.keyValues.first.flatMap { Int($0.value.string) } ?? 0
                            #expect(snapshot?.revision ?? Revision(0) >= seenRevision, "seed \(seed)")
                            #expect(value >= seenValue, "seed \(seed)")
                            (seenRevision, seenValue) = (snapshot?.revision ?? Revision(0), value)
                            try await Task.sleep(for: .milliseconds(1))
                        }
                    }
                }
                group.addTask {
                    var seen = Revision(0)
                    for try await step in cache.follow() {
                        switch step {
                        case .snapshot(let snapshot):
                            #expect(snapshot.revision >= seen, "seed \(seed)")
                            seen = snapshot.revision
                        case .changes(let batch):
                            for event in batch.events {
                                #expect(event.keyValue.modRevision > seen, "seed \(seed)")
                                if event.keyValue.value == "end" { return }
                            }
                            seen = batch.events.last?.keyValue.modRevision ?? seen
                        }
                        if cache.get("/a/end") != nil { return }
                    }
                }
                var generator = SeededGenerator(seed: seed)
                for number in 1...150 {
                    let revision = try await writer.put("/a/0", Value("\(number)")).revision
                    switch Int.random(in: 0..<20, using: &generator) {
                    case 0: proxy.cut()
                    case 1:
                        try await proxy.refuse()
                        try await writer.compact(to: revision)
                        try await proxy.resume()
                    case 2:
                        proxy.goSilent()
                        try await writer.put("/a/0", Value("\(number)"))
                        try await proxy.resume()
                    default: break
                    }
                }
                try await proxy.resume()
                proxy.cut()
                let last = try await writer.put("/a/end", "end").revision
                let end = try await cache.snapshot(atLeast: last)
                #expect(end.keyValues.map(\.value) == ["150", "end"], "seed \(seed)")
                isOver.set(true)
                try await group.waitForAll()
            }
        }

        @Test func anEndedCacheSaysSo() async throws {
            try await withEmbeddedServer { endpoint in
                try await withClient(endpoint) { client in
                    let cache = client.cache(.all)
                    let running = Task { try await cache.run() }
                    try await cache.waitUntilReady()
                    running.cancel()
                    _ = try? await running.value
                    await expectError(.clientClosed) {
                        _ = try await cache.get("a", atLeast: Revision(1_000))
                    }
                }
            }
        }
    }
}
