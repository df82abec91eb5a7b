import EtcdTransport
import NIOCore
import TestSupport
import Testing

@testable import EtcdClient

extension RealServers {
    /// Semantics 2.7: etcd sends clients that ping too often away, with ENHANCE_YOUR_CALM.
    @Suite struct CalmTests {
        @Test(arguments: EtcdRelease.allCases)
        func aClientThatPingsTooOftenIsToldSoAndPingsHalfAsOften(release: EtcdRelease) async throws {
            var options = EtcdProcess.Options()
            options.release = release
            try await withEtcd(options) { etcd in
                try await withClient(
                    EtcdClient.Endpoint(etcd.endpoint),
                    configure: {
                        $0.keepaliveInterval = .milliseconds(50)
                        $0.keepaliveTimeout = .seconds(5)
                    },
                    { client in
                        let start = try await client.put("a", "0").revision
                        let watch = client.watch(.key("a"), from: start.next)
                        async let heard = watch.first { _ in true }
                        // Three times: etcd takes offence at pings within five seconds while it has nothing to say. The
                        // watch connects again each time.
                        try await eventually("being sent away again and again", within: .seconds(60)) {
                            client.transport.pingInterval >= .milliseconds(400)
                        }
                        #expect(client.transport.connectionsMade >= 3)
                        // Nobody who uses the client noticed.
                        let last = try await client.put("a", "1").revision
                        let batch = try #require(try await heard)
                        #expect(batch.events.map(\.keyValue.modRevision) == [last])
                    })
            }
        }
    }
}
