import EtcdClient
import Foundation
import TestSupport
import Testing

@testable import StoreTransfer

extension StoreTransferTests {
    @Suite(.serialized) struct InterruptionTests {
        @Test func `an export killed again and again goes on at the revision it began with`() async throws {
            try await StoreKind.etcd35.with { endpoint in
                try await withTemporaryFolder { folder in
                    try await withClient(endpoint) { client in
                        try await TestKeys.many(20_000, client)
                        let before = try await client.range(.all)
                        let file = "\(folder)/keys"
                        var kills = 0
                        for threshold in [0, 200_000, 900_000] {
                            if try await Self.killed(
                                "export", [file], endpoint, folder,
                                when: { () in
                                    Self.size("\(file).partial") > threshold
                                })
                            {
                                kills += 1
                            }
                            // Whatever changes meanwhile is not in it.
                            try await client.put(TestKeys.key(threshold / 1000), "changed meanwhile")
                        }
                        #expect(kills > 0, "the export was never interrupted")
                        let last = try await photoctl(
                            ["store", "export", file, "--endpoints", endpoint, "--json"], folder: folder)
                        #expect(last.status == 0, "\(last.output)")
                        let report = try JSONDecoder().decode(
                            StoreExport.Report.self, from: Data(last.output.utf8))
                        #expect(report.resumedAfter > 0)
                        #expect(report.revision == before.revision.rawValue)
                        var reader = try ExportReader(file)
                        var keyValues: [KeyValue] = []
                        while let page = try reader.nextPage() { keyValues += page.keyValues }
                        #expect(keyValues == before.keyValues)
                        #expect(!FileManager.default.fileExists(atPath: "\(file).partial"))
                    }
                }
            }
        }

        @Test func `an import killed in the middle is finished by the next run`() async throws {
            try await StoreKind.embedded.with { fromEndpoint in
                try await StoreKind.etcd34.with { toEndpoint in
                    try await withTemporaryFolder { folder in
                        try await withClient(fromEndpoint) { source in
                            try await TestKeys.many(20_000, source)
                            let file = "\(folder)/keys"
                            _ = try await StoreExport(of: source, patience: .brief).write(to: file)
                            try await withClient(toEndpoint) { target in
                                var options = RangeOptions()
                                options.countOnly = true
                                let countOnly = options
                                let wasKilled = try await Self.killed("import", [file], toEndpoint, folder) {
                                    try await target.range(.all, options: countOnly).count > 1000
                                }
                                #expect(wasKilled)
                                let begun = try await target.range(.all, options: countOnly).count
                                #expect(begun < 20_000)
                                let report = try await StoreImport(into: target, patience: .brief)
                                    .copy(from: .file(file))
                                #expect(report.verified == 20_000)
                                #expect(report.alreadyThere >= Int(begun))
                                #expect(report.written < 20_000)
                            }
                        }
                    }
                }
            }
        }

        @Test func `a transfer waits for stores that crash and come back`() async throws {
            var options = EtcdProcess.Options()
            options.release = .v3_5
            try await withEtcd(options) { from in
                try await withEtcd(options) { to in
                    try await withClient(from.endpoint) { try await TestKeys.many(5_000, $0) }
                    let crashes = Shared(0)
                    let due = Shared(0)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            // One crash for each phase that has begun, of one store and then of the other.
                            while !Task.isCancelled, crashes.get() < 4 {
                                if due.get() > crashes.get() {
                                    try await (crashes.get() % 2 == 0 ? to : from).crashAndRestart()
                                    crashes.update { $0 += 1 }
                                }
                                try await Task.sleep(for: .milliseconds(5))
                            }
                        }
                        defer { group.cancelAll() }
                        let report = try await withClient(from.endpoint) { source in
                            try await withClient(to.endpoint) { target in
                                try await StoreImport(
                                    into: target, patience: Patience(.seconds(60)),
                                    onProgress: { progress in
                                        let phase = progress.phase == .writing ? 0 : 2
                                        if progress.keys == 1_000 || progress.keys == 3_000 {
                                            due.set(phase + (progress.keys == 1_000 ? 1 : 2))
                                            // Until the store is down, so that the transfer surely feels it.
                                            Thread.sleep(forTimeInterval: 0.3)
                                        }
                                    }
                                ).copy(from: .store(source, prefix: Key([]), revision: nil))
                            }
                        }
                        #expect(report.verified == 5_000)
                    }
                    #expect(crashes.get() > 1)
                }
            }
        }

        @Test func `an export whose revision was compacted away begins anew`() async throws {
            try await StoreKind.embedded.with { endpoint in
                try await withTemporaryFolder { folder in
                    try await withClient(endpoint) { client in
                        try await TestKeys.many(2_000, client)
                        let isCompacted = Shared(false)
                        let compacted = DispatchSemaphore(value: 0)
                        let report = try await withThrowingTaskGroup(of: Void.self) { group in
                            let due = AsyncStream<Void>.makeStream()
                            group.addTask {
                                for await _ in due.stream {
                                    let last = try await client.put("one more", "x").revision
                                    try await client.compact(to: last)
                                    compacted.signal()
                                }
                            }
                            defer { group.cancelAll() }
                            return try await StoreExport(
                                of: client, patience: .brief,
                                onProgress: { progress in
                                    guard !isCompacted.get() else { return }
                                    isCompacted.set(true)
                                    due.continuation.yield()
                                    compacted.wait()
                                }
                            ).write(to: "\(folder)/keys")
                        }
                        #expect(report.keys == 2_001)
                        #expect(report.resumedAfter == 0)
                        let revision = try await client.range(.key("one more")).revision
                        #expect(report.revision == revision.rawValue)
                    }
                }
            }
        }

        /// Starts `photoctl store …` and kills it when `isTime`. False if it was done before.
        private static func killed(
            _ command: String, _ arguments: [String], _ endpoint: String, _ folder: String,
            when isTime: () async throws -> Bool
        ) async throws -> Bool {
            let process = try ChildProcess(
                BuiltProgram.photoctl, ["store", command, "--endpoints", endpoint] + arguments,
                log: "\(folder)/killed.log")
            while process.isRunning {
                if try await isTime() {
                    guard process.isRunning else { return false }
                    process.kill()
                    return true
                }
            }
            return false
        }

        private static func size(_ path: String) -> Int {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (attributes?[.size] as? NSNumber)?.intValue ?? 0
        }
    }
}
