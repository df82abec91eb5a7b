import EtcdTransport
import Logging
import NIOCore
import TestSupport
import Testing

@testable import EtcdClient

extension RealServers {
    @Suite struct ConnectionTests {
        @Test func theNextEndpointServesWhenTheFirstIsGone() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { first in
                    try await FaultProxy.with(targetPort: server.port) { second in
                        try await withClient(
                            EtcdClient.Endpoint(first.endpoint), EtcdClient.Endpoint(second.endpoint),
                            configure: { $0.balancing = .failover }
                        ) { client in
                            let start = try await client.put("a", "0").revision
                            #expect(first.acceptedConnections == 1)
                            #expect(second.acceptedConnections == 0)
                            var batches = client.watch(.key("a"), from: start.next).makeAsyncIterator()

                            try await first.refuse()
                            // A read is tried again when the connection turns out to be gone; a write would not be.
                            _ = try await client.get("a")
                            try await client.put("a", "1")
                            let batch = try #require(try await batches.next())
                            #expect(batch.events.map(\.keyValue.value) == ["1"])
                            #expect(second.acceptedConnections == 1)

                            try await second.refuse()
                            try await first.resume()
                            let found = try await client.get("a")
                            #expect(found?.value == "1")
                        }
                    }
                }
            }
        }

        @Test func anEndpointThatAcceptsAndSaysNothingIsPassedOver() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { silent in
                    silent.goSilent()
                    try await withClient(
                        EtcdClient.Endpoint(silent.endpoint), server,
                        configure: {
                            $0.balancing = .failover
                            $0.dialTimeout = .seconds(1)
                        },
                        { client in
                            try await client.put("a", "1")
                            #expect(silent.acceptedConnections == 1)
                        })
                }
            }
        }

        @Test func aCallWithoutAServerSaysSoWhenItsTimeIsUp() async throws {
            let port = try FreePort.next()
            try await withClient(
                EtcdClient.Endpoint(host: "127.0.0.1", port: port),
                configure: { $0.requestTimeout = .seconds(1) },
                { client in
                    let error = await expectError(.unavailable) { try await client.put("a", "1") }
                    #expect(error?.mayHaveHappened == false)
                    #expect(error?.endpoint == "http://127.0.0.1:\(port)")
                    #expect(error?.message.contains("refused") == true, "\(error?.message ?? "")")
                })
        }

        @Test func aCallWithoutAnAnswerEndsAtItsDeadline() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint), configure: { $0.requestTimeout = .milliseconds(400) },
                        { client in
                            try await eventually("a connection") { try await client.get("a") == nil }
                            proxy.goSilent()
                            let write = await expectError(.deadlineExceeded) { try await client.put("a", "1") }
                            #expect(write?.mayHaveHappened == true)
                            let read = await expectError(.deadlineExceeded) { _ = try await client.get("a") }
                            #expect(read?.mayHaveHappened == false)
                        })
                }
            }
        }

        @Test func pingsFindADeadConnection() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint),
                        configure: {
                            $0.keepaliveInterval = .milliseconds(200)
                            $0.keepaliveTimeout = .milliseconds(200)
                        },
                        { client in
                            try await eventually("a connection") { try await client.get("a") == nil }
                            let before = proxy.acceptedConnections
                            proxy.goSilent()
                            try await proxy.resume()
                            try await eventually("the client leaving the dead connection") {
                                _ = try await client.get("a")
                                return proxy.acceptedConnections > before
                            }
                        })
                }
            }
        }

        @Test func aCallWithoutAnAnswerMakesTheClientDoubtItsConnection() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint),
                        configure: {
                            $0.requestTimeout = .milliseconds(500)
                            // Its turn would come after 6 s only.
                            $0.keepaliveInterval = .seconds(6)
                            $0.keepaliveTimeout = .milliseconds(200)
                        },
                        { client in
                            try await eventually("a connection") { try await client.get("a") == nil }
                            let before = proxy.acceptedConnections
                            proxy.goSilent()
                            try await proxy.resume()
                            try await eventually("the client leaving the dead connection") {
                                _ = try await client.get("a")
                                return proxy.acceptedConnections > before
                            }
                        })
                }
            }
        }

        @Test func connectionsThatAreAvoidedCloseWithTheirLastCall() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    let endpoint = try EtcdClient.Endpoint(proxy.endpoint)
                    try await withClient(endpoint, endpoint, configure: { $0.balancing = .failover }) { client in
                        let start = try await client.put("a", "1").revision
                        var batches = client.watch(.key("a"), from: start).makeAsyncIterator()
                        _ = try await batches.next()
                        for _ in 0..<10 {
                            let connection = try await client.transport.connection(deadline: .now() + .seconds(5))
                            client.transport.avoid(connection)
                            _ = try await client.get("a")
                        }
                        #expect(client.transport.connectionsMade == 11)
                        // The watch holds the first, the calls use the last.
                        try await eventually("the others closing") { proxy.openConnections == 2 }
                        try await client.put("a", "2")
                        let batch = try #require(try await batches.next())
                        #expect(batch.events.map(\.keyValue.value) == ["2"])
                    }
                }
            }
        }

        @Test func aCancelledCallEndsAtOnceAndTheConnectionGoesOn() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { client in
                        _ = try await client.get("a")
                        for _ in 0..<300 {
                            let call = Task { try await client.get("a") }
                            call.cancel()
                            // Either it was through already, or it ends by the cancellation.
                            do { _ = try await call.value } catch is CancellationError {}
                        }
                        _ = try await client.get("a")
                        #expect(proxy.acceptedConnections == 1)
                    }
                }
            }
        }

        @Test func aClosedClientRefusesCallsAndEndsWatches() async throws {
            try await withEmbeddedServer { server in
                try await withClient(server) { client in
                    let start = try await client.put("a", "1").revision
                    var batches = client.watch(.key("a"), from: start).makeAsyncIterator()
                    _ = try await batches.next()
                    await client.close()
                    await expectError(.clientClosed) { _ = try await client.get("a") }
                    await expectError(.clientClosed) { _ = try await batches.next() }
                }
            }
        }

        @Test func aWriteWhoseAnswerIsLostIsNotDoneTwice() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { client in
                        try await client.put("count", "0")
                        var done = 0
                        var doubtful = 0
                        for number in 0..<200 {
                            async let cut: Void = number % 10 == 0 ? proxy.cut() : ()
                            do {
                                try await client.put("count", Value("\(number)"))
                                done += 1
                            } catch let error as EtcdError where error.mayHaveHappened {
                                doubtful += 1
                            }
                            await cut
                        }
                        let version = try #require(try await client.get("count")).version - 1
                        #expect(version >= done)
                        #expect(version <= Int64(done + doubtful))
                    }
                }
            }
        }

        @Test func closingDoesNotWaitForADial() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { silent in
                    silent.goSilent()
                    try await withClient(
                        EtcdClient.Endpoint(silent.endpoint),
                        configure: {
                            $0.dialTimeout = .seconds(60)
                            $0.requestTimeout = .seconds(60)
                        },
                        { client in
                            let call = Task { try await client.get("a") }
                            try await eventually("the dial") { silent.acceptedConnections == 1 }
                            let start = ContinuousClock.now
                            await client.close()
                            #expect(start.duration(to: .now) < .seconds(5))
                            await expectError(.clientClosed) { _ = try await call.value }
                            try await eventually("the dialled connection closing") { silent.openConnections == 0 }
                        })
                }
            }
        }

        @Test func aNameStandsForSeveralServers() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { silent in
                    try await FaultProxy.with(targetPort: server.port) { live in
                        silent.goSilent()
                        let refusing = try FreePort.next()
                        let ports = [refusing, silent.port, live.port]
                        var configuration = GRPCClient.Configuration(
                            endpoints: [GRPCEndpoint(host: "etcd.test", port: 2379, usesTLS: false)])
                        configuration.connection.dialTimeout = .milliseconds(500)
                        configuration.resolver = NameResolver { name, _ in
                            #expect(name == "etcd.test")
                            return try ports.map { try SocketAddress(ipAddress: "127.0.0.1", port: $0) }
                        }
                        let client = GRPCClient(configuration, logger: .quiet)
                        // The first refuses, the second accepts and says nothing, the third serves.
                        _ = try await client.connection(deadline: .now() + .seconds(10))
                        #expect(silent.acceptedConnections == 1)
                        #expect(live.acceptedConnections == 1)
                        // When it is lost, the next address is tried before it.
                        live.cut()
                        try await eventually("the loss") { live.openConnections == 0 }
                        try await silent.resume()
                        try await eventually("another connection") {
                            _ = try await client.connection(deadline: .now() + .seconds(10))
                            return silent.acceptedConnections + live.acceptedConnections > 2
                        }
                        await client.close()
                    }
                }
            }
        }

        @Test func theNamesOfThisMachineAreFound() async throws {
            try await withEmbeddedServer { server in
                // It listens on one of the addresses that the name may stand for.
                try await withClient(.init(host: "localhost", port: server.port)) { client in
                    try await client.put("a", "1")
                }
                try await withClient(
                    .init(host: "no-such-name.invalid", port: server.port),
                    configure: { $0.requestTimeout = .seconds(1) },
                    { client in
                        let error = await expectError(.unavailable) { try await client.put("a", "1") }
                        #expect(error?.message.contains("no-such-name.invalid") == true)
                        #expect(error?.attempts == 0)
                    })
            }
        }
    }
}
