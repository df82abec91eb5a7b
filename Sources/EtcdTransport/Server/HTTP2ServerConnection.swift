import Logging
import NIOCore
import NIOSSL

/// A server's side of an ``HTTP2Connection``. Its streams are ``GRPCServerCall``s.
///
/// What is a client's to get wrong is checked: a broken rule ends the connection with GOAWAY, or the stream with
/// RST_STREAM.
final class HTTP2ServerConnection: HTTP2Connection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private static let pingTimeout = TimeAmount.seconds(20)
    private static let shutdownPing: UInt64 = 0x7374_6f70_7069_6e67
    private static let streamsMaximum = 1 << 20
    /// How much of unfinished requests one connection may hold.
    private static let partialRequestBytesMaximum = 64 << 20

    let routes: GRPCRoutes
    private let limits: GRPCServer.Limits
    private let logger: Logger
    private(set) var context: ChannelHandlerContext?
    private var reader = HTTP2FrameReader(expectsPreface: true)
    private(set) var headers = HTTP2HeaderReader()
    var streams = HTTP2StreamTable<GRPCServerCall>()
    var flow = HTTP2FlowControl()
    var output = HTTP2Output()
    private var partialRequestBytes = 0
    private var hasWrittenPreface = false
    private(set) var hasSettings = false
    private var isEnding = false
    private var timer: Scheduled<Void>?
    private var knownPeer: GRPCPeer?

    /// A client that does not read is not read from.
    private var isReadHeld = false
    private var hasHeardSinceCheck = false
    private(set) var isQuiescing = false
    private var isShutdownAcknowledged = false

    init(routes: GRPCRoutes, limits: GRPCServer.Limits, logger: Logger) {
        self.routes = routes
        self.limits = limits
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

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.startTimer(self.limits.handshakeTimeout) { connection in
            connection.logger.debug("connection closed: no handshake in time")
            connection.context?.close(promise: nil)
        }
        if context.channel.isActive { self.writePreface() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.writePreface()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isEnding else { return }
        self.output.isReading = true
        self.hasHeardSinceCheck = true
        self.reader.append(self.unwrapInboundIn(data))
        do throws(HTTP2Wire.ConnectionError) {
            while !self.isEnding, let frame = try self.reader.next() { try self.handle(frame) }
        } catch {
            self.end(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.output.isReading = false
        self.flushOutput()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable { context.read() } else { self.isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            self.serveWaiting()
            if self.isReadHeld {
                self.isReadHeld = false
                context.read()
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        for call in self.streams.removeAll() { call.breakOff() }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { self.quiesce() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.logger.debug("connection closed", metadata: ["peer": "\(self.peer.address)", "error": "\(error)"])
        context.close(promise: nil)
    }

    private func writePreface() {
        guard !self.hasWrittenPreface else { return }
        self.hasWrittenPreface = true
        self.output.bytes.writeSettings([
            (HTTP2Wire.Setting.maximumConcurrentStreams, UInt32(Self.streamsMaximum)),
            (HTTP2Wire.Setting.initialWindowSize, UInt32(HTTP2Tuning.streamWindowBytes)),
            (HTTP2Wire.Setting.maximumHeaderListSize, UInt32(HTTP2HeaderReader.listBytesMaximum)),
        ])
        self.output.bytes.writeWindowUpdate(
            stream: 0, increment: HTTP2Tuning.connectionWindowBytes - HTTP2Wire.defaultWindow)
        self.flushSoon()
    }

    // MARK: Frames

    private func handle(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        switch try self.typeInOrder(of: frame) {
        case .data: try self.data(frame)
        case .headers: if let block = try self.headers.begin(frame) { self.take(block) }
        case .priority: try Self.check(frame, payloadBytes: 5, isOnStream: true)
        case .resetStream: try self.takeReset(frame)?.stream.breakOff()
        case .settings: try self.settings(frame)
        case .pushPromise: throw HTTP2Wire.ConnectionError(.protocolError, "a client cannot push")
        case .ping: try self.ping(frame)
        case .goAway:
            // The client makes no more calls; those under way are answered, and the client closes.
            guard frame.stream == 0, frame.payload.readableBytes >= 8 else {
                throw HTTP2Wire.ConnectionError(.protocolError, "malformed GOAWAY")
            }
        case .windowUpdate: try self.takeWindowUpdate(frame)
        case .continuation: if let block = try self.headers.goOn(frame) { self.take(block) }
        case nil: break
        }
    }

    private func data(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        let (payload, call) = try self.takeData(frame)
        guard let call else { return }
        call.receive(
            payload, frameBytes: frame.payload.readableBytes, endsStream: frame.has(HTTP2Wire.Flag.endStream))
        self.recount(call)
        guard self.partialRequestBytes <= Self.partialRequestBytesMaximum else {
            throw HTTP2Wire.ConnectionError(.enhanceYourCalm, "too many unfinished requests")
        }
    }

    private func take(_ request: HTTP2HeaderReader.Block) {
        guard request.stream > self.streams.last else {
            // Trailers of a request: gRPC clients send none, but they may end the stream.
            if request.endsStream {
                self.streams[request.stream]?.receive(ByteBuffer(), frameBytes: 0, endsStream: true)
            }
            return
        }
        self.streams.note(request.stream)
        guard self.streams.count < Self.streamsMaximum else {
            self.output.bytes.writeReset(stream: request.stream, .refusedStream)
            return self.flushSoon()
        }
        guard let context = self.context else { return }
        let call = GRPCServerCall(
            id: request.stream, connection: self, eventLoop: context.eventLoop, limits: self.limits,
            sendWindow: self.flow.initialStreamWindow)
        self.streams.add(call)
        call.begin(request.headers, endsStream: request.endsStream)
    }

    private func settings(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        guard try self.takeSettings(frame) else { return }
        if !self.hasSettings {
            self.hasSettings = true
            self.startKeepalive()
        }
        self.serveWaiting()
    }

    func take(setting name: UInt16, _ value: UInt32) throws(HTTP2Wire.ConnectionError) {
        if name == HTTP2Wire.Setting.enablePush, value > 1 {
            throw HTTP2Wire.ConnectionError(.protocolError, "ENABLE_PUSH is neither 0 nor 1")
        }
    }

    private func ping(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        guard try self.takePing(frame) == Self.shutdownPing else { return }
        self.isShutdownAcknowledged = true
        self.closeIfDone()
    }

    /// Notes how much of an unfinished request a call holds now.
    func recount(_ call: GRPCServerCall) {
        guard self.streams[call.id] === call else { return }
        self.partialRequestBytes += call.partialBytes - call.countedBytes
        call.countedBytes = call.partialBytes
    }

    /// Forgets a call that is over.
    func remove(_ call: GRPCServerCall) {
        guard self.streams.remove(call) else { return }
        self.partialRequestBytes -= call.countedBytes
        self.closeIfDone()
    }

    // MARK: Time, and the end

    private func startTimer(_ delay: TimeAmount, _ body: @escaping @Sendable (HTTP2ServerConnection) -> Void) {
        guard let context = self.context else { return }
        self.timer?.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: delay) { body(bound.value) }
    }

    /// Asks a client for a sign of life that was silent for an interval, and drops it if none comes.
    private func startKeepalive() {
        self.hasHeardSinceCheck = false
        self.startTimer(self.limits.pingInterval) { connection in
            if connection.hasHeardSinceCheck { return connection.startKeepalive() }
            connection.output.bytes.writePing(0, isAcknowledgement: false)
            connection.flushSoon()
            connection.startTimer(Self.pingTimeout) { connection in
                if connection.hasHeardSinceCheck { return connection.startKeepalive() }
                connection.logger.debug("connection closed: the client is silent")
                connection.context?.close(promise: nil)
            }
        }
    }

    /// No new calls; streams end, as a watch would never end by itself; calls under way are answered.
    private func quiesce() {
        guard !self.isQuiescing else { return }
        self.isQuiescing = true
        // The client may have sent calls before it hears of this: the answer to the ping comes after them.
        self.output.bytes.writeGoAway(lastStream: UInt32(Int32.max), .none)
        self.output.bytes.writePing(Self.shutdownPing, isAcknowledgement: false)
        for call in self.streams.all where call.isStream {
            call.fail(GRPCStatus(.unavailable, "etcdserver: server stopped"))
        }
        self.flushSoon()
        if !self.hasSettings { self.context?.close(promise: nil) }
    }

    private func closeIfDone() {
        guard self.isQuiescing, self.isShutdownAcknowledged, self.streams.isEmpty, !self.isEnding else { return }
        self.endWith(.none)
    }

    private func end(_ error: HTTP2Wire.ConnectionError) {
        self.logger.debug(
            "connection closed", metadata: ["peer": "\(self.peer.address)", "error": "\(error.reason)"])
        self.endWith(error.code)
    }

    private func endWith(_ code: HTTP2Wire.ErrorCode) {
        guard !self.isEnding, let context = self.context else { return }
        self.isEnding = true
        self.output.bytes.writeGoAway(lastStream: self.streams.last, code)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.flushOutput()
            bound.value.context?.close(promise: nil)
        }
    }

    private static func text(of address: SocketAddress?) -> String {
        guard let address, let ip = address.ipAddress, let port = address.port else { return "" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}
