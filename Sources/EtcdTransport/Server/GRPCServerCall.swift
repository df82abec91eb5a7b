import NIOCore
import NIOHPACK
import NIOHTTP2

/// One call on a server: a handler on the HTTP/2 stream's channel. No task, no copy of a message.
///
/// The channel's event loop is its lock.
final class GRPCServerCall: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = Never
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum State {
        case awaitingHeaders
        case unary(@Sendable (ByteBuffer, GRPCCallInfo, GRPCReply) -> Void, GRPCCallInfo, request: ByteBuffer?)
        /// The method is at work; its reply will call `answer`.
        case unaryRunning
        case stream(GRPCServerStream, any GRPCStreamHandler)
        /// The status was sent. What else comes in is dropped.
        case finished
    }

    private static let answerHeaders = HPACKHeaders([(":status", "200"), ("content-type", "application/grpc")])
    private static let okTrailers = HPACKHeaders([("grpc-status", "0")])
    private static let batchBytes = 64 << 10

    private let services: [any GRPCService]
    private let limits: GRPCServer.Limits
    private let connection: GRPCServerConnection
    private var state = State.awaitingHeaders
    private var decoder: GRPCMessageDecoder
    private var context: ChannelHandlerContext?
    private var deadlineTimer: Scheduled<Void>?
    private var hasSentHeaders = false
    private var clientHasEnded = false
    /// The half-close that waits behind messages not yet delivered.
    private var owesHalfClose = false
    private var isReadHeld = false

    init(services: [any GRPCService], limits: GRPCServer.Limits, connection: GRPCServerConnection) {
        self.services = services
        self.limits = limits
        self.connection = connection
        self.decoder = GRPCMessageDecoder(maximumMessageBytes: limits.maximumMessageBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .headers(let payload):
            if case .awaitingHeaders = self.state { self.begin(payload.headers, context: context) }
            if payload.endStream { self.clientEnded() }
        case .data(let payload):
            if case .byteBuffer(var bytes) = payload.data, bytes.readableBytes > 0, !self.isFinished {
                self.decoder.append(&bytes)
                self.deliverMessages()
            }
            if payload.endStream { self.clientEnded() }
        default:
            break
        }
    }

    func read(context: ChannelHandlerContext) {
        // Who does not take answers may not send more questions.
        if case .stream(let stream, _) = self.state, stream.isFull {
            self.isReadHeld = true
        } else {
            context.read()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.close()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the client, or a violation that HTTP/2 has already answered.
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.drainStream() }
        context.fireChannelWritabilityChanged()
    }

    private func begin(_ headers: HPACKHeaders, context: ChannelHandlerContext) {
        guard let contentType = headers.first(name: "content-type"), contentType.hasPrefix("application/grpc") else {
            return self.refuse(
                httpStatus: "415", GRPCStatus(.internalError, "the content-type is not application/grpc"))
        }
        guard headers.first(name: ":method") == "POST" else {
            return self.refuse(httpStatus: "405", GRPCStatus(.internalError, "gRPC calls use the method POST"))
        }
        if let encoding = headers.first(name: "grpc-encoding"), encoding != "identity" {
            return self.fail(
                GRPCStatus(.unimplemented, "grpc: Decompressor is not installed for grpc-encoding \"\(encoding)\""))
        }
        var deadline: NIODeadline?
        if let value = headers.first(name: "grpc-timeout") {
            guard let timeout = GRPCTimeout.parse(value) else {
                return self.fail(GRPCStatus(.internalError, "malformed grpc-timeout: \(value)"))
            }
            deadline = .now() + timeout
        }
        let path = headers.first(name: ":path") ?? ""
        guard !self.connection.isQuiescing else {
            return self.fail(GRPCStatus(.unavailable, "etcdserver: server stopped"))
        }
        guard let method = self.services.firstHandler(for: path) else {
            return self.fail(self.services.statusOfMissing(path: path))
        }
        if let deadline {
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            self.deadlineTimer = context.eventLoop.scheduleTask(deadline: deadline) {
                bound.value.fail(GRPCStatus(.deadlineExceeded, "context deadline exceeded"))
            }
        }
        let info = GRPCCallInfo(path: path, deadline: deadline, headers: headers, connection: self.connection.peer)
        switch method {
        case .unary(let call):
            self.state = .unary(call, info, request: nil)
        case .stream(let makeHandler):
            let stream = GRPCServerStream(
                info: info, call: self, eventLoop: context.eventLoop,
                maximumQueuedBytes: self.limits.maximumQueuedStreamBytes)
            self.state = .stream(stream, makeHandler(stream))
            self.connection.add(self)
        }
    }

    private func deliverMessages() {
        do throws(GRPCStatus) {
            while true {
                switch self.state {
                case .unary(let call, let info, let request):
                    guard let message = try self.decoder.next() else { return }
                    guard request == nil else {
                        throw GRPCStatus(
                            .internalError,
                            "cardinality violation: received multiple request messages for unary-request RPC")
                    }
                    self.state = .unary(call, info, request: message)
                case .stream(let stream, let handler):
                    guard !stream.isFull, let message = try self.decoder.next() else { return }
                    handler.onMessage(message)
                case .awaitingHeaders, .unaryRunning, .finished:
                    return
                }
            }
        } catch {
            self.fail(error)
        }
    }

    private func clientEnded() {
        self.clientHasEnded = true
        switch self.state {
        case .unary(let call, let info, let request):
            guard !self.decoder.hasPartialMessage, let request, let context = self.context else {
                return self.fail(GRPCStatus(.internalError, "the request ended before its message was complete"))
            }
            self.state = .unaryRunning
            call(request, info, GRPCReply(call: self, eventLoop: context.eventLoop))
        case .stream(let stream, let handler):
            if stream.isFull {
                self.owesHalfClose = true
            } else if self.decoder.hasPartialMessage {
                self.fail(GRPCStatus(.internalError, "the request ended before its message was complete"))
            } else {
                handler.onHalfClose()
            }
        case .awaitingHeaders, .unaryRunning, .finished:
            break
        }
    }

    // MARK: To the client

    /// Sends the answer of a unary call. A call that is over by now drops it.
    func answer(_ result: Result<ByteBuffer, GRPCStatus>) {
        guard case .unaryRunning = self.state, let context = self.context else { return }
        switch result {
        case .success(let message):
            self.state = .finished
            self.deadlineTimer?.cancel()
            context.write(self.wrapOutboundOut(.headers(.init(headers: Self.answerHeaders))), promise: nil)
            context.write(self.wrapOutboundOut(.data(.init(data: .byteBuffer(message)))), promise: nil)
            context.writeAndFlush(
                self.wrapOutboundOut(.headers(.init(headers: Self.okTrailers, endStream: true))), promise: nil)
        case .failure(let status):
            self.fail(status)
        }
    }

    /// Sends what the stream has queued, as far as the client takes it.
    func drainStream() {
        guard case .stream(let stream, let handler) = self.state, let context = self.context else { return }
        var wrote = false
        var tellsWritable = false
        while context.channel.isWritable {
            let batch = stream.takeBatch(maximumBytes: Self.batchBytes)
            tellsWritable = tellsWritable || batch.tellsWritable
            if !batch.messages.isEmpty {
                self.write(batch.messages, context: context)
                wrote = true
            }
            if let status = batch.status { return self.fail(status) }
            if batch.messages.isEmpty { break }
        }
        if wrote { context.flush() }
        if tellsWritable { handler.onWritable() }
        self.resumeReading()
    }

    private func write(_ messages: [ByteBuffer], context: ChannelHandlerContext) {
        if !self.hasSentHeaders {
            self.hasSentHeaders = true
            context.write(self.wrapOutboundOut(.headers(.init(headers: Self.answerHeaders))), promise: nil)
        }
        guard var joined = messages.first else { return }
        for var message in messages.dropFirst() { joined.writeBuffer(&message) }
        context.write(self.wrapOutboundOut(.data(.init(data: .byteBuffer(joined)))), promise: nil)
    }

    private func resumeReading() {
        guard case .stream(let stream, _) = self.state, !stream.isFull else { return }
        self.deliverMessages()
        if self.owesHalfClose, !stream.isFull {
            self.owesHalfClose = false
            self.clientEnded()
        }
        if self.isReadHeld, !stream.isFull {
            self.isReadHeld = false
            self.context?.read()
        }
    }

    /// Ends the call with a status; trailers only, if nothing was sent before.
    func fail(_ status: GRPCStatus) {
        guard !self.isFinished else { return }
        var trailers = self.hasSentHeaders ? HPACKHeaders() : Self.answerHeaders
        status.add(to: &trailers)
        self.finish(trailers)
    }

    private func refuse(httpStatus: String, _ status: GRPCStatus) {
        var trailers = HPACKHeaders([(":status", httpStatus), ("content-type", "application/grpc")])
        status.add(to: &trailers)
        self.finish(trailers)
    }

    private func finish(_ trailers: HPACKHeaders) {
        let wasStream = self.endState()
        guard let context = self.context else { return }
        // A client that is still sending is told to stop, but only after it has the status.
        let resets = !self.clientHasEnded
        let written: EventLoopPromise<Void>? = resets ? context.eventLoop.makePromise() : nil
        if let written {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            written.futureResult.whenSuccess {
                guard bound.value.channel.isActive else { return }
                let reset = HTTP2Frame.FramePayload.rstStream(.noError)
                bound.value.writeAndFlush(NIOAny(reset), promise: nil)
            }
        }
        context.writeAndFlush(
            self.wrapOutboundOut(.headers(.init(headers: trailers, endStream: true))), promise: written)
        wasStream?.onClose()
    }

    private func close() {
        self.endState()?.onClose()
    }

    /// Leaves the current state for good; returns the handler that must be told so.
    private func endState() -> (any GRPCStreamHandler)? {
        self.deadlineTimer?.cancel()
        self.deadlineTimer = nil
        defer { self.state = .finished }
        guard case .stream(let stream, let handler) = self.state else { return nil }
        stream.close()
        self.connection.remove(self)
        return handler
    }

    private var isFinished: Bool {
        if case .finished = self.state { true } else { false }
    }
}

extension [any GRPCService] {
    fileprivate func firstHandler(for path: String) -> GRPCMethod? {
        for service in self {
            if let method = service.handler(for: path) { return method }
        }
        return nil
    }

    /// The status etcd gives for a path nobody serves.
    fileprivate func statusOfMissing(path: String) -> GRPCStatus {
        guard path.first == "/", let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            return GRPCStatus(.unimplemented, "malformed method name: \"\(path)\"")
        }
        let service = String(path[path.index(after: path.startIndex)..<slash])
        let method = path[path.index(after: slash)...]
        guard self.contains(where: { $0.provides(service: service) }) else {
            return GRPCStatus(.unimplemented, "unknown service \(service)")
        }
        return GRPCStatus(.unimplemented, "unknown method \(method) for service \(service)")
    }
}
