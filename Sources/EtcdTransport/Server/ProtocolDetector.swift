import NIOCore

/// Holds back a new connection's first bytes until they tell HTTP/2 from HTTP/1, has the pipeline made for it, and goes.
final class ProtocolDetector: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// How a client that speaks HTTP/2 begins; nothing else in HTTP begins with these three letters.
    private static let start = Array("PRI".utf8)

    private let timeLimit: TimeAmount
    private let configure: (_ isHTTP2: Bool) throws -> Void
    private var timer: Scheduled<Void>?
    private var held = ByteBuffer()
    private var isDecided = false

    /// - Parameters:
    ///   - timeLimit: How long a client may be silent, a TLS handshake included.
    ///   - configure: Adds the handlers behind this one.
    init(timeLimit: TimeAmount, configure: @escaping (_ isHTTP2: Bool) throws -> Void) {
        self.timeLimit = timeLimit
        self.configure = configure
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: self.timeLimit) { bound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isDecided else { return context.fireChannelRead(data) }
        var bytes = self.unwrapInboundIn(data)
        self.held.writeBuffer(&bytes)
        let first = self.held.readableBytesView.prefix(Self.start.count)
        let isHTTP2 = first.elementsEqual(Self.start)
        guard isHTTP2 || !Self.start.starts(with: first) else { return }  // too few to say
        self.isDecided = true
        do {
            try self.configure(isHTTP2)
        } catch {
            return context.close(promise: nil)
        }
        context.fireChannelRead(self.wrapInboundOut(self.held))
        self.held = ByteBuffer()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Who has said nothing has nothing under way.
        if event is ChannelShouldQuiesceEvent, !self.isDecided { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A failed TLS handshake, mostly. Behind this handler there is nobody yet who could close.
        if self.isDecided { context.fireErrorCaught(error) } else { context.close(promise: nil) }
    }
}
