import Logging
import NIOCore
import NIOSSL

/// One client's HTTP/2 connection (RFC 9113), all of it in one handler: frames, header compression, flow control,
/// keepalive and the end. Its streams are ``GRPCServerCall``s, kept in an ``HTTP2StreamTable``; who may send how much is
/// ``HTTP2FlowControl``'s. The connection's event loop is its lock.
///
/// A channel and a pipeline for each stream, which the client side has from swift-nio-http2, cost a server most of its
/// CPU and memory; see decision 40. What is a client's to get wrong is checked here: a broken rule ends the connection
/// with GOAWAY, or the stream with RST_STREAM.
final class HTTP2ServerConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private static let pingTimeout = TimeAmount.seconds(20)
    private static let shutdownPing: UInt64 = 0x7374_6f70_7069_6e67
    private static let outputPieceBytes = 64 << 10
    /// How many pieces go out before other connections have their turn.
    private static let piecesAtOnce = 16

    private let services: [any GRPCService]
    private let pages: PlainHTTPPages?
    private let limits: GRPCServer.Limits
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var reader = HTTP2FrameReader()
    private var headers = HTTP2HeaderReader()
    private var streams = HTTP2StreamTable()
    private var flow = HTTP2FlowControl()
    private var hasWrittenPreface = false
    private var hasSettings = false
    private var isEnding = false
    private var timer: Scheduled<Void>?
    private var knownPeer: GRPCPeer?

    private var output = ByteBuffer()
    private var isReading = false
    private var isTurnScheduled = false
    private var isFlushing = false
    /// A client that does not read is not read from.
    private var isReadHeld = false
    private var hasHeardSinceCheck = false
    private(set) var isQuiescing = false
    private var isShutdownAcknowledged = false

    init(services: [any GRPCService], pages: PlainHTTPPages?, limits: GRPCServer.Limits, logger: Logger) {
        self.services = services
        self.pages = pages
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
        self.isReading = true
        self.hasHeardSinceCheck = true
        self.reader.append(self.unwrapInboundIn(data))
        do throws(HTTP2Wire.ConnectionError) {
            while !self.isEnding, let frame = try self.reader.next() { try self.handle(frame) }
        } catch {
            self.end(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
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
        for call in self.streams.removeAll() { call.connectionLost() }
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
        self.output.writeSettings([
            (HTTP2Wire.Setting.maximumConcurrentStreams, UInt32(HTTP2StreamTable.maximumCount)),
            (HTTP2Wire.Setting.initialWindowSize, UInt32(HTTP2Tuning.streamWindowBytes)),
            (HTTP2Wire.Setting.maximumHeaderListSize, UInt32(HTTP2HeaderReader.listBytesMaximum)),
        ])
        self.output.writeWindowUpdate(
            stream: 0, increment: HTTP2Tuning.connectionWindowBytes - HTTP2Wire.defaultWindow)
        self.flushSoon()
    }

    // MARK: Frames

    private func handle(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        let type = HTTP2Wire.FrameType(rawValue: frame.type)
        if self.headers.isUnfinished, type != .continuation {
            throw HTTP2Wire.ConnectionError(.protocolError, "headers were interrupted by another frame")
        }
        if !self.hasSettings, type != .settings {
            throw HTTP2Wire.ConnectionError(.protocolError, "the first frame is not SETTINGS")
        }
        switch type {
        case .data: try self.data(frame)
        case .headers: if let request = try self.headers.begin(frame) { self.take(request) }
        case .priority: try Self.check(frame, payloadBytes: 5, isOnStream: true)
        case .resetStream: try self.reset(frame)
        case .settings: try self.settings(frame)
        case .pushPromise: throw HTTP2Wire.ConnectionError(.protocolError, "a client cannot push")
        case .ping: try self.ping(frame)
        case .goAway:
            // The client makes no more calls; those under way are answered, and the client closes.
            guard frame.stream == 0, frame.payload.readableBytes >= 8 else {
                throw HTTP2Wire.ConnectionError(.protocolError, "malformed GOAWAY")
            }
        case .windowUpdate: try self.windowUpdate(frame)
        case .continuation: if let request = try self.headers.goOn(frame) { self.take(request) }
        case nil: break
        }
    }

    private static func check(
        _ frame: HTTP2FrameReader.Frame, payloadBytes: Int, isOnStream: Bool
    ) throws(HTTP2Wire.ConnectionError) {
        guard (frame.stream != 0) == isOnStream else {
            throw HTTP2Wire.ConnectionError(.protocolError, "frame \(frame.type) on stream \(frame.stream)")
        }
        guard frame.payload.readableBytes == payloadBytes else {
            throw HTTP2Wire.ConnectionError(.frameSize, "frame \(frame.type) of the wrong size")
        }
    }

    private func data(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        let size = frame.payload.readableBytes
        guard self.streams.hasOpened(frame.stream) else {
            throw HTTP2Wire.ConnectionError(.protocolError, "DATA on a stream that is not open")
        }
        let increment = try self.flow.receive(size)
        if increment > 0 {
            self.output.writeWindowUpdate(stream: 0, increment: increment)
            self.flushSoon()
        }
        let payload = try frame.payloadWithoutPadding()
        // What was still on its way when a stream ended is dropped.
        guard let call = self.streams[frame.stream] else { return }
        self.streams.willReceive(call)
        call.receive(payload, frameBytes: size, endsStream: frame.has(HTTP2Wire.Flag.endStream))
        try self.streams.didReceive(call)
    }

    private func take(_ request: HTTP2HeaderReader.Request) {
        guard request.stream > self.streams.last else {
            // Trailers of a request: gRPC clients send none, but they may end the stream.
            if request.endsStream {
                self.streams[request.stream]?.receive(ByteBuffer(), frameBytes: 0, endsStream: true)
            }
            return
        }
        self.streams.note(request.stream)
        guard !self.streams.isFull else {
            self.output.writeReset(stream: request.stream, .refusedStream)
            return self.flushSoon()
        }
        guard let context = self.context else { return }
        let call = GRPCServerCall(
            stream: request.stream, connection: self, eventLoop: context.eventLoop, services: self.services,
            pages: self.pages, limits: self.limits, sendWindow: self.flow.initialStreamWindow)
        self.streams.add(call)
        call.begin(request.headers, endsStream: request.endsStream)
    }

    private func reset(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        try Self.check(frame, payloadBytes: 4, isOnStream: true)
        guard self.streams.hasOpened(frame.stream) else {
            throw HTTP2Wire.ConnectionError(.protocolError, "RST_STREAM on a stream that is not open")
        }
        guard let call = self.streams[frame.stream] else { return }
        self.remove(call)
        call.connectionLost()
    }

    private func settings(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        guard frame.stream == 0 else {
            throw HTTP2Wire.ConnectionError(.protocolError, "SETTINGS on a stream")
        }
        if frame.has(HTTP2Wire.Flag.acknowledge) {
            return try Self.check(frame, payloadBytes: 0, isOnStream: false)
        }
        guard frame.payload.readableBytes.isMultiple(of: 6) else {
            throw HTTP2Wire.ConnectionError(.frameSize, "SETTINGS of the wrong size")
        }
        var payload = frame.payload
        while let name = payload.readInteger(as: UInt16.self), let value = payload.readInteger(as: UInt32.self) {
            switch name {
            case HTTP2Wire.Setting.enablePush where value > 1:
                throw HTTP2Wire.ConnectionError(.protocolError, "ENABLE_PUSH is neither 0 nor 1")
            case HTTP2Wire.Setting.initialWindowSize:
                try self.changeStreamWindows(to: Int(value))
            case HTTP2Wire.Setting.maximumFrameSize:
                try self.flow.changeMaximumFrame(to: Int(value))
            default: break
            }
        }
        if !self.hasSettings {
            self.hasSettings = true
            self.startKeepalive()
        }
        self.output.writeFrameHeader(.settings, flags: HTTP2Wire.Flag.acknowledge, payloadBytes: 0)
        self.flushSoon()
        self.serveWaiting()
    }

    private func changeStreamWindows(to size: Int) throws(HTTP2Wire.ConnectionError) {
        let change = try self.flow.changeInitialStreamWindow(to: size)
        for call in self.streams.all {
            guard call.sendWindow + change <= HTTP2Wire.largestWindow else {
                throw HTTP2Wire.ConnectionError(.flowControl, "a window beyond 2 GiB")
            }
            call.sendWindow += change
            if change > 0, call.hasOutput { self.waitForRoom(call) }
        }
    }

    private func ping(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        try Self.check(frame, payloadBytes: 8, isOnStream: false)
        let data = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt64.self) ?? 0
        if frame.has(HTTP2Wire.Flag.acknowledge) {
            if data == Self.shutdownPing {
                self.isShutdownAcknowledged = true
                self.closeIfDone()
            }
        } else {
            self.output.writePing(data, isAcknowledgement: true)
            self.flushSoon()
        }
    }

    private func windowUpdate(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        try Self.check(frame, payloadBytes: 4, isOnStream: frame.stream != 0)
        let raw = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt32.self) ?? 0
        let increment = Int(raw & 0x7fff_ffff)
        if frame.stream == 0 {
            try self.flow.widen(by: increment)
            self.serveWaiting()
            return
        }
        guard self.streams.hasOpened(frame.stream) else {
            throw HTTP2Wire.ConnectionError(.protocolError, "WINDOW_UPDATE on a stream that is not open")
        }
        guard let call = self.streams[frame.stream] else { return }
        guard increment > 0, call.sendWindow + increment <= HTTP2Wire.largestWindow else {
            self.sendReset(call, increment > 0 ? .flowControl : .protocolError)
            call.connectionLost()
            return
        }
        call.sendWindow += increment
        call.sendMore()
    }

    // MARK: What calls send

    /// Sends a whole header block on a stream; one that ends the stream ends the call.
    func sendHeaders(_ block: [UInt8], on call: GRPCServerCall, endsStream: Bool) {
        var rest = block[...]
        var type = HTTP2Wire.FrameType.headers
        repeat {
            let piece = rest.prefix(self.flow.maximumFrameBytes)
            rest = rest.dropFirst(piece.count)
            var flags: UInt8 = rest.isEmpty ? HTTP2Wire.Flag.endHeaders : 0
            if type == .headers, endsStream { flags |= HTTP2Wire.Flag.endStream }
            self.output.writeFrameHeader(type, flags: flags, stream: call.stream, payloadBytes: piece.count)
            self.output.writeBytes(piece)
            type = .continuation
        } while !rest.isEmpty
        self.flushSoon()
    }

    /// Sends as much of `bytes` as the windows and the socket take, and takes that much from it.
    func sendData(_ bytes: inout ByteBuffer, on call: GRPCServerCall) {
        while bytes.readableBytes > 0, self.hasRoom {
            let size = self.flow.frameBytes(of: bytes.readableBytes, streamWindow: call.sendWindow)
            guard size > 0, var piece = bytes.readSlice(length: size) else { return }
            self.flow.send(size)
            call.sendWindow -= size
            self.output.writeFrameHeader(.data, stream: call.stream, payloadBytes: size)
            self.output.writeBuffer(&piece)
            self.flushSoon()
        }
    }

    /// Whether the connection's window, what is collected for one write, and the socket take more.
    var hasRoom: Bool {
        guard let context = self.context else { return false }
        return self.flow.sendWindow > 0 && self.output.readableBytes < Self.outputPieceBytes
            && context.channel.isWritable
    }

    /// Has the call's ``GRPCServerCall/sendMore()`` called when there is room on the connection or in the socket.
    func waitForRoom(_ call: GRPCServerCall) {
        guard !call.isWaitingForRoom else { return }
        call.isWaitingForRoom = true
        self.flow.wait(call.stream)
    }

    /// Each waiting call gets one turn; whoever still has something to send queues up again.
    private func serveWaiting() {
        var turns = self.flow.waitingCount
        while turns > 0, self.hasRoom, let stream = self.flow.nextWaiting() {
            turns -= 1
            guard let call = self.streams[stream] else { continue }
            call.isWaitingForRoom = false
            call.sendMore()
        }
    }

    func sendReset(_ call: GRPCServerCall, _ code: HTTP2Wire.ErrorCode) {
        self.output.writeReset(stream: call.stream, code)
        self.flushSoon()
        self.remove(call)
    }

    /// Gives the client room for as many bytes more on a stream.
    func sendWindowUpdate(_ call: GRPCServerCall, increment: Int) {
        self.output.writeWindowUpdate(stream: call.stream, increment: increment)
        self.flushSoon()
    }

    /// Forgets a call that is over.
    func remove(_ call: GRPCServerCall) {
        if self.streams.remove(call) { self.closeIfDone() }
    }

    /// All that is written in one turn of the event loop leaves as one write.
    private func flushSoon() {
        guard !self.isReading, !self.isTurnScheduled, let context = self.context else { return }
        self.isTurnScheduled = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.isTurnScheduled = false
            bound.value.flushOutput()
        }
    }

    /// Writes what is collected, and what waited behind it, as far as the socket takes it.
    ///
    /// Never called in the midst of a call's work: a write may find at once that the socket is full, has more to read, or
    /// is gone, and the channel tells so before it returns.
    private func flushOutput() {
        guard !self.isFlushing else { return }
        self.isFlushing = true
        defer { self.isFlushing = false }
        for _ in 0..<Self.piecesAtOnce {
            guard self.output.readableBytes > 0, let context = self.context else { return }
            let bytes = self.output
            self.output = ByteBuffer()
            context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
            self.serveWaiting()
        }
        self.flushSoon()
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
            connection.output.writePing(0, isAcknowledgement: false)
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
        self.output.writeGoAway(lastStream: UInt32(Int32.max), .none)
        self.output.writePing(Self.shutdownPing, isAcknowledgement: false)
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
        self.output.writeGoAway(lastStream: self.streams.last, code)
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
