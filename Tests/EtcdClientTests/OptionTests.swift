import EtcdClient
import TestSupport
import Testing

extension RealServers {
    /// Every option of put, range, delete and the transaction, one by one.
    @Suite struct OptionTests {
        @Test(arguments: EtcdBackend.allCases)
        func putOptions(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let lease = try await client.grantLease(ttl: .seconds(60))
                    let other = try await client.grantLease(ttl: .seconds(60))
                    func put(
                        _ value: Value, lease: LeaseID? = nil, _ change: (inout PutOptions) -> Void
                    ) async throws -> KeyValue? {
                        var options = PutOptions()
                        change(&options)
                        try await client.put("k", value, lease: lease, options: options)
                        return try await client.get("k")
                    }
                    let leased = try await put("1", lease: lease.id) { _ in }
                    #expect(leased?.lease == lease.id)
                    let kept = try await put("2") { $0.ignoreLease = true }
                    #expect(kept?.lease == lease.id && kept?.value == "2")
                    let moved = try await put(Value([]), lease: other.id) { $0.ignoreValue = true }
                    #expect(moved?.lease == other.id && moved?.value == "2")
                    let loose = try await put("3") { _ in }
                    #expect(loose?.lease == nil && loose?.version == 4)
                    await expectError(.valueProvided) { _ = try await put("x") { $0.ignoreValue = true } }
                    await expectError(.leaseProvided) {
                        _ = try await put("x", lease: lease.id) { $0.ignoreLease = true }
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func rangeOptions(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    // Created in the order c, a, d, b; then a and c changed; values fall as keys rise.
                    var created: [Revision] = []
                    for (key, value) in [("c", "2"), ("a", "4"), ("d", "1"), ("b", "3")] {
                        created.append(try await client.put(Key("r/\(key)"), Value(value)).revision)
                    }
                    let changedA = try await client.put("r/a", "4").revision
                    try await client.put("r/a", "4")
                    let changedC = try await client.put("r/c", "2").revision
                    func keys(_ change: (inout RangeOptions) -> Void) async throws -> String {
                        var options = RangeOptions()
                        change(&options)
                        let result = try await client.range(.prefix("r/"), options: options)
                        return result.keyValues.map { String($0.key.string.dropFirst(2)) }.joined()
                    }
                    let orders: [(RangeOptions.SortTarget, String)] = [
                        (.key, "abcd"), (.createRevision, "cadb"), (.modRevision, "dbac"), (.value, "dcba"),
                    ]
                    for (target, order) in orders {
                        let ascending = try await keys { $0.sort = (target, .ascending) }
                        #expect(ascending == order)
                        let descending = try await keys { $0.sort = (target, .descending) }
                        #expect(descending == String(order.reversed()))
                    }
                    let byVersion = try await keys { $0.sort = (.version, .descending) }
                    #expect(byVersion.hasPrefix("ac"))
                    let bounds: [((inout RangeOptions) -> Void, String)] = [
                        ({ $0.minModRevision = changedA }, "ac"), ({ $0.maxModRevision = created[3] }, "bd"),
                        ({ $0.minCreateRevision = created[2] }, "bd"), ({ $0.maxCreateRevision = created[1] }, "ac"),
                        (
                            {
                                $0.minModRevision = changedC; $0.maxModRevision = changedC
                            }, "c"
                        ),
                        (
                            {
                                $0.minCreateRevision = created[1]; $0.maxModRevision = created[3]
                            }, "bd"
                        ),
                        ({ $0.revision = created[1] }, "ac"), ({ $0.serializable = true }, "abcd"),
                        (
                            {
                                $0.sort = (.value, .ascending); $0.limit = 2
                            }, "dc"
                        ),
                    ]
                    for (change, expected) in bounds {
                        let found = try await keys(change)
                        #expect(found == expected)
                    }
                    var counting = RangeOptions()
                    counting.countOnly = true
                    counting.limit = 1
                    let count = try await client.range(.prefix("r/"), options: counting)
                    #expect(count.count == 4 && count.keyValues.isEmpty)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func prefixesThatEndInTheLargestByteAreExact(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let keys: [[UInt8]] = [
                        [0x61], [0x61, 0xff], [0x61, 0xff, 0x00], [0x61, 0xff, 0xff], [0x62], [0x62, 0xff], [0xff],
                        [0xff, 0xff], [0xff, 0xff, 0x01],
                    ]
                    for key in keys { try await client.put(Key(key), "v") }
                    for prefix in keys + [[0x61, 0xff, 0xff, 0xff], []] {
                        let expected = keys.filter { $0.starts(with: prefix) }
                        let found = try await client.range(.prefix(Key(prefix)))
                        #expect(found.keyValues.map(\.key.bytes) == expected, "prefix \(prefix)")
                    }
                    let deleted = try await client.delete(.prefix(Key([0xff])))
                    #expect(deleted.deleted == 3)
                    let rest = try await client.delete(.from(Key([0x61, 0xff])), previous: true)
                    #expect(rest.previous.count == 5)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aLargeRangeIsReadInPagesAtOneRevision(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    for number in 0..<57 { try await client.put(Key("p/\(100 + number)"), "v") }
                    // A key at the edge of a page that the next page must not skip or repeat.
                    try await client.put(Key(Array("p/109".utf8) + [0]), "v")
                    var pages: [RangeResult] = []
                    for try await page in client.pages(of: .prefix("p/"), pageSize: 10) {
                        pages.append(page)
                        // What is written or deleted meanwhile is not seen.
                        try await client.put(Key("p/\(200 + pages.count)"), "late")
                        try await client.delete(.key("p/155"))
                    }
                    #expect(pages.map(\.keyValues.count) == [10, 10, 10, 10, 10, 8])
                    let keys = pages.flatMap(\.keyValues).map(\.key)
                    #expect(keys.count == 58 && keys == keys.sorted() && keys.contains("p/155"))

                    var limited = RangeOptions()
                    limited.limit = 25
                    limited.keysOnly = true
                    var counts: [Int] = []
                    for try await page in client.pages(of: .from("p/"), options: limited, pageSize: 10) {
                        counts.append(page.keyValues.count)
                        #expect(page.keyValues.allSatisfy { $0.value.bytes.isEmpty })
                    }
                    #expect(counts == [10, 10, 5])
                    var single = client.pages(of: .key("p/100")).makeAsyncIterator()
                    let found = try await single.next()
                    #expect(found?.keyValues.count == 1)
                    let end = try await single.next()
                    #expect(end == nil)

                    var sorted = RangeOptions()
                    sorted.sort = (.value, .ascending)
                    var unordered = client.pages(of: .all, options: sorted).makeAsyncIterator()
                    await expectError(.invalidArgument) { _ = try await unordered.next() }
                    var overtaken = client.pages(of: .prefix("p/"), pageSize: 10).makeAsyncIterator()
                    _ = try await overtaken.next()
                    let last = try await client.put("p/999", "v").revision
                    try await client.compact(to: last)
                    await expectError(.compacted) { _ = try await overtaken.next() }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func everyCompareOfATransaction(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let lease = try await client.grantLease(ttl: .seconds(60))
                    let first = try await client.put("t/a", "5", lease: lease.id).revision
                    let second = try await client.put("t/a", "5", lease: lease.id).revision
                    try await client.put("t/b", "7")
                    let id = lease.id
                    let compares: [(Transaction.Compare, Bool)] = [
                        (.version(of: "t/a", .equal, 2), true), (.version(of: "t/a", .less, 2), false),
                        (.version(of: "t/none", .equal, 0), true), (.version(of: "t/a", .notEqual, 2), false),
                        (.createRevision(of: "t/a", .equal, first), true),
                        (.createRevision(of: "t/a", .greater, first), false),
                        (.modRevision(of: "t/a", .equal, second), true),
                        (.modRevision(of: "t/a", .less, second), false),
                        (.value(of: "t/a", .equal, "5"), true), (.value(of: "t/a", .greater, "4"), true),
                        (.value(of: "t/none", .notEqual, "5"), false),
                        (.lease(of: "t/a", .equal, id), true), (.lease(of: "t/b", .equal, nil), true),
                        (.lease(of: "t/b", .notEqual, nil), false),
                        (.every(in: .prefix("t/"), .greater, .version(0)), true),
                        (.every(in: .prefix("t/"), .greater, .version(1)), false),
                        (.every(in: .prefix("t/"), .less, .value("6")), false),
                        (.every(in: .prefix("t/"), .greater, .createRevision(Revision(1))), true),
                        (.every(in: .prefix("none/"), .equal, .modRevision(Revision(0))), true),
                        (.every(in: .prefix("t/"), .equal, .lease(id)), false),
                        (.exists("t/a"), true), (.isMissing("t/a"), false), (.isMissing("t/none"), true),
                    ]
                    for (compare, expected) in compares {
                        let result = try await client.transaction(Transaction(compares: [compare]))
                        #expect(result.succeeded == expected, "\(compare)")
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func transactionsWrittenAsBlocks(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let stale: [Key] = ["b/1", "b/2"]
                    for key in stale { try await client.put(key, "old") }
                    func take(_ name: Value, cleaning: Bool) -> Transaction {
                        Transaction {
                            TransactionCondition.isMissing("b/lock")
                            TransactionCondition.every(in: .prefix("b/"), .greater, .version(0))
                        } then: {
                            TransactionStep.put("b/lock", name)
                            if cleaning {
                                for key in stale { TransactionStep.delete(.key(key), previous: true) }
                            }
                            TransactionStep.transaction(
                                Transaction {
                                    TransactionCondition.exists("b/1")
                                } then: {
                                    TransactionStep.put("b/seen", "1")
                                } otherwise: {
                                    TransactionStep.put("b/unseen", "1")
                                })
                        } otherwise: {
                            TransactionStep.range(.key("b/lock"))
                        }
                    }
                    let won = try await client.transaction(take("me", cleaning: true))
                    #expect(won.succeeded && won.responses.count == 4)
                    let lost = try await client.transaction(take("you", cleaning: false))
                    guard case .range(let range) = lost.responses.first else {
                        Issue.record("the other branch did not read: \(lost)")
                        return
                    }
                    #expect(!lost.succeeded && range.keyValues.map(\.value) == ["me"])
                    let keys = try await client.range(.prefix("b/")).keyValues.map(\.key)
                    #expect(keys == ["b/lock", "b/seen"])
                    let always = try await client.transaction(Transaction { .put("b/x", "1") })
                    #expect(always.succeeded && always.responses.count == 1)
                }
            }
        }
    }
}
