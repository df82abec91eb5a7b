import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct SessionTests {
        @Test(arguments: EtcdBackend.allCases)
        func keysLiveAsLongAsTheSession(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let lease = try await client.withSession(ttl: .seconds(30)) { session in
                        try await session.put("here", "1")
                        try await session.put("here", "2")
                        try await session.put("gone", "1")
                        try await session.delete("gone")
                        let found = try await client.get("here")
                        #expect(found?.value == "2")
                        #expect(found?.lease == session.lease)
                        #expect(try await client.get("gone") == nil)
                        return session.lease
                    }
                    #expect(try await client.get("here") == nil)
                    await expectError(.leaseNotFound) { _ = try await client.leaseTimeToLive(lease) }
                    struct Mishap: Error {}
                    await #expect(throws: Mishap.self) {
                        try await client.withSession(ttl: .seconds(30)) { session in
                            try await session.put("here", "1")
                            throw Mishap()
                        }
                    }
                    #expect(try await client.get("here") == nil)
                }
            }
        }

        /// Semantics 2.12: a lease that is lost is granted again, and its keys are put again.
        @Test(arguments: EtcdBackend.allCases)
        func aLostLeaseIsReplacedAndTheKeysArePutAgain(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.withSession(ttl: .seconds(2)) { session in
                        try await session.put("a", "1")
                        try await session.put("b", "2")
                        for _ in 0..<2 {
                            let lease = session.lease
                            try await client.revokeLease(lease)
                            try await eventually("the keys being back") {
                                let found = try await client.range(.all).keyValues
                                return found.map(\.value) == ["1", "2"] && found.allSatisfy { $0.lease != lease }
                            }
                        }
                        // A put while there is no lease waits for the next one.
                        let lease = session.lease
                        try await client.revokeLease(lease)
                        try await session.put("c", "3")
                        let found = try await client.get("c")
                        #expect(found?.lease != lease)
                        #expect(found?.lease == session.lease)
                    }
                    #expect(try await client.range(.all).keyValues == [])
                }
            }
        }

        @Test func aSessionThatMayNotGoOnSaysWhyAndCancelsItsBody() async throws {
            try await withEtcd { etcd in
                let endpoint = try EtcdClient.Endpoint(etcd.endpoint)
                try await withClient(endpoint) { client in
                    try await client.auth.addUser("root", password: "secret")
                    try await client.auth.addRole("root")
                    try await client.auth.grantRole("root", to: "root")
                    try await client.auth.addUser("alice", password: "sesame")
                    try await client.auth.addRole("hall")
                    try await client.auth.grant(Permission(.readWrite, .prefix("/hall:")), to: "hall")
                    try await client.auth.grantRole("hall", to: "alice")
                    try await client.auth.enable()
                }
                try await withClient(endpoint, configure: { $0.credentials = .init(user: "root", password: "secret") })
                {
                    root in
                    try await withClient(
                        endpoint, configure: { $0.credentials = .init(user: "alice", password: "sesame") }
                    ) { alice in
                        await expectError(.permissionDenied) {
                            try await alice.withSession(ttl: .seconds(3)) { session in
                                try await session.put("/hall:here", "1")
                                try await root.auth.revokePermission(on: .prefix("/hall:"), from: "hall")
                                try await root.revokeLease(session.lease)
                                try await Task.sleep(for: .seconds(60))
                            }
                        }
                    }
                }
            }
        }
    }
}
