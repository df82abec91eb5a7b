import NIOCore
import NIOHTTP1

/// Answers one HTTP/1 request and closes the connection.
final class PlainHTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let pages: PlainHTTPPages?
    private let timeLimit: TimeAmount
    private var timer: Scheduled<Void>?
    private var isAnswered = false

    /// - Parameter timeLimit: How long a client may take to send a request and to take its answer.
    init(pages: PlainHTTPPages?, timeLimit: TimeAmount) {
        self.pages = pages
        self.timeLimit = timeLimit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: self.timeLimit) { bound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = self.unwrapInboundIn(data), !self.isAnswered else { return }
        self.isAnswered = true
        let response = plainResponse(method: head.method.rawValue, target: head.uri, pages: self.pages)
        let body = ByteBuffer(string: response.body)
        let headers: HTTPHeaders = [
            "content-type": response.contentType, "content-length": "\(body.readableBytes)", "connection": "close",
        ]
        context.write(
            self.wrapOutboundOut(
                .head(.init(version: .http1_1, status: .init(statusCode: response.status), headers: headers))),
            promise: nil)
        if head.method != .HEAD { context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
