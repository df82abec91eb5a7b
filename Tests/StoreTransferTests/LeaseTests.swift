import EtcdClient
import Foundation
import TestSupport
import Testing

@testable import StoreTransfer

extension StoreTransferTests {
    @Suite(.serialized) struct LeaseTests {
        @Test(arguments: LeasePolicy.allCases)
        func `keys on leases are kept with a lease, put without one, or left out`(policy: LeasePolicy) async throws {
            try await StoreKind.etcd35.with { fromEndpoint in
                try await StoreKind.embedded.with { toEndpoint in
                    try await withClient(fromEndpoint) { source in
                        try await withClient(toEndpoint) { target in
                            try await source.put("plain", "x")
                            let lease = try await source.grantLease(ttl: .seconds(100))
                            try await source.put("leased", "x", lease: lease.id)
                            let report = try await StoreImport(into: target, leases: policy, patience: .brief)
                                .copy(from: .store(source, prefix: Key([]), revision: nil))
                            let leased = try await target.get("leased")
                            switch policy {
                            case .keep: #expect(leased?.lease == lease.id)
                            case .drop: #expect(leased != nil && leased?.lease == nil)
                            case .omit: #expect(leased == nil)
                            }
                            #expect(report.leftOut == (policy == .omit ? 1 : 0))
                            #expect(report.verified == (policy == .omit ? 1 : 2))
                        }
                    }
                }
            }
        }

        @Test func `keys of a lease that ended since are left out, and said`() async throws {
            try await StoreKind.embedded.with { fromEndpoint in
                try await StoreKind.etcd34.with { toEndpoint in
                    try await withClient(fromEndpoint) { source in
                        try await withClient(toEndpoint) { target in
                            let lease = try await source.grantLease(ttl: .seconds(100))
                            try await source.put("plain", "x")
                            let revision = try await source.put("leased", "x", lease: lease.id).revision
                            try await source.revokeLease(lease.id)
                            let report = try await StoreImport(into: target, patience: .brief)
                                .copy(from: .store(source, prefix: Key([]), revision: revision))
                            #expect(report.leftOut == 1)
                            #expect(try await contents(of: target).map(\.key) == ["plain"])
                        }
                    }
                }
            }
        }

        @Test func `a lease shorter than the transfer does not end within it`() async throws {
            try await StoreKind.etcd35.with { fromEndpoint in
                try await StoreKind.embedded.with { toEndpoint in
                    try await withClient(fromEndpoint) { source in
                        try await withClient(toEndpoint) { target in
                            let lease = try await source.grantLease(ttl: .seconds(2))
                            try await source.put("a leased", "x", lease: lease.id)
                            let revision = try await source.put("b", "x").revision
                            try await withThrowingTaskGroup(of: Void.self) { group in
                                let keeper = source.keepAlive(lease)
                                group.addTask { try await keeper.run() }
                                defer { group.cancelAll() }
                                // Held up for longer than the lease lives without renewal.
                                let isHeldUp = Shared(false)
                                let report = try await StoreImport(
                                    into: target, patience: .brief,
                                    onProgress: { progress in
                                        guard progress.phase == .writing, !isHeldUp.get() else { return }
                                        isHeldUp.set(true)
                                        Thread.sleep(forTimeInterval: 5)
                                    }
                                ).copy(from: .store(source, prefix: Key([]), revision: revision))
                                #expect(isHeldUp.get())
                                #expect(report.verified == 2)
                            }
                        }
                    }
                }
            }
        }

        @Test func `another lease of the same number in the target is not taken for ours`() async throws {
            try await StoreKind.etcd35.with { fromEndpoint in
                try await StoreKind.embedded.with { toEndpoint in
                    try await withClient(fromEndpoint) { source in
                        try await withClient(toEndpoint) { target in
                            let lease = try await source.grantLease(ttl: .seconds(100), id: LeaseID(77))
                            try await source.put("leased", "x", lease: lease.id)
                            _ = try await target.grantLease(ttl: .seconds(50), id: LeaseID(77))
                            let error = await expectTransferError(.conflictingLease) {
                                _ = try await StoreImport(into: target, patience: .brief)
                                    .copy(from: .store(source, prefix: Key([]), revision: nil))
                            }
                            #expect(error?.message.contains("4d") == true)
                        }
                    }
                }
            }
        }
    }
}
