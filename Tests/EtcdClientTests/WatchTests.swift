import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct WatchTests {
        @Test(arguments: EtcdBackend.allCases)
        func historyIsReplayedThenLiveEventsFollow(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("w/a", "1").revision
                    try await client.put("other", "1")
                    try await client.put("w/b", "2")
                    let last = try await client.delete(.key("w/a")).revision

                    var options = WatchOptions()
                    options.previous = true
                    var batches = client.watch(.prefix("w/"), from: first, options: options).makeAsyncIterator()
                    var events: [WatchEvent] = []
                    while events.count < 3 {
                        let batch = try #require(try await batches.next())
                        #expect(batch.createdRevision >= last)
                        #expect(batch.revision >= (batch.events.last?.keyValue.modRevision ?? last))
                        events += batch.events
                    }
                    #expect(events.map(\.kind) == [.put, .put, .delete])
                    #expect(events.map(\.keyValue.key) == ["w/a", "w/b", "w/a"])
                    #expect(events[2].previous?.value == "1")
                    #expect(events[2].keyValue.modRevision == last)
                    #expect(events[0].previous == nil)

                    let live = try await client.put("w/c", "3").revision
                    let batch = try #require(try await batches.next())
                    #expect(batch.events.map(\.keyValue.modRevision) == [live])
                    #expect(batch.createdRevision < live)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aRevisionIsOneBatch(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let before = try await client.put("start", "").revision
                    var batches = client.watch(.prefix("t/"), from: before.next).makeAsyncIterator()
                    let made = try await client.transaction(
                        Transaction(success: (0..<100).map { .put(Key("t/\($0)"), Value("\($0)")) }))
                    let batch = try #require(try await batches.next())
                    #expect(batch.events.count == 100)
                    #expect(Set(batch.events.map(\.keyValue.modRevision)) == [made.revision])
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aRevisionAboveTheFragmentLimitIsOneBatch(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    // Values put one by one and deleted at once: with the values before, that revision is 5 MB.
                    let value = Value([UInt8](repeating: 1, count: 500_000))
                    for number in 0..<10 { try await client.put(Key("big/\(number)"), value) }
                    let deletion = try await client.delete(.prefix("big/"))
                    var options = WatchOptions()
                    options.previous = true
                    var batches = client.watch(.prefix("big/"), from: deletion.revision, options: options)
                        .makeAsyncIterator()
                    let batch = try #require(try await batches.next())
                    #expect(batch.events.count == 10)
                    #expect(batch.events.allSatisfy { $0.kind == .delete && $0.previous?.value == value })
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func filtersLeaveOutPutsOrDeletions(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("f", "1").revision
                    try await client.delete(.key("f"))
                    try await client.put("f", "2")
                    try await client.delete(.key("f"))
                    for (kind, options) in [
                        (
                            WatchEvent.Kind.delete,
                            {
                                var options = WatchOptions(); options.excludesPuts = true; return options
                            }()
                        ),
                        (
                            .put,
                            {
                                var options = WatchOptions(); options.excludesDeletes = true; return options
                            }()
                        ),
                    ] {
                        var events: [WatchEvent] = []
                        for try await batch in client.watch(.key("f"), from: first, options: options) {
                            events += batch.events
                            if events.count >= 2 { break }
                        }
                        #expect(events.map(\.kind) == [kind, kind])
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aWatchWithoutARevisionTellsWhatComesAfterItBegan(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.put("n", "before")
                    let seen = Shared<[Value]>([])
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            for try await batch in client.watch(.key("n")) {
                                seen.update { $0 += batch.events.map(\.keyValue.value) }
                            }
                        }
                        // When the watch begins cannot be seen from outside: write until it tells.
                        try await eventually("an event") {
                            try await client.put("n", "after")
                            return !seen.get().isEmpty
                        }
                        group.cancelAll()
                    }
                    #expect(Set(seen.get()) == ["after"])
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func theCallbackFormIsGivenEveryBatchInOrder(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("c", "0").revision
                    let seen = Shared<[Value]>([])
                    let watching = Task {
                        try await client.watch(.key("c"), from: first) { batch in
                            seen.update { $0 += batch.events.map(\.keyValue.value) }
                        }
                    }
                    for number in 1..<50 { try await client.put("c", Value("\(number)")) }
                    try await eventually("all events") { seen.get().count >= 50 }
                    #expect(seen.get() == (0..<50).map { Value("\($0)") })
                    watching.cancel()
                    await #expect(throws: CancellationError.self) { try await watching.value }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func compactedHistoryEndsAWatchWithTheRevisionThatIsLeft(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("k", "1").revision
                    try await client.put("k", "2")
                    let last = try await client.put("k", "3").revision
                    try await client.compact(to: last)
                    var batches = client.watch(.key("k"), from: first).makeAsyncIterator()
                    let error = await expectError(.compacted) { _ = try await batches.next() }
                    #expect(error?.compactRevision == last)
                    // After an error the sequence is over.
                    let after = try await batches.next()
                    #expect(after == nil)
                    // From the compacted revision itself everything is still there.
                    for try await batch in client.watch(.key("k"), from: last) {
                        #expect(batch.events.map(\.keyValue.value) == ["3"])
                        break
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aWatchThatCannotBeIsRefused(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    var batches = client.watch(.range("b", "a")).makeAsyncIterator()
                    await expectError(.watchRefused) { _ = try await batches.next() }
                    var future = client.watch(.all, from: Revision(1_000)).makeAsyncIterator()
                    await expectError(.historyChanged) { _ = try await future.next() }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aSlowReaderHoldsUpNobodyElse(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("s", "first").revision
                    var slow = client.watch(.key("s"), from: first).makeAsyncIterator()
                    _ = try await slow.next()
                    // More than the window of a stream, and as much as the server's own bound.
                    let value = Value([UInt8](repeating: 2, count: 250_000))
                    for _ in 0..<30 { try await client.put("s", value) }
                    let last = try await client.put("s", "last").revision
                    let quick = try await client.get("s")
                    #expect(quick?.value == "last")
                    var events = 1
                    while true {
                        let batch = try #require(try await slow.next())
                        events += batch.events.count
                        if batch.events.last?.keyValue.modRevision == last { break }
                    }
                    #expect(events == 32)
                }
            }
        }
    }
}
