import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOTLS

/// Closes connections on which a request comes too slowly: ten thousand of them would otherwise hold a server up with a
/// byte now and then. Answers may take as long as they like.
///
/// Only the sender's time counts: from when the server is ready to read until something arrives.
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
        /// How far a body may fall behind that; then it is cut off. As long as a connection may be idle, so that a phone
        /// may change its network.
        var lag: TimeAmount = RequestLimits.idle
    }

    private enum Phase { case handshake, rest, head, body }

    private let limits: Limits
    private var phase: Phase
    private var timer: Scheduled<Void>?
    /// Nanoseconds that the body may still be waited for.
    private var credit: Int64 = 0
    /// Since when the server waits for the sender.
    private var waitingSince: NIODeadline?

    init(limits: Limits, isTLS: Bool) {
        self.limits = limits
        self.phase = isTLS ? .handshake : .rest
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if self.phase == .handshake { self.schedule(context, in: self.limits.head) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if self.phase == .handshake, case .handshakeCompleted? = event as? TLSUserEvent { self.enter(.rest) }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        if self.waitingSince == nil { self.waitingSince = .now() }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.chargeWaiting()
        self.waitingSince = nil
        switch self.phase {
        case .rest, .handshake:
            self.enter(.head)
            self.schedule(context, in: self.limits.head)
        case .body:
            let earned = Int64(self.unwrapInboundIn(data).readableBytes) * 1_000_000_000
            self.credit = min(
                self.limits.lag.nanoseconds, self.credit + earned / Int64(max(1, self.limits.bytesPerSecond)))
        case .head: break
        }
        context.fireChannelRead(data)
    }

    /// What the decoder has made of the bytes.
    func received(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head:
            self.enter(.body)
            self.credit = self.limits.lag.nanoseconds
            self.schedule(context, in: self.limits.lag)
        case .body: break
        case .end: self.enter(.rest)
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
        guard self.phase == .body, self.credit > 0 else {
            context.close(promise: nil)
            return
        }
        self.schedule(context, in: .nanoseconds(max(self.credit, 10_000_000)))
    }

    private func chargeWaiting() {
        guard let since = self.waitingSince else { return }
        let now = NIODeadline.now()
        if self.phase == .body { self.credit -= (now - since).nanoseconds }
        self.waitingSince = now
    }

    /// Behind the decoder: tells the other where requests begin and end.
    final class Parts: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPRequestPart
        typealias InboundOut = HTTPRequestPart

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
    }
}

/// HTTP with a ``RequestPaceHandler`` before it.
struct PacedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let limits: RequestPaceHandler.Limits
    let isTLS: Bool

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                RequestPaceHandler(limits: self.limits, isTLS: self.isTLS))
        }.flatMap { self.base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async { await self.base.handle(value: value, logger: logger) }
}
