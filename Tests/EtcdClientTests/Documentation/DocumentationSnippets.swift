import EtcdClient

/// The code of the documentation, line by line, so that it compiles; ``DocumentationTests`` sees to it that this is so, and
/// runs most of it.
enum DocumentationSnippets {
    static func landingPage() async throws {
        let client = EtcdClient(try .init(endpoints: "http://127.0.0.1:2379"))
        try await client.put("hall/light", "on")
        for try await batch in client.watch(.prefix("hall/")) {
            for event in batch.events { print(event.keyValue.key, event.keyValue.value) }
        }
    }

    static func close() async throws {
        let client = EtcdClient(try .init(endpoints: "http://127.0.0.1:2379"))
        await client.close()
    }

    static func putAndRead(_ client: EtcdClient) async throws -> RangeResult {
        let written = try await client.put("hall/light", "on")
        print("revision \(written.revision)")
        if let light = try await client.get("hall/light") {
            print("\(light.key) is \(light.value), changed \(light.version) times")
        }
        let hall = try await client.range(.prefix("hall/"))
        return hall
    }

    static func transaction(_ client: EtcdClient) async throws -> Bool {
        let result = try await client.transaction(
            Transaction(
                compares: [.value(of: "hall/light", .equal, "on")],
                success: [.put("hall/light", "off")],
                failure: [.range(.key("hall/light"))]))
        print(result.succeeded ? "switched off" : "somebody was faster")
        return result.succeeded
    }

    static func atomically(_ client: EtcdClient) async throws {
        try await client.atomically { step in
            let count = Int(try await step.get("visits")?.string ?? "0") ?? 0
            step.put("visits", Value("\(count + 1)"))
        }
    }

    static func watch(_ client: EtcdClient) async throws {
        let snapshot = try await client.range(.prefix("hall/"))
        var lights = snapshot.keyValues
        for try await batch in client.watch(.prefix("hall/"), from: snapshot.revision.next) {
            for event in batch.events {
                lights.removeAll { $0.key == event.keyValue.key }
                if event.kind == .put { lights.append(event.keyValue) }
            }
        }
    }

    static func session(_ client: EtcdClient, _ work: @escaping @Sendable () async throws -> Void) async throws {
        try await client.withSession(ttl: .seconds(10)) { session in
            try await session.put("here/hall", "1")
            try await work()
        }
    }

    static func lock(_ client: EtcdClient) async throws {
        try await client.withLock("locks/album", ttl: .seconds(10)) { token in
            try await token.put("album/cover", "42")
        }
    }

    static func errors(_ client: EtcdClient) async throws {
        do {
            try await client.put("hall/light", "on")
        } catch let error as EtcdError where error.mayHaveHappened {
            print("no answer came; the light may be on: \(error)")
        } catch let error as EtcdError where error.code == .unavailable {
            print("no server: \(error)")
        }
    }

    static func condition(_ client: EtcdClient) async throws {
        let before = try await client.get("hall/light")
        let known = before?.modRevision ?? Revision(0)
        try await client.transaction(
            Transaction(
                compares: [.modRevision(of: "hall/light", .equal, known)],
                success: [.put("hall/light", "on")]))
    }

    static func compacted(
        _ client: EtcdClient, from revision: Revision, _ handle: (WatchBatch) -> Void,
        _ replace: (RangeResult) -> Void
    ) async throws {
        func replaceEverything(by snapshot: RangeResult) { replace(snapshot) }
        do {
            for try await batch in client.watch(.prefix("hall/"), from: revision) { handle(batch) }
        } catch let error as EtcdError where error.code == .compacted || error.code == .historyChanged {
            let snapshot = try await client.range(.prefix("hall/"))
            replaceEverything(by: snapshot)
        }
    }

    static func coalesce(_ client: EtcdClient, _ handle: (WatchBatch) -> Void) async throws {
        var options = WatchOptions()
        options.buffer = WatchBufferOptions(.coalesceByKey, events: 1_000)
        for try await batch in client.watch(.prefix("hall/"), options: options) { handle(batch) }
    }

    static func lease(_ client: EtcdClient) async throws {
        let lease = try await client.grantLease(ttl: .seconds(10))
        let keeper = client.keepAlive(lease)
        try await client.put("here/hall", "1", lease: lease.id)
        try await keeper.run()
        print("lost: \(keeper.state)")
    }

    static func fencing(_ client: EtcdClient) async throws {
        try await client.withLock("locks/album", ttl: .seconds(10)) { token in
            let change = Transaction(success: [.put("album/cover", "42"), .delete(.prefix("album/draft/"))])
            try await token.transaction(change)
        }
    }

    static func leadership(_ client: EtcdClient, _ work: @escaping @Sendable () async throws -> Void) async throws {
        try await client.withSession(ttl: .seconds(10)) { session in
            try await session.withLeadership(of: "publisher", value: "host-1") { leadership in
                try await leadership.token.put("publisher/state", "started")
                try await work()
            }
        }
    }

    struct Follower {
        let handle: (WatchBatch) -> Void
        let replace: (RangeResult) -> Void

        func replaceEverything(by snapshot: RangeResult) { self.replace(snapshot) }

        // A watch that survives whatever happens to the server, and says when it cannot.
        func follow(_ client: EtcdClient) async throws {
            var snapshot = try await client.range(.prefix("hall/"))
            while true {
                replaceEverything(by: snapshot)
                do {
                    for try await batch in client.watch(.prefix("hall/"), from: snapshot.revision.next) {
                        handle(batch)
                    }
                    return
                } catch let error as EtcdError where error.code == .compacted || error.code == .historyChanged {
                    snapshot = try await client.range(.prefix("hall/"))
                }
            }
        }
    }
}
