import NIOCore

/// Joins the flushes of one turn of the event loop into one system call.
///
/// Each stream of a connection flushes on its own; without this, a hundred answers of one batch are a hundred writes.
/// Nothing waits for a timer: the joined flush happens at the end of the current read or of the current turn.
final class FlushCoalescingHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var isReading = false
    private var isFlushPending = false
    private var isTurnScheduled = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isReading = true
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        self.isReading = false
        self.flushIfPending(context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isFlushPending = false
        context.fireChannelInactive()
    }

    func flush(context: ChannelHandlerContext) {
        self.isFlushPending = true
        guard !self.isReading, !self.isTurnScheduled else { return }
        self.isTurnScheduled = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.isTurnScheduled = false
            handler.flushIfPending(context: context)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // What was flushed before the close must leave before it, a GOAWAY above all.
        self.flushIfPending(context: context)
        context.close(mode: mode, promise: promise)
    }

    private func flushIfPending(context: ChannelHandlerContext) {
        guard self.isFlushPending else { return }
        self.isFlushPending = false
        context.flush()
    }
}
