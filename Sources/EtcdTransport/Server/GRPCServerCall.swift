import NIOCore
import NIOHPACK

/// One call on a server: a stream of an ``HTTP2ServerConnection``. No task, no channel, no copy of a message.
///
/// The connection's event loop is its lock.
final class GRPCServerCall: HTTP2Stream {
    private enum State {
        case awaitingHeaders
        case unary(@Sendable (ByteBuffer, GRPCCallInfo, GRPCReply) -> Void, GRPCCallInfo, request: ByteBuffer?)
        /// The method is at work; its reply will call `answer`.
        case unaryRunning
        case stream(GRPCServerStream, any GRPCStreamHandler)
        /// The status was sent, or waits behind what is still to be sent. What else comes in is dropped.
        case finished
    }

    private static let batchBytes = 64 << 10

    let id: UInt32
    var sendWindow: Int
    var isWaitingForRoom = false
    private let connection: HTTP2ServerConnection
    private let eventLoop: any EventLoop
    private let limits: GRPCServer.Limits
    private var state = State.awaitingHeaders
    private var decoder: GRPCMessageDecoder
    private var deadlineTimer: Scheduled<Void>?
    private var hasSentHeaders = false
    private var clientHasEnded = false
    /// The half-close that waits behind messages not yet delivered.
    private var owesHalfClose = false
    /// What the client has sent since it was last given more room.
    private var receivedBytes = 0
    /// Messages on their way that the client had no room for yet, and the trailers behind them.
    private var unsent = ByteBuffer()
    private var unsentTrailers: [UInt8]?

    init(
        id: UInt32, connection: HTTP2ServerConnection, eventLoop: any EventLoop, limits: GRPCServer.Limits,
        sendWindow: Int
    ) {
        self.id = id
        self.connection = connection
        self.eventLoop = eventLoop
        self.limits = limits
        self.sendWindow = sendWindow
        self.decoder = GRPCMessageDecoder(maximumMessageBytes: limits.maximumMessageBytes)
    }

    /// How much of unfinished requests it holds.
    var partialBytes: Int {
        guard case .unary(_, _, let request?) = self.state else { return self.decoder.partialBytes }
        return self.decoder.partialBytes + request.readableBytes
    }

    /// How much of that the connection knows of.
    var countedBytes = 0

    var isStream: Bool { if case .stream = self.state { true } else { false } }

    var hasOutput: Bool { self.unsent.readableBytes > 0 || self.isStream }

    // MARK: From the client

    func breakOff() {
        self.unsent = ByteBuffer()
        self.unsentTrailers = nil
        self.endState()?.onClose()
    }

    /// Takes the payload of a DATA frame; `frameBytes` is its size with padding.
    func receive(_ payload: ByteBuffer, frameBytes: Int, endsStream: Bool) {
        guard !self.clientHasEnded else {
            self.connection.sendReset(self, .streamClosed)
            return self.breakOff()
        }
        self.receivedBytes += frameBytes
        guard self.receivedBytes <= HTTP2Tuning.streamWindowBytes else {
            self.connection.sendReset(self, .flowControl)
            return self.breakOff()
        }
        if payload.readableBytes > 0, !self.isFinished {
            var payload = payload
            self.decoder.append(&payload)
            self.deliverMessages()
        }
        if endsStream { self.clientEnded() } else { self.giveRoom() }
    }

    /// Lets the client send on. Who does not take answers may not send more questions.
    private func giveRoom() {
        guard !self.clientHasEnded, !self.isFinished, self.receivedBytes >= HTTP2Tuning.streamWindowBytes / 2 else {
            return
        }
        if case .stream(let stream, _) = self.state, stream.isFull { return }
        self.connection.sendWindowUpdate(self, increment: self.receivedBytes)
        self.receivedBytes = 0
    }

    /// Takes the headers of the request.
    func begin(_ headers: HPACKHeaders, endsStream: Bool) {
        self.begin(headers)
        if endsStream { self.clientEnded() }
    }

    private func begin(_ headers: HPACKHeaders) {
        guard let contentType = headers.first(name: "content-type"), contentType.hasPrefix("application/grpc") else {
            if self.connection.routes.pages != nil, let method = headers.first(name: ":method"), method != "POST" {
                return self.answerPlainly(method: method, target: headers.first(name: ":path") ?? "")
            }
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
        guard let method = self.connection.routes.method(for: path) else {
            return self.fail(self.connection.routes.statusOfMissing(path: path))
        }
        let info = GRPCCallInfo(path: path, deadline: deadline, headers: headers, connection: self.connection.peer)
        if let status = self.connection.routes.refusal?(info) { return self.fail(status) }
        if let deadline {
            let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
            self.deadlineTimer = self.eventLoop.scheduleTask(deadline: deadline) {
                bound.value.fail(GRPCStatus(.deadlineExceeded, "context deadline exceeded"))
            }
        }
        switch method {
        case .unary(let call):
            self.state = .unary(call, info, request: nil)
        case .stream(let makeHandler):
            let stream = GRPCServerStream(
                info: info, call: self, eventLoop: self.eventLoop,
                maximumQueuedBytes: self.limits.maximumQueuedStreamBytes)
            self.state = .stream(stream, makeHandler(stream))
        }
    }

    /// Answers a browser or a monitor that came with HTTP/2.
    private func answerPlainly(method: String, target: String) {
        let response = plainResponse(method: method, target: target, pages: self.connection.routes.pages)
        let headers = GRPCAnswerHeaders.plain(
            httpStatus: response.status, contentType: response.contentType, length: response.body.utf8.count)
        guard method != "HEAD", !response.body.isEmpty else { return self.finish(headers) }
        self.state = .finished
        self.connection.sendHeaders(headers, on: self, endsStream: false)
        self.unsent = ByteBuffer(string: response.body)
        self.unsentTrailers = []
        self.sendMore()
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
            guard !self.decoder.hasPartialMessage, let request else {
                return self.fail(GRPCStatus(.internalError, "the request ended before its message was complete"))
            }
            self.state = .unaryRunning
            call(request, info, GRPCReply(call: self, eventLoop: self.eventLoop))
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
        guard case .unaryRunning = self.state else { return }
        switch result {
        case .success(let message):
            self.deadlineTimer?.cancel()
            self.state = .finished
            self.connection.sendHeaders(GRPCAnswerHeaders.answer, on: self, endsStream: false)
            self.unsent = message
            self.unsentTrailers = GRPCAnswerHeaders.ok
            self.sendMore()
        case .failure(let status):
            self.fail(status)
        }
    }

    func sendMore() {
        self.sendUnsent()
        guard self.unsent.readableBytes == 0 else { return }
        if let trailers = self.unsentTrailers {
            self.unsentTrailers = nil
            self.sendTrailers(trailers)
        } else {
            self.drainStream()
        }
    }

    /// Sends what the stream has queued, as far as the client takes it.
    func drainStream() {
        guard case .stream(let stream, let handler) = self.state, self.unsent.readableBytes == 0 else { return }
        var tellsWritable = false
        while true {
            guard self.sendWindow > 0, self.connection.hasRoom else {
                if self.sendWindow > 0 { self.connection.waitForRoom(self) }
                break
            }
            let batch = stream.takeBatch(maximumBytes: Self.batchBytes)
            tellsWritable = tellsWritable || batch.tellsWritable
            self.send(batch.messages)
            if let status = batch.status { return self.fail(status) }
            if batch.messages.isEmpty || self.unsent.readableBytes > 0 { break }
        }
        if tellsWritable { handler.onWritable() }
        self.resumeReading()
    }

    private func send(_ messages: [ByteBuffer]) {
        guard var joined = messages.first else { return }
        if !self.hasSentHeaders {
            self.hasSentHeaders = true
            self.connection.sendHeaders(GRPCAnswerHeaders.answer, on: self, endsStream: false)
        }
        for var message in messages.dropFirst() { joined.writeBuffer(&message) }
        self.unsent = joined
        self.sendUnsent()
    }

    private func sendUnsent() {
        self.connection.sendData(&self.unsent, on: self)
        if self.unsent.readableBytes == 0 { self.unsent = ByteBuffer() }
    }

    private func resumeReading() {
        guard case .stream(let stream, _) = self.state, !stream.isFull else { return }
        self.deliverMessages()
        if self.owesHalfClose, !stream.isFull {
            self.owesHalfClose = false
            self.clientEnded()
        }
        self.connection.recount(self)
        self.giveRoom()
    }

    /// Ends the call with a status; trailers only, if nothing was sent before.
    func fail(_ status: GRPCStatus) {
        guard !self.isFinished else { return }
        self.finish(
            self.hasSentHeaders
                ? GRPCAnswerHeaders.trailers(status) : GRPCAnswerHeaders.refusal(httpStatus: "200", status))
    }

    private func refuse(httpStatus: String, _ status: GRPCStatus) {
        self.finish(GRPCAnswerHeaders.refusal(httpStatus: httpStatus, status))
    }

    private func finish(_ trailers: [UInt8]) {
        let handler = self.endState()
        if self.unsent.readableBytes > 0 { self.unsentTrailers = trailers } else { self.sendTrailers(trailers) }
        handler?.onClose()
    }

    private func sendTrailers(_ trailers: [UInt8]) {
        self.connection.sendHeaders(trailers, on: self, endsStream: true)
        // A client that is still sending is told to stop, but only after it has the status.
        if self.clientHasEnded { self.connection.remove(self) } else { self.connection.sendReset(self, .none) }
    }

    /// Leaves the current state for good; returns the handler that must be told so.
    private func endState() -> (any GRPCStreamHandler)? {
        self.deadlineTimer?.cancel()
        self.deadlineTimer = nil
        defer { self.state = .finished }
        guard case .stream(let stream, let handler) = self.state else { return nil }
        stream.close()
        return handler
    }

    private var isFinished: Bool {
        if case .finished = self.state { true } else { false }
    }
}
