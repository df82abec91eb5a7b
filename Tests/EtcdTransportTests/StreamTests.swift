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
}
