import NIOCore

/// One side of an HTTP/2 connection (RFC 9113), all of it in one handler: what clients and servers do alike. See
/// decision 40.
///
/// The connection's event loop is its lock.
protocol HTTP2Connection: ChannelDuplexHandler, SendableMetatype where OutboundOut == ByteBuffer {
    associatedtype Stream: HTTP2Stream

    var context: ChannelHandlerContext? { get }
    var streams: HTTP2StreamTable<Stream> { get set }
    var flow: HTTP2FlowControl { get set }
    var output: HTTP2Output { get set }
    var headers: HTTP2HeaderReader { get }
    /// Whether the other side has said its settings.
    var hasSettings: Bool { get }

    /// Forgets a stream that is over.
    func remove(_ stream: Stream)

    /// Takes a setting that concerns one kind of side only.
    func take(setting name: UInt16, _ value: UInt32) throws(HTTP2Wire.ConnectionError)
}

// MARK: Writing

extension HTTP2Connection {
    /// All that is written in one turn of the event loop leaves as one write.
    func flushSoon() {
        guard !self.output.isReading, !self.output.isTurnScheduled, let context = self.context else { return }
        self.output.isTurnScheduled = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.output.isTurnScheduled = false
            bound.value.flushOutput()
        }
    }

    /// Writes what is collected, and what waited behind it, as far as the socket takes it.
    ///
    /// Never called in the midst of a stream's work: a write may find at once that the socket is full, has more to read,
    /// or is gone, and the channel tells so before it returns.
    func flushOutput() {
        guard !self.output.isFlushing else { return }
        self.output.isFlushing = true
        defer { self.output.isFlushing = false }
        for _ in 0..<HTTP2Output.piecesAtOnce {
            guard self.output.bytes.readableBytes > 0, let context = self.context else { return }
            let bytes = self.output.bytes
            self.output.bytes = ByteBuffer()
            context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
            self.serveWaiting()
        }
        self.flushSoon()
    }

    /// Whether the connection's window, what is collected for one write, and the socket take more.
    var hasRoom: Bool {
        guard let context = self.context else { return false }
        return self.flow.sendWindow > 0 && self.output.bytes.readableBytes < HTTP2Output.pieceBytes
            && context.channel.isWritable
    }

    /// Has the stream's ``HTTP2Stream/sendMore()`` called when there is room on the connection or in the socket.
    func waitForRoom(_ stream: Stream) {
        guard !stream.isWaitingForRoom else { return }
        stream.isWaitingForRoom = true
        self.flow.wait(stream.id)
    }

    /// Each waiting stream gets one turn; whoever still has something to send queues up again.
    func serveWaiting() {
        var turns = self.flow.waitingCount
        while turns > 0, self.hasRoom, let id = self.flow.nextWaiting() {
            turns -= 1
            guard let stream = self.streams[id] else { continue }
            stream.isWaitingForRoom = false
            stream.sendMore()
        }
    }

    /// Sends a whole header block on a stream.
    func sendHeaders(_ block: [UInt8], on stream: Stream, endsStream: Bool) {
        var rest = block[...]
        var type = HTTP2Wire.FrameType.headers
        repeat {
            let piece = rest.prefix(self.flow.maximumFrameBytes)
            rest = rest.dropFirst(piece.count)
            var flags: UInt8 = rest.isEmpty ? HTTP2Wire.Flag.endHeaders : 0
            if type == .headers, endsStream { flags |= HTTP2Wire.Flag.endStream }
            self.output.bytes.writeFrameHeader(type, flags: flags, stream: stream.id, payloadBytes: piece.count)
            self.output.bytes.writeBytes(piece)
            type = .continuation
        } while !rest.isEmpty
        self.flushSoon()
    }

    /// Sends as much of `bytes` as the windows and the socket take, and takes that much from it. With the rest, the stream
    /// waits for room: on the connection here; its own window, when it is widened, has it send more.
    ///
    /// - Parameter endsStream: Whether nothing comes after `bytes`: the frame with the last of them says so.
    func sendData(_ bytes: inout ByteBuffer, on stream: Stream, endsStream: Bool = false) {
        while bytes.readableBytes > 0, self.hasRoom {
            let size = self.flow.frameBytes(of: bytes.readableBytes, streamWindow: stream.sendWindow)
            guard size > 0, var piece = bytes.readSlice(length: size) else { return }
            self.flow.send(size)
            stream.sendWindow -= size
            let isLast = endsStream && bytes.readableBytes == 0
            self.output.bytes.writeFrameHeader(
                .data, flags: isLast ? HTTP2Wire.Flag.endStream : 0, stream: stream.id, payloadBytes: size)
            self.output.bytes.writeBuffer(&piece)
            self.flushSoon()
        }
        if bytes.readableBytes > 0, stream.sendWindow > 0 { self.waitForRoom(stream) }
    }

    func sendReset(_ stream: Stream, _ code: HTTP2Wire.ErrorCode) {
        self.output.bytes.writeReset(stream: stream.id, code)
        self.flushSoon()
        self.remove(stream)
    }

    /// Gives the other side room for as many bytes more on a stream.
    func sendWindowUpdate(_ stream: Stream, increment: Int) {
        self.output.bytes.writeWindowUpdate(stream: stream.id, increment: increment)
        self.flushSoon()
    }
}
