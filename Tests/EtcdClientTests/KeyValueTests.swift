import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct KeyValueTests {
        @Test(arguments: EtcdBackend.allCases)
        func putsAreReadBackWithTheirHistory(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let missing = try await client.get("a")
                    #expect(missing == nil)

                    let first = try await client.put("a", "1")
                    var options = PutOptions()
                    options.previous = true
                    let second = try await client.put("a", "2", options: options)
                    #expect(second.revision == first.revision.next)
                    #expect(second.previous?.value == "1")

                    let found = try await client.get("a")
                    #expect(
                        found
                            == KeyValue(
                                key: "a", value: "2", createRevision: first.revision, modRevision: second.revision,
                                version: 2))

                    var past = RangeOptions()
                    past.revision = first.revision
                    let old = try await client.range(.key("a"), options: past)
                    #expect(old.keyValues.map(\.value) == ["1"])
                    #expect(old.revision == second.revision)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func binaryKeysAndEmptyValuesSurvive(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let key = Key([0, 0xff, 0x80, 0x0a])
                    try await client.put(key, Value([]))
                    let found = try await client.get(key)
                    #expect(found?.key == key)
                    #expect(found?.value == Value([]))
                    let prefix = try await client.range(.prefix(Key([0, 0xff])))
                    #expect(prefix.keyValues.map(\.key) == [key])
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func rangesAreLimitedSortedAndFiltered(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    var revisions: [Revision] = []
                    for (key, value) in [("p/b", "1"), ("p/a", "3"), ("p/c", "2"), ("q", "9")] {
                        revisions.append(try await client.put(Key(key), Value(value)).revision)
                    }
                    func keys(_ range: KeyRange, _ change: (inout RangeOptions) -> Void = { _ in }) async throws
                        -> [Key]
                    {
                        var options = RangeOptions()
                        change(&options)
                        return try await client.range(range, options: options).keyValues.map(\.key)
                    }
                    let sorted = try await keys(.prefix("p/"))
                    #expect(sorted == ["p/a", "p/b", "p/c"])
                    let descending = try await keys(.prefix("p/")) { $0.sort = (.key, .descending) }
                    #expect(descending == ["p/c", "p/b", "p/a"])
                    let byValue = try await keys(.prefix("p/")) { $0.sort = (.value, .ascending) }
                    #expect(byValue == ["p/b", "p/c", "p/a"])
                    let byCreation = try await keys(.prefix("p/")) { $0.sort = (.createRevision, .ascending) }
                    #expect(byCreation == ["p/b", "p/a", "p/c"])
                    let newer = try await keys(.all) { $0.minModRevision = revisions[2] }
                    #expect(newer == ["p/c", "q"])
                    let older = try await keys(.all) { $0.maxCreateRevision = revisions[0] }
                    #expect(older == ["p/b"])
                    let between = try await keys(.range("p/b", "q"))
                    #expect(between == ["p/b", "p/c"])
                    let from = try await keys(.from("p/c"))
                    #expect(from == ["p/c", "q"])
                    let empty = try await keys(.range("q", "p"))
                    #expect(empty == [])

                    var limited = RangeOptions()
                    limited.limit = 2
                    limited.keysOnly = true
                    let page = try await client.range(.prefix("p/"), options: limited)
                    #expect(page.keyValues.map(\.key) == ["p/a", "p/b"])
                    #expect(page.keyValues.allSatisfy { $0.value.bytes.isEmpty })
                    #expect(page.more)
                    #expect(page.count == 3)

                    var counted = RangeOptions()
                    counted.countOnly = true
                    let count = try await client.range(.all, options: counted)
                    #expect(count.count == 4)
                    #expect(count.keyValues.isEmpty)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func deletionsTellWhatTheyDeletedAndUseOneRevision(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.put("d/1", "x")
                    let last = try await client.put("d/2", "y")
                    let deletion = try await client.delete(.prefix("d/"), previous: true)
                    #expect(deletion.deleted == 2)
                    #expect(deletion.previous.map(\.value) == ["x", "y"])
                    #expect(deletion.revision == last.revision.next)
                    let nothing = try await client.delete(.prefix("d/"))
                    #expect(nothing.deleted == 0)
                    #expect(nothing.revision == deletion.revision)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func transactionsChooseByTheirComparisons(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let create = Transaction(
                        compares: [.version(of: "lock", .equal, 0)],
                        success: [.put("lock", "mine"), .put("other", "1")],
                        failure: [.range(.key("lock"))])
                    let won = try await client.transaction(create)
                    #expect(won.succeeded)
                    #expect(won.responses.count == 2)
                    let lost = try await client.transaction(create)
                    #expect(!lost.succeeded)
                    #expect(lost.revision == won.revision)
                    guard case .range(let range) = try #require(lost.responses.first) else {
                        Issue.record("the failure branch did not read")
                        return
                    }
                    #expect(range.keyValues.first?.value == "mine")
                    #expect(range.keyValues.first?.modRevision == won.revision)

                    let nested = Transaction(
                        compares: [
                            .value(of: "lock", .equal, "mine"), .createRevision(of: "lock", .less, won.revision.next),
                            .modRevision(of: "lock", .greater, Revision(1)),
                            .init(.prefix("nothing/"), .equal, .version(0)), .init(.key("lock"), .equal, .lease(nil)),
                        ],
                        success: [
                            .delete(.key("lock"), previous: true),
                            .transaction(
                                // Comparisons, nested ones too, see the store as it was before the transaction.
                                Transaction(compares: [.version(of: "lock", .equal, 1)], success: [.put("in", "side")])),
                        ])
                    let result = try await client.transaction(nested)
                    #expect(result.succeeded)
                    guard case .delete(let deletion) = result.responses[0],
                        case .transaction(let inner) = result.responses[1]
                    else {
                        Issue.record("unexpected answers: \(result.responses)")
                        return
                    }
                    #expect(deletion.deleted == 1)
                    #expect(deletion.previous.first?.value == "mine")
                    #expect(inner.succeeded)
                    let inside = try await client.get("in")
                    #expect(inside?.modRevision == result.revision)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func whatTheServerRefusesHasACode(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    await expectError(.emptyKey) { try await client.put(Key([UInt8]()), "x") }
                    await expectError(.leaseNotFound) { try await client.put("a", "x", lease: LeaseID(4711)) }
                    var ignoring = PutOptions()
                    ignoring.ignoreValue = true
                    await expectError(.keyNotFound) { try await client.put("none", Value([]), options: ignoring) }
                    await expectError(.duplicateKey) {
                        try await client.transaction(Transaction(success: [.put("a", "1"), .put("a", "2")]))
                    }
                    await expectError(.tooManyOperations) {
                        try await client.transaction(
                            Transaction(success: (0..<129).map { .put(Key("k\($0)"), "v") }))
                    }
                    var future = RangeOptions()
                    future.revision = Revision(1_000_000)
                    await expectError(.futureRevision) { _ = try await client.range(.all, options: future) }
                    let error = await expectError(.requestTooLarge) {
                        try await client.put("big", Value([UInt8](repeating: 7, count: 1_600_000)))
                    }
                    #expect(error?.mayHaveHappened == false)
                    await expectError(.requestTooLarge) {
                        try await client.put("bigger", Value([UInt8](repeating: 7, count: 2_200_000)))
                    }
                    // The connection is none the worse for it.
                    try await client.put("a", Value([UInt8](repeating: 7, count: 1_500_000)))
                    let large = try await client.get("a")
                    #expect(large?.value.bytes.count == 1_500_000)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func compactedHistoryCannotBeRead(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("a", "1")
                    let second = try await client.put("a", "2")
                    try await client.compact(to: second.revision, waitsForSpace: true)
                    var past = RangeOptions()
                    past.revision = first.revision
                    await expectError(.compacted) { _ = try await client.range(.key("a"), options: past) }
                    past.revision = second.revision
                    let kept = try await client.range(.key("a"), options: past)
                    #expect(kept.keyValues.first?.value == "2")
                    await expectError(.compacted) { try await client.compact(to: first.revision) }
                    await expectError(.futureRevision) { try await client.compact(to: Revision(1_000_000)) }
                }
            }
        }
    }
}
