import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOTLS

/// Cuts off requests that come too slowly, or stop in their middle: ten thousand of them would otherwise hold a server up
/// with a byte now and then. Answers may take as long as they like.
///
/// Only the sender's time counts: from when the server is ready to read until something arrives. Whoever is cut off is told
/// so by a 408, unless an answer is on its way already.
final class RequestPaceHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Limits: Sendable {
        /// From a request's first byte to the end of its head; also for a TLS handshake.
        var head: TimeAmount = .seconds(20)
        /// Of a body.
        var bytesPerSecond = 1024
        /// How far a body may fall behind that; then it is cut off. Nearly as long as a connection may be idle, so that a
        /// phone may change its network; a little less, so that it is this that ends it.
        var lag: TimeAmount = .nanoseconds(RequestLimits.idle.nanoseconds / 12 * 11)
        /// Bytes of a body that are taken when its answer is out already, as nobody wants them.
        var afterAnswer = 1 << 20
    }

    private enum Phase { case handshake, rest, head, body }

    private let limits: Limits
    private let connection: ConnectionTable.Entry?
    private var phase: Phase
    private var timer: Scheduled<Void>?
    /// Nanoseconds that the body may still be waited for.
    private var credit: Int64 = 0
    /// Since when the server waits for the sender.
    private var waitingSince: NIODeadline?
    /// Requests whose answer has not ended.
    private var unanswered = 0
    private var isAnswering = false
    /// Bytes that may still come of a body that is answered; nil before its answer.
    private var unwanted: Int?
    /// Nothing is read or written any more.
    private var isOver = false

    init(limits: Limits, isTLS: Bool, connection: ConnectionTable.Entry? = nil) {
        self.limits = limits
        self.connection = connection
        self.phase = isTLS ? .handshake : .rest
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if self.phase == .handshake { self.schedule(context, in: self.limits.head) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if self.phase == .handshake, case .handshakeCompleted? = event as? TLSUserEvent { self.enter(.rest) }
        if case .inputClosed? = event as? ChannelEvent, !self.isOver, self.phase == .head || self.phase == .body {
            return self.cutOff(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        if self.waitingSince == nil { self.waitingSince = .now() }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isOver else { return }
        self.chargeWaiting()
        self.waitingSince = nil
        switch self.phase {
        case .rest, .handshake:
            self.enter(.head)
            self.schedule(context, in: self.limits.head)
        case .body:
            let count = self.unwrapInboundIn(data).readableBytes
            if let unwanted {
                guard unwanted >= count else { return self.hangUp(context) }
                self.unwanted = unwanted - count
            }
            let earned = Int64(count) * 1_000_000_000
            self.credit = min(
                self.limits.lag.nanoseconds, self.credit + earned / Int64(max(1, self.limits.bytesPerSecond)))
        case .head: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.isOver else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        context.write(data, promise: promise)
    }

    /// What the decoder has made of the bytes.
    func received(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head:
            self.unanswered += 1
            self.unwanted = nil
            self.connection?.works()
            self.enter(.body)
            self.credit = self.limits.lag.nanoseconds
            self.schedule(context, in: self.limits.lag)
        case .body: break
        case .end: self.enter(.rest)
        }
    }

    /// What goes out as an answer.
    func answers(_ part: HTTPResponsePart) {
        switch part {
        case .head(let head): if head.status.kind != .informational { self.isAnswering = true }
        case .body: break
        case .end:
            self.isAnswering = false
            if self.phase == .body, self.unanswered == 1 { self.unwanted = self.limits.afterAnswer }
            self.unanswered = max(0, self.unanswered - 1)
            if self.unanswered == 0 { self.connection?.waits() }
        }
    }

    private func enter(_ phase: Phase) {
        self.phase = phase
        self.timer?.cancel()
        self.timer = nil
    }

    private func schedule(_ context: ChannelHandlerContext, in delay: TimeAmount) {
        self.timer?.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: delay) { bound.value.0.look(bound.value.1) }
    }

    private func look(_ context: ChannelHandlerContext) {
        self.chargeWaiting()
        guard self.phase == .body, self.credit > 0 else { return self.cutOff(context) }
        self.schedule(context, in: .nanoseconds(max(self.credit, 10_000_000)))
    }

    private func cutOff(_ context: ChannelHandlerContext) {
        self.enter(self.phase)
        self.isOver = true
        // An answer to this request, and to no other before it.
        let before = self.phase == .body ? self.unanswered - 1 : self.unanswered
        guard self.phase != .handshake, before == 0, !self.isAnswering else {
            context.close(promise: nil)
            return
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(self.wrapOutboundOut(context.channel.allocator.buffer(string: Self.answer))).whenComplete
        {
            _ in bound.value.0.hangUp(bound.value.1)
        }
    }

    /// Ends the connection, the output first: a peer that is still sending would lose the answer in a reset.
    private func hangUp(_ context: ChannelHandlerContext) {
        self.enter(self.phase)
        self.isOver = true
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: .seconds(2)) { bound.value.close(mode: .all, promise: nil) }
    }

    /// Whole, since nothing behind this can write one for a request that is not whole.
    private static let answer: String = {
        let body = """
            {"code":"request-incomplete","detail":"The request came too slowly, or stopped in its middle.",\
            "remedy":"Send it again.","status":408,"title":"Request Timeout","type":"about:blank"}
            """
        return """
            HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nCache-Control: no-store\r\n\
            Content-Type: application/problem+json; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\
            Content-Length: \(body.utf8.count)\r\n\r\n\(body)
            """
    }()

    private func chargeWaiting() {
        guard let since = self.waitingSince else { return }
        let now = NIODeadline.now()
        if self.phase == .body { self.credit -= (now - since).nanoseconds }
        self.waitingSince = now
    }

    /// Behind the decoder: tells the other where requests and answers begin and end.
    final class Parts: ChannelDuplexHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPRequestPart
        typealias InboundOut = HTTPRequestPart
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPResponsePart

        private var pace: (RequestPaceHandler, ChannelHandlerContext)?

        func handlerAdded(context: ChannelHandlerContext) {
            let operations = context.pipeline.syncOperations
            guard let outer = try? operations.context(handlerType: RequestPaceHandler.self) else { return }
            self.pace = (outer.handler as? RequestPaceHandler).map { ($0, outer) }
        }

        func handlerRemoved(context: ChannelHandlerContext) { self.pace = nil }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let (pace, outer) = self.pace { pace.received(self.unwrapInboundIn(data), outer) }
            context.fireChannelRead(data)
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            self.pace?.0.answers(self.unwrapOutboundIn(data))
            context.write(data, promise: promise)
        }
    }
}

/// HTTP with a ``RequestPaceHandler`` before it, on a connection that a table knows.
struct PacedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let limits: RequestPaceHandler.Limits
    let isTLS: Bool
    let connections: ConnectionTable

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                RequestPaceHandler(
                    limits: self.limits, isTLS: self.isTLS, connection: self.connections.opened(channel)))
        }.flatMap { self.base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async { await self.base.handle(value: value, logger: logger) }
}
