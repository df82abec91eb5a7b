import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One HTTP/2 connection of a client.
package final class GRPCClientConnection: Sendable {
    package struct Options: Sendable {
        /// How long TCP, TLS and HTTP/2 handshakes may take together.
        package var dialTimeout: TimeAmount = .seconds(3)
        /// How often the server is asked for a sign of life.
        package var pingInterval: TimeAmount = .seconds(30)
        /// How long it may take for it.
        package var pingTimeout: TimeAmount = .seconds(10)
        /// The largest message taken. etcd does not limit its answers.
        package var maximumMessageBytes = Int(Int32.max)
        /// The largest message sent over a stream.
        package var maximumRequestBytes = Int.max

        package init() {}
    }

    private struct State {
        var isUsable = true
        var askedToCalmDown = false
    }

    package let endpoint: GRPCEndpoint
    private let channel: any Channel
    private let http2: NIOLoopBound<HTTP2ClientConnection>
    private let options: Options
    private let state = Mutex(State())

    private init(
        endpoint: GRPCEndpoint, channel: any Channel, http2: HTTP2ClientConnection, options: Options
    ) {
        self.endpoint = endpoint
        self.channel = channel
        self.http2 = NIOLoopBound(http2, eventLoop: channel.eventLoop)
        self.options = options
    }

    /// Connects, and waits until the server has spoken HTTP/2: a port that is open is not yet a server that works.
    ///
    /// Cancellation ends it at once, whatever it has come to.
    ///
    /// - Parameter address: One of the endpoint's addresses; may be left out if its host is a numeric one.
    package static func connect(
        to endpoint: GRPCEndpoint, at address: SocketAddress? = nil, tls: NIOSSLContext?, options: Options,
        group: any EventLoopGroup
    ) async throws -> GRPCClientConnection {
        let address = try address ?? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)
        let dial = Dial()
        return try await withTaskCancellationHandler {
            let (connection, ready) = try await ClientBootstrap(group: group)
                .connectTimeout(options.dialTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.writeBufferWaterMark, value: HTTP2Tuning.writeBufferWaterMark)
                .channelOption(.recvAllocator, value: HTTP2Tuning.receiveAllocator)
                .connect(to: address) { channel in
                    dial.began(channel)
                    return channel.eventLoop.makeCompletedFuture {
                        try Self.configure(channel, endpoint: endpoint, tls: tls, options: options)
                    }
                }
            do {
                try await ready.get()
            } catch {
                connection.close()
                throw error
            }
            return connection
        } onCancel: {
            dial.cancel()
        }
    }

    /// The channel of a connection that is coming about.
    private final class Dial: Sendable {
        private let state = Mutex((channel: (any Channel)?.none, isCancelled: false))

        func began(_ channel: any Channel) {
            let isCancelled = self.state.withLock { state in
                state.channel = channel
                return state.isCancelled
            }
            if isCancelled { channel.close(promise: nil) }
        }

        func cancel() {
            let channel = self.state.withLock { state in
                state.isCancelled = true
                return state.channel
            }
            channel?.close(promise: nil)
        }
    }

    private static func configure(
        _ channel: any Channel, endpoint: GRPCEndpoint, tls: NIOSSLContext?, options: Options
    ) throws -> (GRPCClientConnection, EventLoopFuture<Void>) {
        let pipeline = channel.pipeline.syncOperations
        if endpoint.usesTLS, let tls {
            // A numeric address is no name to ask for; the certificate is then checked against the address itself.
            let isAddress = (try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)) != nil
            try pipeline.addHandler(
                NIOSSLClientHandler(
                    context: tls, serverHostname: endpoint.serverName ?? (isAddress ? nil : endpoint.host)))
        }
        let http2 = HTTP2ClientConnection(endpoint: endpoint, options: options, ready: channel.eventLoop.makePromise())
        let connection = GRPCClientConnection(endpoint: endpoint, channel: channel, http2: http2, options: options)
        http2.owner = connection
        try pipeline.addHandler(http2)
        return (connection, http2.ready.futureResult)
    }

    /// Whether new calls may begin. `false` once the server said that it goes away, and when the connection is closed.
    package var isUsable: Bool { self.state.withLock { $0.isUsable } }

    /// Whether the server complained of too many pings.
    package var wasAskedToCalmDown: Bool { self.state.withLock { $0.askedToCalmDown } }

    package var closeFuture: EventLoopFuture<Void> { self.channel.closeFuture }

    /// Begins no new calls here. Those under way go on; the connection closes with the last of them.
    package func retire() {
        let isNews = self.state.withLock { state in
            defer { state.isUsable = false }
            return state.isUsable
        }
        // In the next turn: what the last stream wrote must leave first, and a call about to begin sees `isUsable`.
        if isNews { self.channel.eventLoop.execute { self.http2.value.closeIfIdle() } }
    }

    /// A call had no answer in time. Asks the server for a sign of life at once, instead of when it is due.
    package func doubt() {
        self.channel.eventLoop.execute { self.http2.value.doubt() }
    }

    /// Closes at once. Calls under way fail with `unavailable`.
    package func close() {
        self.retire()
        self.channel.close(promise: nil)
    }

    func calmDown() {
        self.state.withLock { $0.askedToCalmDown = true }
    }

    /// Makes a unary call.
    ///
    /// - Parameter request: As framed by ``GRPCMessageCoding``.
    /// - Returns: The answer, without its prefix.
    /// - Throws: ``GRPCCallFailure``, or `CancellationError`, which resets the call.
    package func unary(
        _ head: GRPCRequestHead, _ request: ByteBuffer, deadline: NIODeadline
    ) async throws -> ByteBuffer {
        let eventLoop = self.channel.eventLoop
        let call = NIOLoopBoundBox.makeBoxSendingValue(
            GRPCUnaryCall(
                head, request: request, deadline: deadline, maximumMessageBytes: self.options.maximumMessageBytes),
            eventLoop: eventLoop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if eventLoop.inEventLoop {
                    self.start(call.value, continuation)
                } else {
                    eventLoop.execute { self.start(call.value, continuation) }
                }
            }
        } onCancel: {
            eventLoop.execute { call.value.end(CancellationError()) }
        }
    }

    /// On the connection's event loop only.
    private func start(_ call: GRPCUnaryCall, _ waiter: GRPCUnaryCall.Waiter) {
        guard self.isUsable else {
            return call.refuse(GRPCCallFailure(.unavailable, "the connection is closing", reach: .notSent), waiter)
        }
        call.start(on: self.http2.value, waiter)
    }

    /// Opens a streaming call. What goes wrong shows in ``GRPCClientStream/next(within:)``.
    package func openStream(_ head: GRPCRequestHead) -> GRPCClientStream {
        let eventLoop = self.channel.eventLoop
        let call = NIOLoopBoundBox.makeBoxSendingValue(
            GRPCStreamCall(head, maximumMessageBytes: self.options.maximumMessageBytes),
            eventLoop: eventLoop)
        eventLoop.execute {
            if self.isUsable {
                call.value.start(on: self.http2.value)
            } else {
                call.value.end(GRPCCallFailure(.unavailable, "the connection is closing", reach: .notSent))
            }
        }
        return GRPCClientStream(
            connection: self, call: call, eventLoop: eventLoop, maximumMessageBytes: self.options.maximumRequestBytes)
    }
}
