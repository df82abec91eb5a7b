import EtcdTransport
import TestSupport
import Testing

@testable import EtcdClient

extension RealServers {
    /// Semantics 1.7: limits on what is sent and taken, and errors that name them.
    @Suite struct SizeLimitTests {
        private func value(_ bytes: Int) -> Value { Value([UInt8](repeating: 7, count: bytes)) }

        @Test func aRequestAboveTheLimitIsRefusedBeforeItLeaves() async throws {
            try await withEmbeddedServer { server in
                try await withClient(
                    server, configure: { $0.maximumRequestBytes = 1_000 },
                    { client in
                        let error = await expectError(.requestTooLarge) { try await client.put("a", self.value(1_000)) }
                        #expect(error?.attempts == 0)
                        #expect(error?.mayHaveHappened == false)
                        #expect(error?.message.contains("1000") == true)
                        #expect(error?.message.contains("maximumRequestBytes") == true)
                        #expect(client.transport.connectionsMade == 0)
                        // A watch as well: its key is what is large.
                        let key = Key([UInt8](repeating: 7, count: 2_000))
                        var batches = client.watch(.key(key)).makeAsyncIterator()
                        await expectError(.requestTooLarge) { _ = try await batches.next() }
                        try await client.put("a", self.value(900))
                    })
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func twoMebibytesAreSentAndAnyAnswerIsTakenByDefault(backend: EtcdBackend) async throws {
            try await backend.with { server in
                try await withClient(server) { client in
                    let own = await expectError(.requestTooLarge) { try await client.put("a", self.value(2 << 20)) }
                    #expect(own?.attempts == 0)
                    let servers = await expectError(.requestTooLarge) {
                        try await client.put("a", self.value(1_800_000))
                    }
                    #expect(servers?.attempts == 1)
                    for number in 0..<5 { try await client.put(Key("large/\(number)"), self.value(1_300_000)) }
                    let all = try await client.range(.prefix("large/"))
                    #expect(all.keyValues.reduce(0) { $0 + $1.value.bytes.count } == 6_500_000)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func anAnswerAboveTheLimitIsAnErrorThatNamesIt(backend: EtcdBackend) async throws {
            try await backend.with { server in
                try await withClient(
                    server, configure: { $0.maximumResponseBytes = 1_000 },
                    { client in
                        let start = try await client.put("a", self.value(2_000)).revision
                        let error = await expectError(.responseTooLarge) { _ = try await client.get("a") }
                        #expect(error?.message.contains("1000") == true)
                        #expect(error?.message.contains("maximumResponseBytes") == true)
                        #expect(error?.mayHaveHappened == false)
                        // A write whose answer is not taken has been done all the same.
                        var options = PutOptions()
                        options.previous = true
                        let write = await expectError(.responseTooLarge) {
                            try await client.put("a", "small", options: options)
                        }
                        #expect(write?.mayHaveHappened == true)
                        let found = try await client.get("a")
                        #expect(found?.value == "small")
                        // A watch that cannot be told what happened ends, rather than trying for ever.
                        var batches = client.watch(.key("a"), from: start).makeAsyncIterator()
                        await expectError(.responseTooLarge) { _ = try await batches.next() }
                    })
            }
        }
    }
}
