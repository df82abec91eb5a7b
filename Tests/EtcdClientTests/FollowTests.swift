import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct FollowTests {
        @Test(arguments: EtcdBackend.allCases)
        func aSnapshotOfAllPagesComesFirstAndThenEveryChange(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    for number in 0..<25 { try await client.put(Key("f/\(100 + number)"), Value("\(number)")) }
                    try await client.put("other", "x")
                    var updates = client.follow(prefix: "f/", pageSize: 10).makeAsyncIterator()
                    guard case .snapshot(let snapshot) = try await updates.next() else {
                        Issue.record("no snapshot came first")
                        return
                    }
                    #expect(snapshot.reason == .start)
                    #expect(snapshot.keyValues.map(\.key) == (0..<25).map { Key("f/\(100 + $0)") })
                    #expect(snapshot.removed == [])
                    let revision = try await client.delete(.key("f/100")).revision
                    guard case .changes(let batch) = try await updates.next() else {
                        Issue.record("no change came second")
                        return
                    }
                    #expect(batch.events.map(\.kind) == [.delete])
                    #expect(batch.revision == revision)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func afterACompactionANewSnapshotTellsWhatIsGone(backend: EtcdBackend) async throws {
            try await backend.with { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { follower in
                        try await withClient(server) { writer in
                            for key in ["f/a", "f/b", "f/c"] { try await writer.put(Key(key), "1") }
                            var updates = follower.follow(prefix: "f/").makeAsyncIterator()
                            _ = try await updates.next()
                            try await writer.put("f/d", "1")
                            _ = try await updates.next()

                            // What happens now is compacted before the follower can hear of it.
                            try await proxy.refuse()
                            try await writer.delete(.key("f/b"))
                            try await writer.delete(.key("f/d"))
                            let last = try await writer.put("f/e", "2").revision
                            try await writer.compact(to: last)
                            try await proxy.resume()

                            guard case .snapshot(let snapshot) = try await updates.next() else {
                                Issue.record("no new snapshot")
                                return
                            }
                            #expect(snapshot.reason == .compacted)
                            #expect(snapshot.keyValues.map(\.key) == ["f/a", "f/c", "f/e"])
                            #expect(snapshot.removed == ["f/b", "f/d"])
                            #expect(snapshot.revision >= last)
                            try await writer.put("f/e", "3")
                            guard case .changes(let batch) = try await updates.next() else {
                                Issue.record("no change after the snapshot")
                                return
                            }
                            #expect(batch.events.map(\.keyValue.value) == ["3"])
                        }
                    }
                }
            }
        }

        @Test func anotherStoreIsASnapshotToo() async throws {
            try await withEmbeddedServer { first in
                try await withEmbeddedServer { second in
                    try await FaultProxy.with(targetPort: first.port) { proxy in
                        try await withClient(second) { try await $0.put("f/new", "1") }
                        try await withClient(
                            EtcdClient.Endpoint(proxy.endpoint), second, configure: { $0.balancing = .failover }
                        ) { client in
                            for key in ["f/a", "f/b"] { try await client.put(Key(key), "1") }
                            var updates = client.follow(prefix: "f/").makeAsyncIterator()
                            _ = try await updates.next()
                            try await proxy.refuse()
                            guard case .snapshot(let snapshot) = try await updates.next() else {
                                Issue.record("no new snapshot")
                                return
                            }
                            #expect(snapshot.reason == .historyChanged)
                            #expect(snapshot.keyValues.map(\.key) == ["f/new"])
                            #expect(snapshot.removed == ["f/a", "f/b"])
                        }
                    }
                }
            }
        }

        @Test func followingWaitsForAServerAndEndsWhenItsClientIsClosed() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await proxy.refuse()
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint), configure: { $0.requestTimeout = .milliseconds(200) },
                        { client in
                            let updates = Shared(0)
                            let following = Task {
                                for try await _ in client.follow(prefix: "f/") { updates.update { $0 += 1 } }
                            }
                            try await Task.sleep(for: .milliseconds(500))
                            #expect(updates.get() == 0)
                            try await proxy.resume()
                            try await eventually("the snapshot") { updates.get() == 1 }
                            await client.close()
                            await expectError(.clientClosed) { try await following.value }
                        })
                }
            }
        }
    }
}
