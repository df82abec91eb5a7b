import NIOCore
import NIOHTTP2
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
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
    private let openStreams: OpenStreams
    private let options: Options
    private let state = Mutex(State())

    private init(
        endpoint: GRPCEndpoint, channel: any Channel, multiplexer: NIOHTTP2Handler.StreamMultiplexer,
        openStreams: OpenStreams, options: Options
    ) {
        self.endpoint = endpoint
        self.channel = channel
        self.multiplexer = multiplexer
        self.openStreams = openStreams
        self.options = options
        openStreams.onEmpty { [weak self] in self?.closeIfDone() }
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
        try pipeline.addHandler(FlushCoalescingHandler())
        let http2 = HTTP2Tuning.clientConfiguration()
        let openStreams = OpenStreams()
        let multiplexer = try pipeline.configureHTTP2Pipeline(
            mode: .client, connectionConfiguration: http2.connection, streamConfiguration: http2.stream,
            streamDelegate: openStreams
        ) { pushed in
            pushed.close()  // Pushes were refused in the settings.
        }
        let connection = GRPCClientConnection(
            endpoint: endpoint, channel: channel, multiplexer: multiplexer, openStreams: openStreams, options: options)
        let handler = GRPCClientConnectionHandler(
            connection: connection, options: options, ready: channel.eventLoop.makePromise())
        try pipeline.addHandler(handler)
        return (connection, handler.ready.futureResult)
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
        if isNews { self.closeIfDone() }
    }

    private func closeIfDone() {
        // In the next turn: what the last stream wrote must leave first, and a call about to begin sees `isUsable`.
        self.channel.eventLoop.execute {
            if !self.isUsable, self.openStreams.isEmpty { self.channel.close(promise: nil) }
        }
    }

    /// A call had no answer in time. Asks the server for a sign of life at once, instead of when it is due.
    package func doubt() {
        self.channel.pipeline.fireUserInboundEventTriggered(GRPCClientConnectionHandler.Doubt())
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
                headers: head.headers(for: self.endpoint, timeout: deadline - .now()), request: request,
                deadline: deadline, maximumMessageBytes: self.options.maximumMessageBytes),
            eventLoop: eventLoop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                eventLoop.execute {
                    guard self.isUsable else {
                        return call.value.refuse(
                            GRPCCallFailure(.unavailable, "the connection is closing", reach: .notSent), continuation)
                    }
                    call.value.start(on: self.multiplexer, eventLoop: eventLoop, continuation)
                }
            }
        } onCancel: {
            eventLoop.execute { call.value.cancel() }
        }
    }

    /// Opens a streaming call. What goes wrong shows in ``GRPCClientStream/next(within:)``.
    package func openStream(_ head: GRPCRequestHead) -> GRPCClientStream {
        let eventLoop = self.channel.eventLoop
        let call = NIOLoopBoundBox.makeBoxSendingValue(
            GRPCStreamCall(
                headers: head.headers(for: self.endpoint, timeout: nil),
                maximumMessageBytes: self.options.maximumMessageBytes),
            eventLoop: eventLoop)
        eventLoop.execute {
            if self.isUsable {
                call.value.start(on: self.multiplexer, eventLoop: eventLoop)
            } else {
                call.value.end(GRPCCallFailure(.unavailable, "the connection is closing", reach: .notSent))
            }
        }
        return GRPCClientStream(
            connection: self, call: call, eventLoop: eventLoop, maximumMessageBytes: self.options.maximumRequestBytes)
    }
}
