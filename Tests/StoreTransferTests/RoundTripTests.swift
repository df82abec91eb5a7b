import EtcdClient
import Foundation
import TestSupport
import Testing

@testable import StoreTransfer

extension StoreTransferTests {
    @Suite(.serialized) struct RoundTripTests {
        /// Every kind once as the source and once as the target.
        @Test(arguments: [
            (StoreKind.embedded, StoreKind.etcd35), (.etcd35, .etcd34), (.etcd34, .embedded),
        ])
        func `an export and its import keep every key, value and lease`(from: StoreKind, to: StoreKind) async throws {
            try await withTemporaryFolder { folder in
                let file = "\(folder)/keys"
                let (before, revision) = try await from.with { endpoint in
                    try await withClient(endpoint) { client in
                        try await TestKeys.awkward(client)
                        let lease = try await client.grantLease(ttl: .seconds(600))
                        for key in ["leased/a", "leased/b"] { try await client.put(Key(key), "x", lease: lease.id) }
                        let report = try await StoreExport(of: client, patience: .brief).write(to: file)
                        #expect(report.keys == 262)
                        #expect(report.leases == 1)
                        #expect(report.keysOnLeases == 2)
                        return (try await contents(of: client), report.revision)
                    }
                }
                try await to.with { endpoint in
                    try await withClient(endpoint) { client in
                        let report = try await StoreImport(into: client, patience: .brief).copy(from: .file(file))
                        #expect(report.sourceRevision == revision)
                        #expect(report.verified == 262)
                        #expect(report.written == 262)
                        #expect(report.leases == 1)
                        #expect(try await contents(of: client) == before)
                        let lease = try #require(try await client.get("leased/a")?.lease)
                        #expect(try await client.leaseTimeToLive(lease, includesKeys: true).keys.count == 2)
                        #expect(try await client.leaseTimeToLive(lease).granted == .seconds(600))
                        // Once more: nothing to do.
                        let again = try await StoreImport(into: client, patience: .brief).copy(from: .file(file))
                        #expect(again.written == 0)
                        #expect(again.alreadyThere == 262)
                    }
                }
            }
        }

        @Test(arguments: [(StoreKind.etcd35, StoreKind.embedded), (.embedded, .etcd34)])
        func `twenty thousand keys go from store to store as of one revision while others write`(
            from: StoreKind, to: StoreKind
        ) async throws {
            try await from.with { fromEndpoint in
                try await to.with { toEndpoint in
                    try await withClient(fromEndpoint) { source in
                        try await TestKeys.many(20_000, source)
                        let before = try await source.range(.all)
                        let report = try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask {
                                for number in 0..<500 {
                                    try await source.put(TestKeys.key(19_999 - number), "changed meanwhile")
                                }
                            }
                            let report = try await withClient(toEndpoint) { target in
                                try await StoreImport(into: target, patience: .brief).copy(
                                    from: .store(source, prefix: Key([]), revision: before.revision))
                            }
                            try await group.waitForAll()
                            return report
                        }
                        #expect(report.verified == 20_000)
                        let after = try await withClient(toEndpoint) { try await contents(of: $0) }
                        #expect(after.map(\.value) == before.keyValues.map(\.value))
                        #expect(after.map(\.key) == before.keyValues.map(\.key))
                    }
                }
            }
        }

        @Test func `a prefix is exported and nothing beside it`() async throws {
            try await StoreKind.embedded.with { endpoint in
                try await withTemporaryFolder { folder in
                    try await withClient(endpoint) { client in
                        for key in ["a", "a/", "a/1", "a/2", "a0", "b"] { try await client.put(Key(key), "x") }
                        let report = try await StoreExport(of: client, prefix: "a/", patience: .brief)
                            .write(to: "\(folder)/keys")
                        #expect(report.keys == 3)
                        // Importing it leaves what is beside it alone, also when it replaces.
                        try await client.delete(.key("a/1"))
                        try await client.put("a/3", "not in the file")
                        let replaced = try await StoreImport(into: client, conflicts: .replace, patience: .brief)
                            .copy(from: .file("\(folder)/keys"))
                        #expect(replaced.written == 1)
                        #expect(replaced.deleted == 1)
                        #expect(
                            try await contents(of: client).map(\.key.string) == ["a", "a/", "a/1", "a/2", "a0", "b"])
                    }
                }
            }
        }

        @Test func `a target with other keys is refused, merged or replaced as asked`() async throws {
            try await StoreKind.embedded.with { fromEndpoint in
                try await StoreKind.etcd35.with { toEndpoint in
                    try await withClient(fromEndpoint) { source in
                        try await withClient(toEndpoint) { target in
                            for key in ["a", "b", "c"] { try await source.put(Key(key), "source") }
                            try await target.put("b", "target")
                            try await target.put("z", "target")
                            let all = TransferSource.store(source, prefix: Key([]), revision: nil)
                            let refusal = await expectTransferError(.occupied) {
                                _ = try await StoreImport(into: target, patience: .brief).copy(from: all)
                            }
                            #expect(refusal?.message.contains("\"b\" has another value") == true)
                            #expect(refusal?.message.contains("\"z\" is not in the source") == true)
                            #expect(try await target.range(.all).count == 2, "a refused import wrote something")

                            let merged = try await StoreImport(into: target, conflicts: .merge, patience: .brief)
                                .copy(from: all)
                            #expect(merged.verified == 3)
                            #expect(try await target.get("z")?.value == "target")

                            let replaced = try await StoreImport(into: target, conflicts: .replace, patience: .brief)
                                .copy(from: all)
                            #expect(replaced.deleted == 1)
                            #expect(try await contents(of: target) == contents(of: source))
                        }
                    }
                }
            }
        }
    }
}
