import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import TestSupport

/// A server of another make, as strict as its settings: answers each call with its own message, and counts.
final class ForeignServer: Sendable {
    /// How many streams are open, and the most there ever were.
    let open = Shared(0)
    let mostOpen = Shared(0)

    static func with(_ settings: [HTTP2Setting], _ body: (ForeignServer, Int) async throws -> Void) async throws {
        let server = ForeignServer()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var connection = NIOHTTP2Handler.ConnectionConfiguration()
                    connection.initialSettings = settings
                    _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .server, connectionConfiguration: connection, streamConfiguration: .init()
                    ) { stream in
                        stream.eventLoop.makeCompletedFuture {
                            try stream.pipeline.syncOperations.addHandler(Echo(server))
                        }
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(server, channel.localAddress?.port ?? 0)
            try await channel.close()
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload
        typealias OutboundOut = HTTP2Frame.FramePayload

        private let server: ForeignServer
        private var message = ByteBuffer()

        init(_ server: ForeignServer) { self.server = server }

        func channelActive(context: ChannelHandlerContext) {
            self.server.open.update { $0 += 1 }
            let open = self.server.open.get()
            self.server.mostOpen.update { $0 = max($0, open) }
        }

        func channelInactive(context: ChannelHandlerContext) { self.server.open.update { $0 -= 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .data(let frame) = self.unwrapInboundIn(data), case .byteBuffer(var bytes) = frame.data else {
                return
            }
            self.message.writeBuffer(&bytes)
            guard frame.endStream else { return }
            // Late enough for calls to pile up.
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(2)) {
                let (echo, context) = bound.value
                echo.answer(context)
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            let headers: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]
            context.write(self.wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
            context.write(self.wrapOutboundOut(.data(.init(data: .byteBuffer(self.message)))), promise: nil)
            let trailers = HTTP2Frame.FramePayload.headers(.init(headers: ["grpc-status": "0"], endStream: true))
            context.writeAndFlush(self.wrapOutboundOut(trailers), promise: nil)
        }
    }
}
