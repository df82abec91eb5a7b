import NIOCore
import NIOHTTP2
import NIOPosix
import TestSupport
import Testing

@testable import EtcdTransport

/// The client with servers that are not this project's.
@Suite
struct ForeignServerTests {
    @Test func callsBeyondWhatTheServerTakesWaitTheirTurn() async throws {
        try await ForeignServer.with([HTTP2Setting(parameter: .maxConcurrentStreams, value: 3)]) { server, port in
            try await withConnection(port) { connection in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<40 {
                        group.addTask { try await connection.echo("Unary", "\(number)") == "\(number)" }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
                #expect(server.mostOpen.get() <= 3)
            }
        }
    }

    @Test func aCallGivenUpWhileItWaitsIsNeverSent() async throws {
        try await ForeignServer.with([HTTP2Setting(parameter: .maxConcurrentStreams, value: 0)]) { server, port in
            try await withConnection(port) { connection in
                let failure = await #expect(throws: GRPCCallFailure.self) {
                    _ = try await connection.unary(
                        GRPCRequestHead(path: "/test.Echo/Unary"), try GRPCMessageCoding.frame(Text("x")),
                        deadline: .now() + .milliseconds(50))
                }
                #expect(failure?.status.code == .deadlineExceeded)
                #expect(failure?.reach == .notSent)
                let task = Task { try await connection.echo("Unary", "y") }
                task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value }
                #expect(server.mostOpen.get() == 0)
            }
        }
    }

    @Test(arguments: [1, 1_000, 300_000])
    func smallWindowsOnlySlowItDown(window: Int) async throws {
        try await ForeignServer.with([HTTP2Setting(parameter: .initialWindowSize, value: window)]) { _, port in
            try await withConnection(port) { connection in
                let text = String(repeating: "w", count: min(200_000, window * 60))
                let answer = try await connection.echo("Unary", text)
                #expect(answer == text)
            }
        }
    }

    @Test(arguments: [0, 64, 1_000_000])
    func aHeaderTableOfAnySizeWillDo(size: Int) async throws {
        try await ForeignServer.with([HTTP2Setting(parameter: .headerTableSize, value: size)]) { _, port in
            try await withConnection(port) { connection in
                for number in 0..<5 {
                    let answer = try await connection.echo("Unary", "\(number)")
                    #expect(answer == "\(number)")
                }
            }
        }
    }

    @Test func callsThatWaitWhenTheServerGoesAwayAreNeverSent() async throws {
        let heard = Shared(ByteBuffer())
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Farewell(heard: heard))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        try await withConnection(listener.localAddress?.port ?? 0) { connection in
            await withTaskGroup(of: GRPCCallFailure.Reach?.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        do {
                            _ = try await connection.echo("Unary", "\(number)")
                            return nil
                        } catch {
                            return (error as? GRPCCallFailure)?.reach
                        }
                    }
                }
                let reaches = await group.reduce(into: []) { $0.append($1) }
                #expect(reaches.count { $0 == .notSent } == 9)
                #expect(reaches.count { $0 == .sent } == 1)
            }
        }
        let path = Array("/test.Echo/".utf8)
        let bytes = Array(heard.get().readableBytesView)
        let calls = bytes.indices.count { bytes[$0...].starts(with: path) }
        #expect(calls == 1)
        try await listener.close()
    }

    /// Takes one call at a time, and leaves when the first has come.
    private final class Farewell: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let heard: Shared<ByteBuffer>

        init(heard: Shared<ByteBuffer>) { self.heard = heard }

        func channelActive(context: ChannelHandlerContext) {
            // SETTINGS with MAX_CONCURRENT_STREAMS 1.
            let settings = ByteBuffer(bytes: [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1])
            context.writeAndFlush(self.wrapOutboundOut(settings), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = self.unwrapInboundIn(data)
            self.heard.update { _ = $0.writeImmutableBuffer(bytes) }
            guard bytes.readableBytesView.contains(UInt8(ascii: "/")) else { return }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            // When the others wait: GOAWAY after stream 1, and with it the end of that.
            context.eventLoop.scheduleTask(in: .milliseconds(100)) {
                let (handler, context) = bound.value
                var goAway = ByteBuffer(bytes: [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
                goAway.writeBytes([0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2])
                context.writeAndFlush(handler.wrapOutboundOut(goAway), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// Random frames instead of an answer: the call ends, and so does whatever waits for it.
    @Test(arguments: [UInt64](1...20))
    func randomFramesEndACallAtTheLatestInTime(seed: UInt64) async throws {
        var generator = SplitMix(seed: seed)
        var bytes = ByteBuffer(bytes: [0, 0, 0, 4, 0, 0, 0, 0, 0])
        for _ in 0..<50 {
            let length = Int.random(in: 0...40, using: &generator)
            bytes.writeBytes([0, 0, UInt8(length), UInt8.random(in: 0...11, using: &generator)])
            bytes.writeInteger(UInt8.random(in: 0...255, using: &generator))
            bytes.writeInteger(UInt32.random(in: 0...3, using: &generator))
            bytes.writeBytes((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        let noise = bytes
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Noise(noise)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = GRPCClient(
            .init(endpoints: [.init(host: "127.0.0.1", port: listener.localAddress?.port ?? 0, usesTLS: false)]),
            logger: .quiet)
        await #expect(throws: (any Error).self, "seed \(seed)") {
            let connection = try await client.connection(deadline: .now() + .seconds(2))
            _ = try await connection.echo("Unary", "x", within: .seconds(2))
        }
        await client.close()
        try await listener.close()
    }

    /// Says its settings, and noise to the first call.
    private final class Noise: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var noise: ByteBuffer

        init(_ noise: ByteBuffer) { self.noise = noise }

        func channelActive(context: ChannelHandlerContext) {
            guard let settings = self.noise.readSlice(length: 9) else { return }
            context.writeAndFlush(self.wrapOutboundOut(settings), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            // The frame that begins a call has a path.
            guard self.unwrapInboundIn(data).readableBytesView.contains(UInt8(ascii: "/")) else { return }
            context.writeAndFlush(self.wrapOutboundOut(self.noise), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
