import NIOCore
import NIOHPACK
import NIOHTTP2

/// One streaming call of a client: the handler of its HTTP/2 stream. It reads only while somebody waits for a message,
/// so that HTTP/2's window, and not memory, holds a fast server back.
///
/// The connection's event loop is its lock.
final class GRPCStreamCall: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    typealias Waiter = CheckedContinuation<[ByteBuffer], any Error>

    private let headers: HPACKHeaders
    private var reader: GRPCResponseReader
    private var inbox: [ByteBuffer] = []
    private var waiter: Waiter?
    private var waitTimer: Scheduled<Void>?
    private var failure: (any Error)?
    private var context: ChannelHandlerContext?
    private var unsent: [HTTP2Frame.FramePayload] = []
    private var isActive = false

    init(headers: HPACKHeaders, maximumMessageBytes: Int) {
        self.headers = headers
        self.reader = GRPCResponseReader(maximumMessageBytes: maximumMessageBytes)
    }

    // MARK: For the stream's owner

    func start(on multiplexer: NIOHTTP2Handler.StreamMultiplexer, eventLoop: any EventLoop) {
        guard self.failure == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let created = eventLoop.makePromise(of: (any Channel).self)
        created.futureResult.whenFailure { bound.value.end(GRPCCallFailure(streamError: $0, wasSent: false)) }
        multiplexer.createStreamChannel(promise: created) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.syncOptions?.setOption(.autoRead, value: false)
                try channel.pipeline.syncOperations.addHandler(bound.value)
            }
        }
    }

    func send(_ message: ByteBuffer, isLast: Bool = false) {
        guard self.failure == nil else { return }
        let frame = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(message), endStream: isLast))
        if self.isActive, let context = self.context {
            context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
        } else {
            self.unsent.append(frame)
        }
    }

    func wait(_ waiter: Waiter, timeout: TimeAmount?, eventLoop: any EventLoop) {
        guard self.waiter == nil else {
            return waiter.resume(
                throwing: GRPCCallFailure(.internalError, "two tasks wait for one stream", reach: .sent))
        }
        if !self.inbox.isEmpty {
            defer { self.inbox = [] }
            return waiter.resume(returning: self.inbox)
        }
        if let failure = self.failure { return waiter.resume(throwing: failure) }
        self.waiter = waiter
        if let timeout {
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            self.waitTimer = eventLoop.scheduleTask(in: timeout) {
                bound.value.resumeWaiter(throwing: GRPCClientStream.Silence())
            }
        }
        self.context?.read()
    }

    func cancelWait() {
        self.resumeWaiter(throwing: CancellationError())
    }

    func end(_ failure: any Error) {
        guard self.failure == nil else { return }
        self.failure = failure
        self.unsent = []
        if self.inbox.isEmpty { self.resumeWaiter(throwing: failure) }
        self.context?.close(promise: nil)
    }

    // MARK: For the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        guard self.failure == nil else { return context.close(promise: nil) }
        self.isActive = true
        let sent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        sent.futureResult.whenFailure { bound.value.end(GRPCCallFailure(streamError: $0, wasSent: false)) }
        context.write(self.wrapOutboundOut(.headers(.init(headers: self.headers))), promise: sent)
        for frame in self.unsent { context.write(self.wrapOutboundOut(frame), promise: nil) }
        self.unsent = []
        context.flush()
        if self.waiter != nil { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.failure == nil else { return }
        do throws(GRPCStatus) {
            switch try self.reader.read(self.unwrapInboundIn(data)) {
            case .messages(let messages): self.inbox += messages
            case .ended(let status): self.end(GRPCCallFailure(status, reach: .answered))
            case nil: break
            }
        } catch {
            self.end(GRPCCallFailure(error, reach: self.reader.hasRefusedMessage ? .refusedHere : .answered))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let waiter = self.waiter else { return }
        if self.inbox.isEmpty {
            // Only a part of a message has come so far.
            context.read()
        } else {
            self.clearWaiter()
            waiter.resume(returning: self.inbox)
            self.inbox = []
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.end(GRPCCallFailure(streamError: error, wasSent: true))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end(GRPCCallFailure(.unavailable, "the connection was lost", reach: .sent))
        // `end` leaves a waiter alone while there are messages for it.
        if let waiter = self.waiter, !self.inbox.isEmpty {
            self.clearWaiter()
            waiter.resume(returning: self.inbox)
            self.inbox = []
        }
    }

    private func resumeWaiter(throwing error: any Error) {
        guard let waiter = self.waiter else { return }
        self.clearWaiter()
        waiter.resume(throwing: error)
    }

    private func clearWaiter() {
        self.waiter = nil
        self.waitTimer?.cancel()
        self.waitTimer = nil
    }
}
