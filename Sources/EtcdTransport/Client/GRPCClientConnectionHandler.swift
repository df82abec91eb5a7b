import NIOCore
import NIOHTTP2

/// Watches over a client's connection: handshake, pings, the server's farewell.
///
/// The connection's event loop is its lock.
final class GRPCClientConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Asks for a ping ahead of time.
    struct Doubt: Sendable {}

    /// Servers drop clients that ping more often.
    private static let shortestPingInterval = TimeAmount.seconds(5)

    let ready: EventLoopPromise<Void>
    private let connection: GRPCClientConnection
    private let options: GRPCClientConnection.Options
    private var isReady = false
    private var timer: Scheduled<Void>?
    private var isAwaitingPong = false
    private var lastPing = NIODeadline.uptimeNanoseconds(0)
    private var lastError: (any Error)?

    init(connection: GRPCClientConnection, options: GRPCClientConnection.Options, ready: EventLoopPromise<Void>) {
        self.connection = connection
        self.options = options
        self.ready = ready
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.schedule(in: self.options.dialTimeout, context) { handler, context in
            handler.fail(Failure(description: "no HTTP/2 handshake in time"), context: context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data).payload {
        case .settings(.settings):
            guard !self.isReady else { break }
            self.isReady = true
            self.ready.succeed()
            self.schedulePing(context: context)
        case .ping(_, ack: true):
            self.isAwaitingPong = false
            self.schedulePing(context: context)
        case .goAway(_, let errorCode, _):
            self.connection.retire()
            if errorCode == .enhanceYourCalm { self.connection.calmDown() }
        default:
            break
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is Doubt {
            let mayPing = self.lastPing + min(Self.shortestPingInterval, self.options.pingInterval) <= .now()
            if self.isReady, !self.isAwaitingPong, mayPing { self.ping(context: context) }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard HTTP2Tuning.endsConnection(error) else { return }
        self.fail(error, context: context)
    }

    /// The next ping goes out an interval after the last answer.
    private func schedulePing(context: ChannelHandlerContext) {
        self.schedule(in: self.options.pingInterval, context) { handler, context in handler.ping(context: context) }
    }

    /// A ping without answer ends the connection.
    private func ping(context: ChannelHandlerContext) {
        self.isAwaitingPong = true
        self.lastPing = .now()
        let ping = HTTP2Frame(streamID: .rootStream, payload: .ping(HTTP2PingData(), ack: false))
        context.writeAndFlush(self.wrapOutboundOut(ping), promise: nil)
        self.schedule(in: self.options.pingTimeout, context) { handler, context in
            handler.fail(Failure(description: "the server does not answer pings"), context: context)
        }
    }

    private func schedule(
        in delay: TimeAmount, _ context: ChannelHandlerContext,
        _ body: @escaping (GRPCClientConnectionHandler, ChannelHandlerContext) -> Void
    ) {
        self.timer?.cancel()
        let bound = NIOLoopBound((self, context, body), eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: delay) {
            let (handler, context, body) = bound.value
            body(handler, context)
        }
    }

    private func fail(_ error: any Error, context: ChannelHandlerContext) {
        if self.lastError == nil { self.lastError = error }
        self.connection.retire()
        context.close(promise: nil)
    }

    private func end() {
        self.timer?.cancel()
        self.timer = nil
        self.connection.retire()
        if !self.isReady {
            self.isReady = true
            self.ready.fail(self.lastError ?? Failure(description: "the server closed the connection"))
        }
    }
}
