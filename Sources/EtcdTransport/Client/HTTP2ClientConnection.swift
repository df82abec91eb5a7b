import NIOCore

/// A client's side of an ``HTTP2Connection``. Its streams are ``GRPCClientCall``s.
///
/// A server that breaks a rule is told so with GOAWAY, and its connection is closed.
final class HTTP2ClientConnection: HTTP2Connection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private static let lastStream = UInt32(Int32.max)
    /// How many pings and settings are answered to a server that does not read the answers.
    private static let unreadAnswersMaximum = 10_000

    /// Fulfilled when the server has spoken HTTP/2.
    let ready: EventLoopPromise<Void>
    /// Let go when the connection is over.
    var owner: GRPCClientConnection?
    let options: GRPCClientConnection.Options
    private(set) var context: ChannelHandlerContext?
    var streams = HTTP2StreamTable<GRPCClientCall>()
    var flow = HTTP2FlowControl()
    var output = HTTP2Output()
    var keepalive = HTTP2ClientKeepalive()
    private var reader = HTTP2FrameReader(expectsPreface: false)
    private(set) var headers = HTTP2HeaderReader()
    private var encoder: HTTP2RequestEncoder
    private var hasWrittenPreface = false
    private(set) var hasSettings = false
    private var isEnding = false
    private var lastError: (any Error)?
    /// Calls beyond what the server takes at once.
    private var queue = CircularBuffer<GRPCClientCall>()
    private var streamsMaximum = Int.max
    private var nextStream: UInt32 = 1
    private var deadlines = NextDeadline()
    /// To be told when the read under way is over.
    private var callsToTell: [GRPCClientCall] = []
    private var unreadAnswers = 0

    init(endpoint: GRPCEndpoint, options: GRPCClientConnection.Options, ready: EventLoopPromise<Void>) {
        self.options = options
        self.ready = ready
        self.encoder = HTTP2RequestEncoder(endpoint: endpoint)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.awaitHandshake()
        if context.channel.isActive { self.writePreface() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.wasClosed()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.writePreface()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isEnding else { return }
        self.output.isReading = true
        self.keepalive.hasHeard = true
        self.reader.append(self.unwrapInboundIn(data))
        do throws(HTTP2Wire.ConnectionError) {
            while !self.isEnding, let frame = try self.reader.next() { try self.handle(frame) }
        } catch {
            self.end(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.output.isReading = false
        let calls = self.callsToTell
        self.callsToTell = []
        for call in calls {
            call.isToldOfReadEnd = false
            call.readEnded()
        }
        // In the next turn: a task on this thread that goes on now may have the next call ready by then, and what answers the
        // server, such as a ping's acknowledgement, leaves with it.
        if self.output.bytes.readableBytes > 0 { self.flushSoon() }
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            self.unreadAnswers = 0
            self.serveWaiting()
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.wasClosed()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(error)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // What calls have sent, resets above all, leaves before the end.
        if !self.output.isReading { self.flushOutput() }
        context.close(mode: mode, promise: promise)
    }

    private func writePreface() {
        guard !self.hasWrittenPreface else { return }
        self.hasWrittenPreface = true
        self.output.bytes.writeBytes(HTTP2Wire.preface)
        self.output.bytes.writeSettings([
            (HTTP2Wire.Setting.enablePush, 0),
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
        case .data:
            let (payload, call) = try self.takeData(frame)
            call?.take(
                payload, frameBytes: frame.payload.readableBytes, endsStream: frame.has(HTTP2Wire.Flag.endStream))
        case .headers: if let block = try self.headers.begin(frame) { try self.take(block) }
        case .priority: try Self.check(frame, payloadBytes: 5, isOnStream: true)
        case .resetStream: if let (call, code) = try self.takeReset(frame) { call.wasReset(code) }
        case .settings: try self.settings(frame)
        case .pushPromise: throw HTTP2Wire.ConnectionError(.protocolError, "a push, which the settings forbid")
        case .ping: try self.ping(frame)
        case .goAway: try self.goAway(frame)
        case .windowUpdate: try self.takeWindowUpdate(frame)
        case .continuation: if let block = try self.headers.goOn(frame) { try self.take(block) }
        case nil: break
        }
    }

    private func take(_ block: HTTP2HeaderReader.Block) throws(HTTP2Wire.ConnectionError) {
        guard self.streams.hasOpened(block.stream) else {
            throw HTTP2Wire.ConnectionError(.protocolError, "HEADERS on a stream that is not open")
        }
        self.streams[block.stream]?.take(block.headers, endsStream: block.endsStream)
    }

    private func settings(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        guard try self.takeSettings(frame) else { return }
        try self.countAnswer()
        if !self.hasSettings {
            self.hasSettings = true
            self.ready.succeed()
            self.schedulePing()
        }
        self.serveWaiting()
        self.beginQueued()
    }

    func take(setting name: UInt16, _ value: UInt32) {
        switch name {
        case HTTP2Wire.Setting.headerTableSize: self.encoder.limitTable(to: Int(value))
        case HTTP2Wire.Setting.maximumConcurrentStreams: self.streamsMaximum = Int(value)
        default: break
        }
    }

    private func ping(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        if try self.takePing(frame) != nil { self.pongCame() } else { try self.countAnswer() }
    }

    private func countAnswer() throws(HTTP2Wire.ConnectionError) {
        guard let context = self.context, !context.channel.isWritable else { return }
        self.unreadAnswers += 1
        guard self.unreadAnswers <= Self.unreadAnswersMaximum else {
            throw HTTP2Wire.ConnectionError(.enhanceYourCalm, "the server does not read what answers it")
        }
    }

    private func goAway(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        var payload = frame.payload
        guard frame.stream == 0, let last = payload.readInteger(as: UInt32.self),
            let code = payload.readInteger(as: UInt32.self)
        else { throw HTTP2Wire.ConnectionError(.protocolError, "malformed GOAWAY") }
        self.owner?.retire()
        self.refuseQueued()
        if code == HTTP2Wire.ErrorCode.enhanceYourCalm.rawValue { self.owner?.calmDown() }
        for call in self.streams.all where call.id > last & 0x7fff_ffff {
            self.remove(call)
            call.wasRefused()
        }
    }

    // MARK: Calls

    /// Begins a call, as soon as the server takes one more.
    func admit(_ call: GRPCClientCall) {
        guard let context = self.context, !self.isEnding else {
            return call.connectionLost("the connection was lost before the call began")
        }
        guard self.owner?.isUsable == true else { return call.connectionLost("the connection is closing") }
        self.queue.append(call)
        self.beginQueued()
        guard call.deadline != .distantFuture, call.failure == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.deadlines.note(call.deadline, on: context.eventLoop) { bound.value.expireCalls() }
    }

    private func beginQueued() {
        while self.streams.count < self.streamsMaximum, let call = self.queue.popFirst() {
            let id = self.nextStream
            self.nextStream += 2
            call.open(id, sendWindow: self.flow.initialStreamWindow)
            self.streams.note(id)
            self.streams.add(call)
            call.begin(on: self)
            // A stream's number is used once; the next call goes over another connection.
            if id >= Self.lastStream - 2 { return self.useUp() }
        }
    }

    private func useUp() {
        self.owner?.retire()
        self.refuseQueued()
    }

    func sendHeaders(of call: GRPCClientCall, _ head: GRPCRequestHead, timeout: TimeAmount?) {
        self.sendHeaders(self.encoder.encode(head, timeout: timeout), on: call, endsStream: false)
    }

    /// Has ``GRPCClientCall/readEnded()`` called after the read under way.
    func tellReadEnd(to call: GRPCClientCall) {
        guard !call.isToldOfReadEnd else { return }
        call.isToldOfReadEnd = true
        self.callsToTell.append(call)
    }

    func remove(_ call: GRPCClientCall) {
        guard self.streams.remove(call) else { return }
        self.beginQueued()
        guard self.streams.isEmpty, self.owner?.isUsable == false, let context = self.context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.closeIfIdle() }
    }

    /// Forgets a call that ended before it began.
    func removeQueued(_ call: GRPCClientCall) {
        if let index = self.queue.firstIndex(where: { $0 === call }) { self.queue.remove(at: index) }
    }

    private func expireCalls() {
        guard let context = self.context else { return }
        self.deadlines.cancel()
        let now = NIODeadline.now()
        // Those that wait first: a stream that ends would begin one of them.
        for call in Array(self.queue) + self.streams.all where call.deadline <= now { call.expire() }
        let next = (self.streams.all + self.queue).lazy.map(\.deadline).min() ?? .distantFuture
        guard next != .distantFuture else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.deadlines.note(next, on: context.eventLoop) { bound.value.expireCalls() }
    }

    // MARK: The end

    /// No new calls are made here: closes, unless calls are under way.
    func closeIfIdle() {
        self.refuseQueued()
        if self.streams.isEmpty { self.context?.channel.close(promise: nil) }
    }

    private func refuseQueued() {
        let calls = self.queue
        self.queue = []
        for call in calls { call.connectionLost("the connection is closing") }
    }

    private func end(_ error: HTTP2Wire.ConnectionError) {
        guard !self.isEnding, let context = self.context else { return }
        self.isEnding = true
        if self.lastError == nil { self.lastError = error }
        self.output.bytes.writeGoAway(lastStream: 0, error.code)
        self.wasClosed()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.flushOutput()
            bound.value.context?.close(promise: nil)
        }
    }

    /// Closes the connection.
    func fail(_ error: any Error) {
        if self.lastError == nil { self.lastError = error }
        // Calls hear of it now: TLS waits for the other side's farewell before the channel is closed.
        self.wasClosed()
        self.context?.close(promise: nil)
    }

    private func wasClosed() {
        guard let owner = self.owner else { return }
        self.owner = nil
        self.isEnding = true
        self.stopKeepalive()
        self.deadlines.cancel()
        owner.retire()
        if !self.hasSettings {
            self.ready.fail(self.lastError ?? HTTP2ClientKeepalive.Failure("the server closed the connection"))
        }
        let reason = self.lastError.map { "the connection was lost: \($0)" } ?? "the connection was lost"
        for call in self.streams.removeAll() { call.connectionLost(reason) }
        self.refuseQueued()
    }
}
