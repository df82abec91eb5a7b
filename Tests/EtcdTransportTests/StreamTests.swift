import EtcdTransport
import EtcdWire
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct StreamTests {
    private func text(_ message: ByteBuffer) throws -> String {
        try GRPCMessageCoding.decode(Text.self, from: message).service
    }

    @Test func messagesComeBackInOrder() async throws {
        let service = EchoService()
        try await withServer(service) { _, port in
            try await withConnection(port) { connection in
                let stream = connection.openStream(GRPCRequestHead(path: "/test.Echo/Stream"))
                for number in 0..<1_000 { try stream.send(Text("\(number)")) }
                var received: [String] = []
                while received.count < 1_000 { received += try await stream.next().map { try self.text($0) } }
                #expect(received == (0..<1_000).map { "\($0)" })
                stream.cancel()
                try await eventually("the server hearing of the end") { service.openStreams.get() == 0 }
            }
        }
    }

    @Test func droppingAStreamResetsIt() async throws {
        let service = EchoService()
        try await withServer(service) { _, port in
            try await withConnection(port) { connection in
                for _ in 0..<1_000 {
                    let stream = connection.openStream(GRPCRequestHead(path: "/test.Echo/Stream"))
                    try stream.send(Text("x"))
                    _ = try await stream.next()
                }
                try await eventually("the server hearing of all ends") { service.openStreams.get() == 0 }
                #expect(service.openedStreams.get() == 1_000)
                let after = try await connection.echo("Unary", "same connection")
                #expect(after == "same connection")
            }
        }
    }

    @Test func silenceAndCancellationEndTheWaitAndNotTheStream() async throws {
        try await withServer(EchoService()) { _, port in
            try await withConnection(port) { connection in
                let stream = connection.openStream(GRPCRequestHead(path: "/test.Echo/Stream"))
                await #expect(throws: GRPCClientStream.Silence.self) {
                    _ = try await stream.next(within: .milliseconds(20))
                }
                let waiting = Task { try await stream.next() }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { _ = try await waiting.value }
                try stream.send(Text("x"))
                let messages = try await stream.next()
                #expect(try messages.map { try self.text($0) } == ["x"])
            }
        }
    }

    @Test func aSlowReaderFillsABoundedBufferAndLosesNothing() async throws {
        let service = EchoService()
        try await withServer(service, limits: { $0.maximumQueuedStreamBytes = 100_000 }) { _, port in
            try await withConnection(port) { connection in
                let slow = connection.openStream(GRPCRequestHead(path: "/test.Echo/Flood"))
                try slow.send(Text("go"))
                var received = try await slow.next().count
                // 50 MB are on offer; others are served while nobody takes them.
                for _ in 0..<20 { _ = try await connection.echo("Unary", "x") }
                let failure = await #expect(throws: GRPCCallFailure.self) {
                    while true { received += try await slow.next().count }
                }
                #expect(failure?.status == .ok)
                #expect(received == 5_000)
            }
        }
    }

    /// Whatever is left when one write is full, the end comes after it.
    @Test func anEndBehindMessagesComesWithThem() async throws {
        let service = EchoService()
        try await withServer(service) { _, port in
            try await withConnection(port) { connection in
                for count in 0..<30 {
                    let stream = connection.openStream(GRPCRequestHead(path: "/test.Echo/Burst"))
                    try stream.send(Text("\(count)"), isLast: true)
                    var received = 0
                    let failure = await #expect(throws: GRPCCallFailure.self, "after \(received) of \(count)") {
                        while true { received += try await stream.next(within: .seconds(20)).count }
                    }
                    #expect(failure?.status == .ok)
                    #expect(received == count)
                }
                #expect(service.openStreams.get() == 0)
            }
        }
    }

    @Test func aFloodThatNobodyReadsEndsWithItsConnection() async throws {
        let service = EchoService()
        try await withServer(service, limits: { $0.maximumQueuedStreamBytes = 100_000 }) { _, port in
            try await withConnection(port) { connection in
                let slow = connection.openStream(GRPCRequestHead(path: "/test.Echo/Flood"))
                try slow.send(Text("go"))
                _ = try await slow.next()
                connection.close()
                try await eventually("the server hearing of the end") { service.openStreams.get() == 0 }
            }
        }
    }

    /// Writing can report at once that the socket takes more, or that it is gone, in the midst of what is being written.
    @Test func answersThatCrowdASocketStayWholeAndApart() async throws {
        let service = EchoService()
        try await withServer(service, limits: { $0.maximumQueuedStreamBytes = 100_000 }) { _, port in
            try await withConnection(port) { connection in
                let floods = try (0..<4).map { _ in
                    let flood = connection.openStream(GRPCRequestHead(path: "/test.Echo/Flood"))
                    try flood.send(Text("go"))
                    return flood
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for flood in floods {
                        group.addTask {
                            var received = 0
                            while received < 1_000 { received += try await flood.next().count }
                            flood.cancel()
                        }
                    }
                    for number in 0..<32 {
                        group.addTask {
                            let text = String(repeating: "\(number)", count: 500_000)
                            let answer = try await connection.echo("Unary", text)
                            #expect(answer == text)
                        }
                    }
                    try await group.waitForAll()
                }
                try await eventually("the server hearing of the ends") { service.openStreams.get() == 0 }
            }
        }
    }

    @Test(arguments: [UInt64(1), 2])
    func aResetInTheMidstOfWritingEndsEveryStream(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let service = EchoService()
        try await withServer(service, limits: { $0.maximumQueuedStreamBytes = 100_000 }) { _, port in
            for _ in 0..<8 {
                let bytes = Int.random(in: 0...6_000_000, using: &generator)
                try await FaultProxy.with(targetPort: port) { proxy in
                    try await withConnection(proxy.port) { connection in
                        let first = try await connection.echo("Unary", "open")
                        #expect(first == "open")
                        try await proxy.apply(.reset(afterBytes: bytes))
                        await withTaskGroup(of: Void.self) { group in
                            for _ in 0..<8 {
                                group.addTask {
                                    let text = String(repeating: "x", count: 1_000_000)
                                    // Some are answered before the reset.
                                    _ = try? await connection.echo("Unary", text)
                                }
                            }
                            for _ in 0..<4 {
                                group.addTask {
                                    let flood = connection.openStream(GRPCRequestHead(path: "/test.Echo/Flood"))
                                    await #expect(throws: GRPCCallFailure.self) {
                                        try flood.send(Text("go"))
                                        while true { _ = try await flood.next() }
                                    }
                                }
                            }
                        }
                    }
                }
                try await eventually("the server hearing of the ends") { service.openStreams.get() == 0 }
            }
        }
    }
}
