import EtcdClient
import Foundation
import TestSupport
import Testing

@testable import StoreTransfer

extension StoreTransferTests {
    @Suite(.serialized) struct RestoreTests {
        @Test func `a snapshot of the embedded store is restored with its revisions, history and leases`() async throws
        {
            try await withTemporaryFolder { folder in
                let file = "\(folder)/snapshot"
                let (before, old) = try await StoreKind.embedded.with { endpoint in
                    try await withClient(endpoint) { client in
                        try await TestKeys.awkward(client)
                        let old = try await client.put("twice", "first").revision
                        try await client.put("twice", "second")
                        let lease = try await client.grantLease(ttl: .seconds(600))
                        try await client.put("leased", "x", lease: lease.id)
                        let saved = try await photoctl(
                            ["store", "snapshot", file, "--endpoints", endpoint], folder: folder)
                        #expect(saved.status == 0, "\(saved.output)")
                        return (try await client.range(.all), old)
                    }
                }
                let checked = try await photoctl(["store", "restore", file, "--check"], folder: folder)
                #expect(checked.status == 0, "\(checked.output)")
                #expect(checked.output.contains("revision \(before.revision)"))
                let data = "\(folder)/restored"
                let restored = try await photoctl(["store", "restore", file, "--data", data], folder: folder)
                #expect(restored.status == 0, "\(restored.output)")
                try await withStoreProcess(data: data) { store in
                    try await withClient(store.endpoint) { client in
                        let after = try await client.range(.all)
                        #expect(after.keyValues == before.keyValues)
                        #expect(after.revision == before.revision)
                        #expect(after.clusterID != before.clusterID)
                        var options = RangeOptions()
                        options.revision = old
                        #expect(try await client.range(.key("twice"), options: options).keyValues[0].value == "first")
                        let lease = try #require(try await client.get("leased")?.lease)
                        #expect(try await client.leaseTimeToLive(lease).granted == .seconds(600))
                    }
                }
                let again = try await photoctl(["store", "restore", file, "--data", data], folder: folder)
                #expect(again.status == 74, "\(again.output)")
            }
        }

        @Test func `a damaged snapshot, and one of etcd, are refused before anything is written`() async throws {
            try await withTemporaryFolder { folder in
                let file = "\(folder)/snapshot"
                try await StoreKind.embedded.with { endpoint in
                    try await withClient(endpoint) { try await TestKeys.many(300, $0) }
                    #expect(
                        try await photoctl(["store", "snapshot", file, "--endpoints", endpoint], folder: folder)
                            .status == 0)
                }
                var damaged = try Data(contentsOf: URL(fileURLWithPath: file))
                damaged[damaged.count / 2] ^= 1
                try damaged.write(to: URL(fileURLWithPath: "\(folder)/damaged"))
                try await StoreKind.etcd35.with { endpoint in
                    try await withClient(endpoint) { try await TestKeys.many(10, $0) }
                    #expect(
                        try await photoctl(
                            ["store", "snapshot", "\(folder)/etcd", "--endpoints", endpoint], folder: folder
                        ).status == 0)
                }
                for name in ["damaged", "etcd"] {
                    let (status, output) = try await photoctl(
                        ["store", "restore", "\(folder)/\(name)", "--data", "\(folder)/data"], folder: folder)
                    #expect(status == 65, "\(output)")
                    #expect(output.contains("\(folder)/\(name)"))
                    #expect(!FileManager.default.fileExists(atPath: "\(folder)/data"))
                }
            }
        }
    }
}
