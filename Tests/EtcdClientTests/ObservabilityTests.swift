import EtcdTransport
import EtcdWire
import InMemoryTracing
import Logging
import MetricsTestKit
import NIOCore
import ServiceLifecycle
import TestSupport
import Testing
import Tracing

@testable import EtcdClient

extension RealServers {
    @Suite struct ObservabilityTests {
        @Test func callsConnectionsWatchesAndLeasesAreCounted() async throws {
            let metrics = TestMetrics()
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint), configure: { $0.metricsFactory = metrics },
                        { client in
                            let start = try await client.put("a", "1").revision
                            try await client.put("a", "2")
                            await expectError(.leaseNotFound) {
                                try await client.put("a", "3", lease: LeaseID(4711))
                            }
                            _ = try await client.get("a")
                            for try await batch in client.watch(.key("a"), from: start) {
                                if batch.events.last?.keyValue.value == "2" { break }
                            }
                            // A read is sent again after the connection is lost.
                            try await proxy.refuse()
                            async let read = client.get("a")
                            try await eventually("the read being tried") {
                                try await Task.sleep(for: .milliseconds(100))
                                return true
                            }
                            try await proxy.resume()
                            _ = try await read
                            let lease = try await client.grantLease(ttl: .seconds(3))
                            let keeper = client.keepAlive(lease)
                            try await client.revokeLease(lease.id)
                            try await keeper.run()
                        })
                }
            }
            let put = "etcdserverpb.KV/Put"
            func total(_ label: String, _ dimensions: [(String, String)] = []) -> Int64 {
                metrics.counterTotal(label: label, dimensions: dimensions)
            }
            #expect(total("etcd.client.calls", [("method", put), ("code", "ok")]) == 2)
            #expect(total("etcd.client.calls", [("method", put), ("code", "leaseNotFound")]) == 1)
            #expect(total("etcd.client.calls", [("method", "etcdserverpb.KV/Range"), ("code", "ok")]) >= 2)
            let timer = try metrics.expectTimer("etcd.client.call.duration", [("method", put)])
            #expect(timer.values.count == 3)
            #expect(timer.values.allSatisfy { $0 > 0 })
            #expect(total("etcd.client.connections") == 2)
            #expect(total("etcd.client.watch.events") == 2)
            #expect(total("etcd.client.lease.states", [("state", "lost")]) == 1)
        }

        @Test func retriesAndInterruptionsAreCounted() async throws {
            let metrics = TestMetrics()
            try await withEmbeddedServer { server in
                try await FaultProxy.with(targetPort: server.port) { proxy in
                    try await withClient(
                        EtcdClient.Endpoint(proxy.endpoint), configure: { $0.metricsFactory = metrics },
                        { client in
                            let start = try await client.put("a", "1").revision
                            var batches = client.watch(.key("a"), from: start.next).makeAsyncIterator()
                            async let batch = batches.next()
                            // Cut under way: until it has hit a read that was sent.
                            try await eventually("a read being sent again") {
                                async let read = client.get("a")
                                proxy.cut()
                                _ = try await read
                                return metrics.counterTotal(label: "etcd.client.call.retries") > 0
                            }
                            try await client.put("a", "2")
                            #expect(try await batch?.events.count == 1)
                            #expect(metrics.counterTotal(label: "etcd.client.watch.interruptions") > 0)
                        })
                }
            }
        }

        @Test func aCallIsASpanWithItsAttemptsAndItsError() async throws {
            let tracer = InMemoryTracer()
            try await withEmbeddedServer { server in
                try await withClient(server, configure: { $0.tracer = tracer }) { client in
                    let parent = tracer.startSpan("a job")
                    _ = try await ServiceContext.withValue(parent.context) { try await client.put("a", "1") }
                    parent.end()
                    await expectError(.leaseNotFound) { try await client.put("a", "3", lease: LeaseID(4711)) }
                }
                let spans = tracer.finishedSpans
                let put = try #require(spans.first { $0.operationName == "etcdserverpb.KV/Put" })
                let job = try #require(spans.first { $0.operationName == "a job" })
                #expect(put.parentSpanID == job.spanID)
                #expect(put.traceID == job.traceID)
                #expect(put.kind == .client)
                #expect(put.attributes.get("rpc.system") == .string("grpc"))
                #expect(put.attributes.get("rpc.service") == .string("etcdserverpb.KV"))
                #expect(put.attributes.get("rpc.method") == .string("Put"))
                #expect(put.attributes.get("rpc.grpc.status_code") == .int64(0))
                #expect(put.attributes.get("server.port") == .int64(Int64(server.port)))
                #expect(put.events.map(\.name) == ["attempt"])
                let failed = try #require(spans.last { $0.operationName == "etcdserverpb.KV/Put" })
                #expect(failed.status?.code == .error)
                #expect(failed.attributes.get("rpc.grpc.status_code") == .int64(5))
                #expect(failed.errors.count == 1)
            }
        }

        @Test func theServerIsToldWhichTraceACallBelongsTo() async throws {
            let tracer = InMemoryTracer()
            let seen = Shared<[String]>([])
            try await withListeningPutService(seen) { endpoint in
                try await withClient(endpoint, configure: { $0.tracer = tracer }) { client in
                    try await client.put("a", "1")
                }
                try await withClient(endpoint) { client in
                    try await client.put("a", "1")
                }
            }
            let span = try #require(tracer.finishedSpans.first)
            #expect(seen.get() == [span.traceID, "none"])
        }

        @Test func nothingIsSetUpWhereNobodyListens() async throws {
            try await withClient(EtcdClient.Endpoint(host: "127.0.0.1", port: 1)) { client in
                #expect(client.context.instruments == nil)
                try Task.checkCancellation()
            }
        }

        @Test func theClientRunsAsAServiceAndEndsWithItsGroup() async throws {
            try await withEmbeddedServer { server in
                let client = EtcdClient(EtcdClient.Configuration(endpoints: [server]), logger: .quiet)
                let cache = client.cache(.all)
                let group = ServiceGroup(services: [client, cache], logger: .quiet)
                async let running: Void = group.run()
                let revision = try await client.put("a", "1").revision
                #expect(try await cache.get("a", atLeast: revision)?.value == "1")
                await group.triggerGracefulShutdown()
                try await running
                await expectError(.clientClosed) { try await client.put("a", "2") }
            }
        }
    }
}

/// Answers every put, and notes which trace it belongs to.
private func withListeningPutService(
    _ seen: Shared<[String]>, _ body: (EtcdClient.Endpoint) async throws -> Void
) async throws {
    struct PutService: GRPCService {
        let seen: Shared<[String]>

        func handler(for path: String) -> GRPCMethod? {
            .unary { [seen] _, info, reply in
                seen.update { $0.append(info.metadata("in-memory-trace-id") ?? "none") }
                reply.succeed(Etcdserverpb_PutResponse())
            }
        }

        func provides(service name: String) -> Bool { true }
    }
    let server = GRPCServer(
        address: .init(host: "127.0.0.1", port: 0), services: [PutService(seen: seen)], logger: .quiet)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        defer { group.cancelAll() }
        let port = try await server.listeningAddress.port
        try await body(EtcdClient.Endpoint(host: "127.0.0.1", port: port))
    }
}
