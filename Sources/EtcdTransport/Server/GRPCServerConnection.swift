import Logging
import NIOCore
import NIOHTTP2
import NIOSSL

/// What the calls of one server connection share, as the last handler of its pipeline.
///
/// It closes a connection that does not complete the TLS and HTTP/2 handshakes in time, and ends the open streams when
/// the server stops: a watch would never end by itself. The connection's event loop is its lock.
final class GRPCServerConnection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    private let handshakeTimeout: TimeAmount
    private let logger: Logger
    private var handshakeTimer: Scheduled<Void>?
    private var context: ChannelHandlerContext?
    private var streams: [ObjectIdentifier: GRPCServerCall] = [:]
    private var knownPeer: GRPCPeer?
    private(set) var isQuiescing = false

    init(handshakeTimeout: TimeAmount, logger: Logger) {
        self.handshakeTimeout = handshakeTimeout
        self.logger = logger
    }

    var peer: GRPCPeer {
        if let knownPeer = self.knownPeer { return knownPeer }
        let operations = self.context?.pipeline.syncOperations
        let peer = GRPCPeer(
            address: Self.text(of: self.context?.remoteAddress),
            certificate: try? operations?.handler(type: NIOSSLServerHandler.self).peerCertificate)
        self.knownPeer = peer
        return peer
    }

    func add(_ call: GRPCServerCall) { self.streams[ObjectIdentifier(call)] = call }

    func remove(_ call: GRPCServerCall) { self.streams[ObjectIdentifier(call)] = nil }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let logger = self.logger
        self.handshakeTimer = context.eventLoop.scheduleTask(in: self.handshakeTimeout) {
            logger.debug("connection closed: no handshake in time")
            bound.value.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.handshakeTimer?.cancel()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Any frame proves that the client speaks HTTP/2; the first one is its SETTINGS.
        self.handshakeTimer?.cancel()
        self.handshakeTimer = nil
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            self.isQuiescing = true
            for call in self.streams.values { call.fail(GRPCStatus(.unavailable, "etcdserver: server stopped")) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard HTTP2Tuning.endsConnection(error) else { return }
        self.logger.debug(
            "connection closed", metadata: ["peer": "\(self.peer.address)", "error": "\(error)"])
        context.close(promise: nil)
    }

    private static func text(of address: SocketAddress?) -> String {
        guard let address, let ip = address.ipAddress, let port = address.port else { return "" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}
