import EtcdServer
import EtcdTransport
import Foundation
import Logging
import TestSupport
import Testing

@testable import EtcdClient

extension RealServers {
    /// Many watches over one stream.
    @Suite struct WatchStreamTests {
        @Test(arguments: EtcdBackend.allCases)
        func aSlowReaderIsParkedAndLosesNothing(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("s/0", "0").revision
                    var options = WatchOptions()
                    options.buffer = WatchBufferOptions(.backPressure, events: 10)
                    var slow = client.watch(.prefix("s/"), from: first, options: options).makeAsyncIterator()
                    var quick = client.watch(.prefix("s/"), from: first).makeAsyncIterator()
                    var heard: [WatchEvent] = try #require(try await slow.next()).events
                    var told = try #require(try await quick.next()).events.count
                    for number in 1..<200 {
                        try await client.put(Key("s/\(number)"), "x")
                        while told < number + 1 { told += try #require(try await quick.next()).events.count }
                    }
                    // The quick one heard all of it while nobody read the slow one.
                    #expect(client.watchStatistics.parked == 1)
                    while heard.count < 200 { heard += try #require(try await slow.next()).events }
                    #expect(heard.map(\.keyValue.key) == (0..<200).map { Key("s/\($0)") })
                    #expect(client.transport.connectionsMade == 1)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aReaderMayAskToBeToldThatItIsTooSlow(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("s", "0").revision
                    var options = WatchOptions()
                    options.buffer = WatchBufferOptions(.fail, events: 5)
                    var slow = client.watch(.key("s"), from: first, options: options).makeAsyncIterator()
                    var heard = try #require(try await slow.next()).events.count
                    var quick = client.watch(.key("s"), from: first.next).makeAsyncIterator()
                    for number in 1..<50 { try await client.put("s", Value("\(number)")) }
                    var told = 0
                    while told < 49 { told += try #require(try await quick.next()).events.count }
                    let error = await expectError(.overflow) {
                        while let batch = try await slow.next() { heard += batch.events.count }
                    }
                    // What was heard and what is to be asked for again are all there is.
                    #expect(error?.nextRevision == Revision(first.rawValue + Int64(heard)))
                    #expect(heard >= 6)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aReaderOfStatesIsGivenTheNewestOfEachKey(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("s/a", "0").revision
                    var options = WatchOptions()
                    options.buffer = WatchBufferOptions(.coalesceByKey, events: 10)
                    var slow = client.watch(.prefix("s/"), from: first, options: options).makeAsyncIterator()
                    _ = try await slow.next()
                    var quick = client.watch(.prefix("s/"), from: first.next).makeAsyncIterator()
                    for number in 1...100 {
                        try await client.put("s/a", Value("\(number)"))
                        try await client.put("s/b", Value("\(number)"))
                    }
                    var told = 0
                    while told < 200 { told += try #require(try await quick.next()).events.count }
                    var states: [Key: Value] = [:]
                    var events = 0
                    while states["s/b"] != "100" {
                        let batch = try #require(try await slow.next())
                        for event in batch.events { states[event.keyValue.key] = event.keyValue.value }
                        events += batch.events.count
                    }
                    #expect(states == ["s/a": "100", "s/b": "100"])
                    #expect(events < 40, "nothing was coalesced")
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func progressIsReportedOnRequest(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("p", "0").revision
                    var options = WatchOptions()
                    options.reportsProgress = true
                    var batches = client.watch(.key("p"), from: first, options: options).makeAsyncIterator()
                    _ = try await batches.next()
                    let later = try await client.put("elsewhere", "0").revision
                    client.requestWatchProgress()
                    if backend == .embedded {
                        let batch = try #require(try await batches.next())
                        #expect(batch.events.isEmpty && batch.revision == later)
                    } else {
                        // Both of these etcds may report progress ahead of events: their reports are not passed on.
                        let last = try await client.put("p", "1").revision
                        let batch = try #require(try await batches.next())
                        #expect(batch.events.map(\.keyValue.modRevision) == [last])
                    }
                }
            }
        }

        @Test func etcdReportsProgressOfAQuietWatchByItself() async throws {
            var options = EtcdProcess.Options()
            options.release = .v3_5
            options.arguments = ["--experimental-watch-progress-notify-interval=200ms"]
            try await withEtcd(options) { etcd in
                try await withClient(EtcdClient.Endpoint(etcd.endpoint)) { client in
                    let first = try await client.put("p", "0").revision
                    var options = WatchOptions()
                    options.reportsProgress = true
                    var batches = client.watch(.key("p"), from: first, options: options).makeAsyncIterator()
                    _ = try await batches.next()
                    let later = try await client.put("elsewhere", "0").revision
                    var bookmark = first
                    while bookmark < later {
                        let batch = try #require(try await batches.next())
                        #expect(batch.events.isEmpty)
                        bookmark = batch.revision
                    }
                    #expect(bookmark == later)
                }
            }
        }

        @Test func theWatchEventByEvent() async throws {
            try await withEmbeddedServer { endpoint in
                try await withClient(endpoint) { client in
                    let made = try await client.transaction(Transaction(success: [.put("e/1", "a"), .put("e/2", "b")]))
                    try await client.put("e/3", "c")
                    var keys: [Key] = []
                    for try await event in client.watch(.prefix("e/"), from: made.revision).events {
                        keys.append(event.keyValue.key)
                        if keys.count == 3 { break }
                    }
                    #expect(keys == ["e/1", "e/2", "e/3"])
                }
            }
        }

        /// Opens watches, a thousand at a time, has each hear of a revision, and lets go of them.
        private func openAndCancel(_ count: Int, on client: EtcdClient, from revision: Revision) async throws {
            for _ in 0..<count / 1_000 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<1_000 {
                        group.addTask {
                            for try await batch in client.watch(.key("key"), from: revision) {
                                #expect(batch.events.count == 1)
                                break
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test func tenThousandWatchesLeaveNothingBehindOnEtcd() async throws {
            try await withEtcd { etcd in
                try await withClient(EtcdClient.Endpoint(etcd.endpoint)) { client in
                    let revision = try await client.put("key", "value").revision
                    func liveBytesAfter(_ count: Int) async throws -> Int {
                        try await self.openAndCancel(count, on: client, from: revision)
                        try await eventually("no watcher and no stream on the server") {
                            let watchers = try await etcd.metric("etcd_debugging_mvcc_watcher_total")
                            let streams = try await etcd.metric("etcd_debugging_mvcc_watch_stream_total")
                            return watchers == 0 && streams == 0
                        }
                        return HeapUse.liveBytes
                    }
                    // The first time tables and pools grow to their size.
                    let before = try await liveBytesAfter(2_000)
                    let growth = try await liveBytesAfter(10_000) - before
                    print("10,000 watches opened and cancelled left \(growth) bytes behind in the client")
                    // It comes and goes by a hundred thousand. A watch that stayed would take a kilobyte and more.
                    #expect(growth < 500_000)
                    #expect(client.watchStatistics.watches == 0)
                    #expect(client.watches.liveSubscriptions == 0)
                    #expect(client.transport.connectionsMade == 1)
                }
            }
        }

        @Test func tenThousandWatchesLeaveNothingBehindOnTheEmbeddedStore() async throws {
            try await withTemporaryFolder { folder in
                let server = try EtcdServer(
                    configuration: .init(dataDirectory: folder, host: "127.0.0.1", port: 0), logger: .quiet)
                let running = Task { try await server.run() }
                let address = try await server.listeningAddress
                try await withClient(.init(host: address.host, port: address.port)) { client in
                    let revision = try await client.put("key", "value").revision
                    var kept = client.watch(.key("key"), from: revision).makeAsyncIterator()
                    _ = try await kept.next()
                    // Beside a watch that stays, so that the stream does not close and each has to be cancelled.
                    try await self.openAndCancel(10_000, on: client, from: revision)
                    try await eventually("one watcher left on the server") {
                        let counts = server.watchCounts
                        return counts.watchers == 1 && counts.streams == 1
                    }
                    try await client.put("key", "more")
                    let batch = try #require(try await kept.next())
                    #expect(batch.events.map(\.keyValue.value) == ["more"])
                }
                running.cancel()
                _ = await running.result
            }
        }

        /// The create is on its way when nobody wants the watch any more.
        @Test func aCancelThatRacesWithCreatedIsSent() async throws {
            try await withTemporaryFolder { folder in
                let server = try EtcdServer(
                    configuration: .init(dataDirectory: folder, host: "127.0.0.1", port: 0), logger: .quiet)
                let running = Task { try await server.run() }
                let port = try await server.listeningAddress.port
                try await FaultProxy.with(targetPort: port) { proxy in
                    try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { client in
                        let revision = try await client.put("key", "value").revision
                        var kept = client.watch(.key("key"), from: revision).makeAsyncIterator()
                        _ = try await kept.next()
                        try await proxy.apply(.delay(milliseconds: 20))
                        for _ in 0..<10 {
                            let watch = Task {
                                for try await _ in client.watch(.key("key"), from: revision.next) {}
                            }
                            try await Task.sleep(for: .milliseconds(10))
                            watch.cancel()
                        }
                        try await proxy.resume()
                        try await client.put("key", "more")
                        _ = try await kept.next()
                        try await eventually("one watcher left on the server") { server.watchCounts.watchers == 1 }
                    }
                }
                running.cancel()
                _ = await running.result
            }
        }
    }
}
