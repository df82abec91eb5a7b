import EtcdTransport
import NIOCore
import TestSupport
import Testing

@testable import EtcdClient

extension RealServers {
    /// Several endpoints: calls go to those that are there, in turn; watches stay where they are.
    @Suite struct BalancingTests {
        /// Lends a client of one store that can be reached in three ways.
        private func withThreeWays(_ body: (EtcdClient, [FaultProxy]) async throws -> Void) async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { first in
                    try await FaultProxy.with(targetPort: server.port) { second in
                        try await FaultProxy.with(targetPort: server.port) { third in
                            let ways = [first, second, third]
                            let endpoints = try ways.map { try EtcdClient.Endpoint($0.endpoint) }
                            try await withClient(
                                endpoints[0], endpoints[1], endpoints[2],
                                configure: { $0.dialTimeout = .seconds(2) },
                                { client in
                                    try await self.connectAll(client, ways: 3)
                                    try await body(client, ways)
                                })
                        }
                    }
                }
            }
        }

        private func connectAll(_ client: EtcdClient, ways: Int) async throws {
            try await eventually("connections to all") { try await self.connections(client).count == ways }
        }

        /// Where the next calls would go.
        private func connections(_ client: EtcdClient, calls: Int = 6) async throws -> [String: Int] {
            var counts: [String: Int] = [:]
            for _ in 0..<calls {
                let connection = try await client.transport.connection(deadline: .now() + .seconds(5))
                counts["\(connection.endpoint)", default: 0] += 1
            }
            return counts
        }

        @Test func callsTakeTheEndpointsInTurn() async throws {
            try await self.withThreeWays { client, ways in
                let counts = try await self.connections(client, calls: 30)
                #expect(counts.values.sorted() == [10, 10, 10])
                #expect(ways.map(\.acceptedConnections) == [1, 1, 1])
                #expect(client.transport.connectionsMade == 3)
            }
        }

        @Test func whatIsLostIsLeftOutAndComesBack() async throws {
            try await self.withThreeWays { client, ways in
                try await ways[1].refuse()
                // Not one fails: a read finds another way.
                for number in 0..<20 { _ = try await client.get(Key("\(number)")) }
                let counts = try await self.connections(client)
                #expect(Set(counts.keys) == [ways[0].endpoint, ways[2].endpoint])
                try await ways[1].resume()
                // Calls are what it takes.
                try await eventually("the way back") {
                    _ = try await client.get("a")
                    return try await self.connections(client).count == 3
                }
            }
        }

        @Test func aServerThatCannotServeIsLeftOutForAWhile() async throws {
            try await self.withThreeWays { client, ways in
                let connection = try await client.transport.connection(deadline: .now() + .seconds(5))
                client.transport.avoid(connection)
                let counts = try await self.connections(client)
                #expect(counts.count == 2)
                #expect(counts["\(connection.endpoint)"] == nil)
                try await self.connectAll(client, ways: 3)
                #expect(ways.map(\.acceptedConnections).sorted() == [1, 1, 2])
            }
        }

        @Test func aWatchStaysWhereItIs() async throws {
            try await self.withThreeWays { client, ways in
                let start = try await client.put("a", "0").revision
                var batches = client.watch(.key("a"), from: start).makeAsyncIterator()
                _ = try await batches.next()
                for number in 0..<30 { _ = try await client.get(Key("\(number)")) }
                #expect(client.watchStatistics.interruptions == 0)
                // A cut concerns it only where it is; then it goes to another, which is not cut any more.
                for way in ways where client.watchStatistics.interruptions == 0 {
                    let before = way.acceptedConnections
                    way.cut()
                    // Calls are what it takes.
                    try await eventually("the way back") {
                        _ = try await client.get("a")
                        return way.acceptedConnections > before
                    }
                    try await self.connectAll(client, ways: 3)
                }
                let last = try await client.put("a", "1").revision
                let batch = try #require(try await batches.next())
                #expect(batch.events.map(\.keyValue.modRevision) == [last])
                for number in 0..<30 { _ = try await client.get(Key("\(number)")) }
                #expect(client.watchStatistics.interruptions == 1)
            }
        }

        @Test func failoverKeepsToOneEndpoint() async throws {
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { first in
                    try await FaultProxy.with(targetPort: server.port) { second in
                        try await withClient(
                            EtcdClient.Endpoint(first.endpoint), EtcdClient.Endpoint(second.endpoint),
                            configure: { $0.balancing = .failover },
                            { client in
                                for number in 0..<10 { _ = try await client.get(Key("\(number)")) }
                                #expect(first.acceptedConnections == 1)
                                #expect(second.acceptedConnections == 0)
                            })
                    }
                }
            }
        }
    }
}
