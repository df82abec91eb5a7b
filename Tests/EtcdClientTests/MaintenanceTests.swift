import Crypto
import EtcdClient
import Foundation
import TestSupport
import Testing

extension RealServers {
    @Suite struct MaintenanceTests {
        @Test(arguments: EtcdBackend.allCases)
        func aMemberTellsHowItIs(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let revision = try await client.put("a", "1").revision
                    let status = try await client.maintenance.status()
                    #expect(status.revision == revision)
                    #expect(status.leader == status.member)
                    #expect(status.databaseSize > 0)
                    #expect(status.errors.isEmpty)
                    #expect(!status.isLearner)
                    #expect(status.version.hasPrefix("3."))
                    let named = try await client.maintenance.status(at: endpoint)
                    #expect(named.member == status.member)
                    let member = try #require(try await client.cluster.members().first)
                    #expect(member.id == status.member)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func hashesTellHistoriesApart(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let first = try await client.put("a", "1").revision
                    let before = try await client.maintenance.hashKV()
                    #expect(before.compactRevision == Revision(-1))
                    let second = try await client.put("a", "2").revision
                    let after = try await client.maintenance.hashKV()
                    #expect(after.hash != before.hash)
                    #expect(try await client.maintenance.hashKV(to: first).hash == before.hash)
                    #expect(try await client.maintenance.hashKV(to: second).hash == after.hash)
                    await expectError(.futureRevision) {
                        _ = try await client.maintenance.hashKV(to: Revision(second.rawValue + 10))
                    }
                    try await client.compact(to: second, waitsForSpace: true)
                    #expect(try await client.maintenance.hashKV().compactRevision == second)
                    await expectError(.compacted) { _ = try await client.maintenance.hashKV(to: first) }
                    _ = try await client.maintenance.hash()
                    try await client.maintenance.defragment()
                    try await client.maintenance.defragment(at: endpoint)
                    #expect(try await client.get("a")?.value == "2")
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func alarmsStopWritesUntilTheyEnd(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    #expect(try await client.maintenance.alarms() == [])
                    let member = try await client.maintenance.status().member
                    let alarm = Alarm(member: member, kind: .noSpace)
                    try await client.maintenance.activateAlarm(alarm)
                    #expect(try await client.maintenance.alarms() == [alarm])
                    #expect(try await client.maintenance.status().errors.count == 1)
                    await expectError(.noSpace) { try await client.put("a", "1") }
                    try await client.maintenance.deactivateAlarm(alarm)
                    try await client.put("a", "1")
                    try await client.maintenance.activateAlarm(alarm)
                    #expect(try await client.maintenance.deactivateAllAlarms() == [alarm])
                    #expect(try await client.maintenance.alarms() == [])
                    try await client.put("a", "2")
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aDowngradeIsJudgedBeforeItIsBegun(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    guard backend.hasDowngrade else {
                        await expectError(.unimplemented) {
                            _ = try await client.maintenance.validateDowngrade(to: "3.3")
                        }
                        return
                    }
                    if backend.hasOlderForms {
                        let version = try await client.maintenance.validateDowngrade(to: "3.4")
                        #expect(version.hasPrefix("3."))
                    }
                    await expectError(.invalidDowngradeTarget) {
                        try await client.maintenance.validateDowngrade(to: "3.1")
                    }
                    await expectError(.downgradeVersionFormat) {
                        try await client.maintenance.validateDowngrade(to: "soon")
                    }
                    guard backend.answersDowngrades else { return }
                    await expectError(.noDowngradeInProgress) { try await client.maintenance.cancelDowngrade() }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aSnapshotIsWholeAndCanBeRestored(backend: EtcdBackend) async throws {
            try await withTemporaryFolder { folder in
                let path = "\(folder)/store.db"
                try Data("an older snapshot".utf8).write(to: URL(fileURLWithPath: path))
                try await backend.with { endpoint in
                    try await withClient(endpoint) { client in
                        for number in 0..<200 {
                            try await client.put(Key("/key/\(number)"), Value([UInt8](repeating: 7, count: 10_000)))
                        }
                        let steps = Shared<[SnapshotProgress]>([])
                        let snapshot = try await client.maintenance.saveSnapshot(to: path) { step in
                            steps.update { $0.append(step) }
                        }
                        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                        #expect(bytes.count == snapshot.size)
                        #expect(bytes.count % 512 == 32)
                        #expect(Array(SHA256.hash(data: bytes.dropLast(32))) == snapshot.checksum)
                        #expect(Array(bytes.suffix(32)) == snapshot.checksum)
                        #expect(steps.get().count > 10)
                        #expect(steps.get().last?.received == snapshot.size)
                        #expect(steps.get().last?.remaining == 0)
                        #expect(!FileManager.default.fileExists(atPath: path + ".partial"))
                    }
                }
                guard let release = backend.release else { return }
                // etcd's own tool takes it, which checks the checksum, too.
                let restore = try ChildProcess(
                    release.etcdctl, ["snapshot", "restore", path, "--data-dir=\(folder)/restored"],
                    environment: ["ETCDCTL_API": "3"], log: "\(folder)/restore.log")
                #expect(try await restore.finished() == 0, "\(restore.output)")
            }
        }

        @Test func aSnapshotThatBreaksOffLeavesNothingBehind() async throws {
            try await withTemporaryFolder { folder in
                let path = "\(folder)/store.db"
                try Data("an older snapshot".utf8).write(to: URL(fileURLWithPath: path))
                try await withEtcd { etcd in
                    try await withClient(EtcdClient.Endpoint(etcd.endpoint)) { client in
                        for number in 0..<400 {
                            try await client.put(Key("/key/\(number)"), Value([UInt8](repeating: 7, count: 20_000)))
                        }
                    }
                    try await FaultProxy.with(targetPort: etcd.port) { proxy in
                        try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { client in
                            await expectError(.unavailable) {
                                _ = try await client.maintenance.saveSnapshot(to: path) { step in
                                    if step.received > 100_000 { proxy.cut() }
                                }
                            }
                            await expectError(.deadlineExceeded) {
                                _ = try await client.maintenance.saveSnapshot(to: path, silence: .milliseconds(500)) {
                                    if $0.received > 100_000 { proxy.goSilent() }
                                }
                            }
                            try await proxy.resume()
                        }
                        try await withClient(EtcdClient.Endpoint(proxy.endpoint)) { client in
                            // Cancelled in the middle.
                            let started = Shared(false)
                            let task = Task {
                                try await client.maintenance.saveSnapshot(to: path) { _ in
                                    started.set(true)
                                    withUnsafeCurrentTask { $0?.cancel() }
                                }
                            }
                            await #expect(throws: CancellationError.self) { try await task.value }
                            #expect(started.get())
                            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
                            #expect(left == ["store.db"])
                            #expect(try String(contentsOfFile: path, encoding: .utf8) == "an older snapshot")
                            // And then it works.
                            _ = try await client.maintenance.saveSnapshot(to: path)
                        }
                    }
                    try await withClient(EtcdClient.Endpoint(etcd.endpoint)) { client in
                        let error = await expectError(.fileSystem) {
                            _ = try await client.maintenance.saveSnapshot(to: "\(folder)/nowhere/store.db")
                        }
                        #expect(error?.message.contains("\(folder)/nowhere/store.db.partial") == true)
                    }
                }
            }
        }
    }
}
