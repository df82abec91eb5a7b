import NIOCore
import NIOPosix
import TestSupport
import Testing

/// The relay breaks connections as networks do, and in no other way: what arrives is a beginning of what was sent.
@Suite(.timeLimit(.minutes(1))) struct FaultProxyTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    /// Bytes that were held back for their delay stay ahead of those that break the connection.
    @Test func aResetLeavesNoGap() async throws {
        let accepted = Self.group.next().makePromise(of: (any Channel).self)
        let listener = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { channel in
                accepted.succeed(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await FaultProxy.with(targetPort: port) { proxy in
            let arrived = Shared<[UInt8]>([])
            let client = try await ClientBootstrap(group: Self.group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Collector(arrived))
                    }
                }
                .connect(host: "127.0.0.1", port: proxy.port).get()
            let server = try await accepted.futureResult.get()
            try await server.writeAndFlush(ByteBuffer(string: "0"))
            try await eventually("the way being open") { arrived.get() == Array("0".utf8) }

            try await proxy.apply(.delay(milliseconds: 500))
            try await server.writeAndFlush(ByteBuffer(string: "held"))
            try await eventually("the relay holding it") { proxy.heldBytes == 4 }
            try await proxy.apply(.reset(afterBytes: 3))
            try await server.writeAndFlush(ByteBuffer(string: "behind"))

            try await eventually("the reset") { !client.isActive }
            #expect("0heldbeh".utf8.starts(with: arrived.get()))
            server.close(promise: nil)
        }
        try await listener.close()
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let arrived: Shared<[UInt8]>

    init(_ arrived: Shared<[UInt8]>) {
        self.arrived = arrived
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        self.arrived.update { $0 += bytes.readableBytesView }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
