import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import TestSupport

/// Speaks HTTP/2 frame by frame, and need not make sense.
struct RawClient {
    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer

    static func with(_ port: Int, _ body: (RawClient) async throws -> Void) async throws {
        let (channel, multiplexer) = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let multiplexer = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .client, connectionConfiguration: .init(), streamConfiguration: .init()
                    ) { $0.close() }
                    return (channel, multiplexer)
                }
            }
        do {
            try await body(RawClient(channel: channel, multiplexer: multiplexer))
            try? await channel.close()
        } catch {
            try? await channel.close()
            throw error
        }
    }

    static func headers(_ changes: [(String, String?)] = [], path: String = "/test.Echo/Unary") -> HPACKHeaders {
        var headers = [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("te", "trailers"),
            ("content-type", "application/grpc"),
        ]
        for (name, value) in changes {
            headers.removeAll { $0.0 == name }
            if let value {
                headers.insert((name, value), at: name.hasPrefix(":") ? 0 : headers.count)
            }
        }
        return HPACKHeaders(headers)
    }

    /// Sends headers and then chunks of data, the last of which ends the stream, and returns what came back: the headers
    /// of each block. An empty list means that the stream was reset.
    func send(_ headers: HPACKHeaders, _ chunks: [[UInt8]], endStream: Bool = true) async throws -> [HPACKHeaders] {
        let ended = self.channel.eventLoop.makePromise(of: [HPACKHeaders].self)
        let stream = try await self.multiplexer.createStreamChannel { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HeaderCollector(ended))
            }
        }.get()
        stream.write(HTTP2Frame.FramePayload.headers(.init(headers: headers, endStream: endStream && chunks.isEmpty)))
            .whenFailure { _ in }
        for (index, chunk) in chunks.enumerated() {
            let data = HTTP2Frame.FramePayload.Data(
                data: .byteBuffer(ByteBuffer(bytes: chunk)), endStream: endStream && index == chunks.count - 1)
            stream.write(HTTP2Frame.FramePayload.data(data)).whenFailure { _ in }
        }
        stream.flush()
        return try await ended.futureResult.get()
    }
}

private final class HeaderCollector: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload

    private let ended: EventLoopPromise<[HPACKHeaders]>
    private var blocks: [HPACKHeaders] = []

    init(_ ended: EventLoopPromise<[HPACKHeaders]>) { self.ended = ended }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .headers(let payload) = self.unwrapInboundIn(data) {
            self.blocks.append(payload.headers)
            if payload.endStream { self.ended.succeed(self.blocks) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { self.ended.succeed(self.blocks) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
