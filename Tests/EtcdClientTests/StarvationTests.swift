import EtcdClient
import EtcdServer
import Logging
import TestSupport
import Testing

extension RealServers {
    /// Semantics 2.10: nothing waits behind what is large or slow.
    @Suite struct StarvationTests {
        /// etcd issue 15402: a server that schedules its streams badly lets large answers starve the watches beside them.
        @Test func aWatchIsServedBesideLargeAnswers() async throws {
            try await withTemporaryFolder { folder in
                let certificates = try await TestCertificates(folder: folder)
                let server = try EtcdServer(
                    configuration: .init(
                        dataDirectory: "\(folder)/store", host: "127.0.0.1", port: 0,
                        tls: .init(
                            certificateFile: certificates.serverCertificate, privateKeyFile: certificates.serverKey)),
                    logger: .quiet)
                let running = Task { try await server.run() }
                defer { running.cancel() }
                try await withClient(
                    EtcdClient.Endpoint(host: "localhost", port: try await server.listeningAddress.port, usesTLS: true),
                    configure: {
                        $0.tls = .init(caFile: certificates.authority)
                        $0.requestTimeout = .seconds(60)
                    },
                    { client in
                        let value = Value([UInt8](repeating: 7, count: 500_000))
                        for number in 0..<4 { try await client.put(Key("large/\(number)"), value) }
                        let start = try await client.put("small", "0").revision
                        var batches = client.watch(.key("small"), from: start.next).makeAsyncIterator()
                        let reads = Shared(0)
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<4 {
                                group.addTask {
                                    while !Task.isCancelled {
                                        _ = try await client.range(.prefix("large/"))
                                        reads.update { $0 += 1 }
                                    }
                                }
                            }
                            // Each put is heard while the reads go on.
                            for number in 1...10 {
                                try await client.put("small", Value("\(number)"))
                                let batch = try #require(try await batches.next())
                                #expect(batch.events.map(\.keyValue.value) == [Value("\(number)")])
                            }
                            try await eventually("reads besides") { reads.get() >= 4 }
                            group.cancelAll()
                            while let _ = try? await group.next() {}
                        }
                    })
                running.cancel()
                _ = await running.result
            }
        }

        @Test func aLeaseIsKeptWhileAWatchIsNotRead() async throws {
            try await withEmbeddedServer { server in
                try await withClient(server) { writer in
                    try await withClient(server) { client in
                        let start = try await writer.put("w", "0").revision
                        // One batch is taken, and the rest waits, more than the buffer holds.
                        var options = WatchOptions()
                        options.buffer = WatchBufferOptions(.backPressure, events: 4)
                        var batches = client.watch(.key("w"), from: start, options: options).makeAsyncIterator()
                        _ = try await batches.next()
                        let keeper = client.keepAlive(try await client.grantLease(ttl: .seconds(3)))
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask { try await keeper.run() }
                            for number in 1...50 { try await writer.put("w", Value("\(number)")) }
                            try await eventually("the watch standing aside") { client.watchStatistics.parked == 1 }
                            // Beyond a second life of the lease.
                            try await eventually("renewals") {
                                keeper.lease.requested.duration(to: keeper.deadline) > .seconds(6)
                            }
                            #expect(keeper.state == .alive)
                            group.cancelAll()
                            while let _ = try? await group.next() {}
                        }
                        var last: Value?
                        while last != "50" {
                            let batch = try #require(try await batches.next())
                            last = batch.events.last?.keyValue.value
                        }
                    }
                }
            }
        }
    }
}
