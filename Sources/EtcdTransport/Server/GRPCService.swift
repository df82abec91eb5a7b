import NIOCore

/// Some methods, by path. A server asks its services in order.
package protocol GRPCService: Sendable {
    /// The method behind `/package.Service/Method`, or `nil` if this service has none of that name.
    func handler(for path: String) -> GRPCMethod?

    /// Whether this service goes by the name `package.Service`; it tells "unknown method" from "unknown service".
    func provides(service name: String) -> Bool
}

/// How a method is called. All closures run on the connection's event loop and must not block it.
package enum GRPCMethod: Sendable {
    /// One request, one answer. The closure gets the request without its prefix and sees to it that the reply is
    /// answered once, from any thread; a reply that is dropped unanswered answers `internalError`.
    case unary(@Sendable (ByteBuffer, GRPCCallInfo, GRPCReply) -> Void)

    /// Any number of requests and answers. The returned handler is told what happens; see ``GRPCStreamHandler``.
    case stream(@Sendable (GRPCServerStream) -> any GRPCStreamHandler)
}

/// What a streaming method is told. Every function is called on the connection's event loop and must not block it.
///
/// The transport keeps the handler until ``onClose()`` has returned, and no longer.
package protocol GRPCStreamHandler: AnyObject, Sendable {
    /// One whole message, without its prefix. While the outbound buffer is full no more are delivered.
    func onMessage(_ message: ByteBuffer)

    /// The client sends no more. The answers may go on; call `finish` when they are done.
    func onHalfClose()

    /// There is room again after `send` had answered ``GRPCServerStream/SendOutcome/full``.
    func onWritable()

    /// The stream is over: finished, cancelled by the client, timed out, or its connection is lost.
    /// Called exactly once, and last.
    func onClose()
}

extension GRPCStreamHandler {
    package func onHalfClose() {}
    package func onWritable() {}
}
