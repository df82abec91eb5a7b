import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes the connection behind a response that says `Connection: close`. A body that was refused as too long would
/// otherwise be read to its end, if it has one.
final class CloseAfterResponseHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var isClosing = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = self.unwrapOutboundIn(data)
        if case .head(let head) = part, head.headerFields[.connection]?.lowercased() == "close" {
            self.isClosing = true
        }
        guard self.isClosing, case .end = part else {
            context.write(data, promise: promise)
            return
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.cascade(to: promise)
        context.writeAndFlush(data, promise: written)
        // The output first: a peer that is still sending would lose the answer in a reset.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            bound.value.close(mode: .output, promise: nil)
            bound.value.eventLoop.scheduleTask(in: .seconds(2)) { bound.value.close(mode: .all, promise: nil) }
        }
    }
}
