import EtcdClient

/// Put, watch, lease and lock, in order: `swift run etcd-tour [http://127.0.0.1:2379]`.
@main
enum Tour {
    static func main() async throws {
        let endpoints = CommandLine.arguments.dropFirst().first ?? "http://127.0.0.1:2379"
        let client = EtcdClient(try .init(endpoints: endpoints))
        do {
            try await self.put(client)
            try await self.watch(client)
            try await self.lease(client)
            try await self.lock(client)
        } catch {
            await client.close()
            throw error
        }
        await client.close()
    }

    static func put(_ client: EtcdClient) async throws {
        let written = try await client.put("tour/greeting", "hello")
        let greeting = try await client.get("tour/greeting")
        print("put: \(greeting?.value.string ?? "nothing") at revision \(written.revision)")
    }

    /// A snapshot, then every change after it: nothing is missed in between.
    static func watch(_ client: EtcdClient) async throws {
        let snapshot = try await client.range(.prefix("tour/"))
        print("watch: \(snapshot.count) keys at revision \(snapshot.revision)")
        try await client.put("tour/greeting", "goodbye")
        for try await batch in client.watch(.prefix("tour/"), from: snapshot.revision.next) {
            for event in batch.events {
                print("watch: \(event.keyValue.key) is \(event.keyValue.value) at \(event.keyValue.modRevision)")
            }
            break
        }
    }

    /// A key that is there for as long as somebody renews its lease.
    static func lease(_ client: EtcdClient) async throws {
        let lease = try await client.grantLease(ttl: .seconds(5))
        try await client.put("tour/here", "1", lease: lease.id)
        let keeper = client.keepAlive(lease)
        let renewing = Task { try await keeper.run() }
        print("lease: \(keeper.state), of \(try await client.leaseTimeToLive(lease.id).granted)")
        renewing.cancel()
        try await client.revokeLease(lease.id)
        print("lease: the key is \(try await client.get("tour/here") == nil ? "gone" : "still there")")
    }

    /// One at a time, and a proof of it for what must not go wrong.
    static func lock(_ client: EtcdClient) async throws {
        try await client.withLock("tour/lock", ttl: .seconds(5)) { token in
            try await token.put("tour/greeting", "only while the lock is ours")
            print("lock: held")
        }
        print("lock: \(try await client.get("tour/greeting")?.value.string ?? "nothing")")
    }
}
