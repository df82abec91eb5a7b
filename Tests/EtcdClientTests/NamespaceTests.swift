import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct NamespaceTests {
        @Test(arguments: EtcdBackend.allCases)
        func everythingIsConfinedAndNamedWithoutThePrefix(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let hall = client.namespaced("/hall/")
                    try await client.put("/hal", "outside")
                    try await client.put("/hall0", "outside")
                    try await client.put("/attic/a", "outside")
                    var previous = PutOptions()
                    previous.previous = true
                    try await hall.put("a", "1")
                    let put = try await hall.put("a", "2", options: previous)
                    #expect(put.previous?.key == "a")
                    #expect(try await client.get("/hall/a")?.value == "2")
                    try await hall.put("b", "1")
                    try await hall.put("c", "1")
                    for (range, keys) in [
                        (.all, ["a", "b", "c"]), (.prefix(""), ["a", "b", "c"]), (.prefix("b"), ["b"]),
                        (.from("b"), ["b", "c"]), (.range("a", "c"), ["a", "b"]), (.key("c"), ["c"]),
                    ] as [(KeyRange, [Key])] {
                        let found = try await hall.range(range)
                        #expect(found.keyValues.map(\.key) == keys, "\(range)")
                        #expect(found.count == Int64(keys.count))
                    }
                    await expectError(.emptyKey) { try await hall.put("", "1") }

                    let transaction = Transaction(
                        compares: [
                            .value(of: "a", .equal, "2"),
                            Transaction.Compare(.all, .greater, .createRevision(Revision(0))),
                        ],
                        success: [
                            .put("d", "1"), .range(.from("c")),
                            .transaction(Transaction(success: [.delete(.key("b"), previous: true), .range(.all)])),
                        ])
                    let result = try await hall.transaction(transaction)
                    #expect(result.succeeded)
                    guard case .range(let from) = result.responses[1],
                        case .transaction(let inner) = result.responses[2],
                        case .delete(let deleted) = inner.responses[0], case .range(let all) = inner.responses[1]
                    else {
                        Issue.record("\(result.responses)")
                        return
                    }
                    #expect(from.keyValues.map(\.key) == ["c", "d"])
                    #expect(deleted.previous.map(\.key) == ["b"])
                    #expect(all.keyValues.map(\.key) == ["a", "c", "d"])

                    let lease = try await client.grantLease(ttl: .seconds(60))
                    try await client.put("/attic/leased", "1", lease: lease.id)
                    try await hall.put("leased", "1", lease: lease.id)
                    #expect(try await hall.leaseTimeToLive(lease.id, includesKeys: true).keys == ["leased"])

                    let inner2 = hall.namespaced("cupboard/")
                    try await inner2.put("x", "1")
                    #expect(try await client.get("/hall/cupboard/x")?.value == "1")
                    #expect(try await hall.delete(.all).deleted == 5)
                    let left = try await client.range(.all).keyValues.map(\.key)
                    #expect(left == ["/attic/a", "/attic/leased", "/hal", "/hall0"])
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func watchesLocksAndCachesAreConfinedToo(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let hall = client.namespaced("/hall/")
                    let start = try await client.put("/hall/a", "1").revision
                    var options = WatchOptions()
                    options.previous = true
                    var batches = hall.watch(.all, from: start.next, options: options).makeAsyncIterator()
                    try await client.put("/attic/a", "outside")
                    try await client.put("/hall/a", "2")
                    let batch = try #require(try await batches.next())
                    #expect(batch.events.map(\.keyValue.key) == ["a"])
                    #expect(batch.events.first?.previous?.key == "a")
                    try await hall.withLock("door", ttl: .seconds(10)) { token in
                        #expect(token.key.string.hasPrefix("door/"))
                        #expect(try await client.range(.prefix("/hall/door/")).count == 1)
                        try await token.put("inside", "1")
                    }
                    #expect(try await client.get("/hall/inside")?.value == "1")
                    try await hall.atomically { $0.put("count", "1") }
                    let cache = hall.cache(.all)
                    let running = Task { try await cache.run() }
                    try await cache.waitUntilReady()
                    #expect(cache.snapshot()?.keyValues.map(\.key) == ["a", "count", "inside"])
                    running.cancel()
                    _ = try? await running.value
                }
            }
        }

        @Test func aNamespaceOfHighBytesEndsWhereItShould() async throws {
            try await withEmbeddedServer { endpoint in
                try await withClient(endpoint) { client in
                    let prefix = Key([0x61, 0xff])
                    try await client.put(Key([0x61, 0xff, 0x01]), "inside")
                    try await client.put(Key([0x62]), "outside")
                    try await client.put(Key([0x61, 0xfe]), "outside")
                    #expect(try await client.namespaced(prefix).range(.all).keyValues.map(\.value) == ["inside"])
                    let last = client.namespaced(Key([0xff]))
                    try await last.put("z", "1")
                    #expect(try await last.range(.from("a")).keyValues.map(\.key) == ["z"])
                }
            }
        }
    }
}
