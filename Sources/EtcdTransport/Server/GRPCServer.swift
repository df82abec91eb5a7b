import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A gRPC server on HTTP/2, with or without TLS.
///
/// ``run()`` binds and serves. It returns after ``beginGracefulShutdown()`` or when its task is cancelled; by then the
/// port and all connections are closed.
package final class GRPCServer: Sendable {
    /// What a client may use of the server.
    package struct Limits: Sendable {
        /// The largest request; larger ones are answered with `resourceExhausted`. etcd's is 2 MiB.
        package var maximumMessageBytes = 2 << 20
        /// Further connections are closed as soon as they are accepted.
        package var maximumConnections = 10_000
        /// How long a client may take for the TLS and HTTP/2 handshakes together.
        package var handshakeTimeout: TimeAmount = .seconds(10)
        /// How much may wait for a slow client on one stream; see ``GRPCServerStream/SendOutcome``.
        package var maximumQueuedStreamBytes = 4 << 20
        /// How long calls may go on after ``GRPCServer/beginGracefulShutdown()``.
        package var shutdownGrace: TimeAmount = .seconds(5)
        /// A silent client is asked for a sign of life after this time, and dropped 20 s later.
        package var pingInterval: TimeAmount = .seconds(60)

        package init() {}
    }

    /// A numeric address and the port that was bound.
    package struct Address: Hashable, Sendable, CustomStringConvertible {
        package let host: String
        package let port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String {
            self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
        }
    }

    /// The server could not listen, or stopped before it did.
    package struct NotListening: Error, CustomStringConvertible {
        package let description: String
    }

    private enum State {
        case idle
        case listening(any Channel)
        case stopping
    }

    private let requestedAddress: Address
    private let tls: TransportTLS?
    private let limits: Limits
    private let routes: GRPCRoutes
    private let logger: Logger
    private let group: any EventLoopGroup
    private let connections: GRPCServerConnections
    private let boundAddress: EventLoopPromise<Address>
    private let state = Mutex(State.idle)

    /// - Parameters:
    ///   - address: Where to listen. Port 0 lets the system choose; see ``listeningAddress``.
    ///   - tls: The server's certificate and key; with an authority every client must show a certificate.
    ///   - pages: Answers what comes to the same port and is not gRPC.
    ///   - refusal: Asked before each call of a method that there is.
    package init(
        address: Address, tls: TransportTLS? = nil, limits: Limits = Limits(), services: [any GRPCService],
        pages: PlainHTTPPages? = nil, refusal: GRPCRefusal? = nil, logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.requestedAddress = address
        self.tls = tls
        self.limits = limits
        self.routes = GRPCRoutes(services: services, pages: pages, refusal: refusal)
        self.logger = logger
        self.group = group
        self.connections = GRPCServerConnections(maximumCount: limits.maximumConnections)
        self.boundAddress = group.any().makePromise()
    }

    deinit {
        self.boundAddress.fail(NotListening(description: "the server was never run"))
    }

    /// Where the server listens. Waits until it does.
    ///
    /// - Throws: ``NotListening`` if it stopped, or could not listen.
    package var listeningAddress: Address {
        get async throws { try await self.boundAddress.futureResult.get() }
    }

    /// Serves until stopped. Call it once.
    ///
    /// - Throws: ``NotListening`` if the address is taken or invalid, ``TransportTLS/InvalidFile`` for bad TLS files.
    package func run() async throws {
        do {
            try await withTaskCancellationHandler {
                try await self.serve()
            } onCancel: {
                self.beginGracefulShutdown()
                self.connections.closeAll()
            }
        } catch {
            self.boundAddress.fail(error)
            throw error
        }
    }

    /// Stops listening, ends the streams, and lets calls under way finish within ``Limits/shutdownGrace``.
    package func beginGracefulShutdown() {
        let listener: (any Channel)? = self.state.withLock { state in
            defer { state = .stopping }
            if case .listening(let channel) = state { return channel }
            return nil
        }
        listener?.close(promise: nil)
    }

    private func serve() async throws {
        let tlsContext = try self.tls?.serverContext()
        let listener = try await self.bind(tlsContext)
        let address = Address(
            host: listener.localAddress?.ipAddress ?? self.requestedAddress.host,
            port: listener.localAddress?.port ?? self.requestedAddress.port)
        let mayServe = self.state.withLock { state in
            if case .stopping = state { return false }
            state = .listening(listener)
            return true
        }
        guard mayServe else {
            try await listener.close()
            throw NotListening(description: "the server was stopped before it listened")
        }
        self.logger.debug("listening", metadata: ["address": "\(address)"])
        self.boundAddress.succeed(address)
        try await listener.closeFuture.get()

        self.connections.quiesce()
        let connections = self.connections
        let graceTimer = self.group.any().scheduleTask(in: self.limits.shutdownGrace) { connections.closeAll() }
        if Task.isCancelled { connections.closeAll() }
        await connections.waitUntilEmpty()
        graceTimer.cancel()
    }

    private func bind(_ tlsContext: NIOSSLContext?) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: self.group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: HTTP2Tuning.writeBufferWaterMark)
            .childChannelInitializer { [connections, routes, limits, logger] channel in
                guard connections.admit(channel) else {
                    logger.warning("connection refused: too many are open")
                    return channel.close()
                }
                return channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, tlsContext, routes, limits, logger)
                }
            }
        do {
            return try await bootstrap.bind(host: self.requestedAddress.host, port: self.requestedAddress.port).get()
        } catch {
            throw NotListening(description: "cannot listen on \(self.requestedAddress): \(error)")
        }
    }

    private static func configure(
        _ channel: any Channel, _ tlsContext: NIOSSLContext?, _ routes: GRPCRoutes, _ limits: Limits, _ logger: Logger
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tlsContext { try pipeline.addHandler(NIOSSLServerHandler(context: tlsContext)) }
        try pipeline.addHandler(
            ProtocolDetector(timeLimit: limits.handshakeTimeout) { isHTTP2 in
                if isHTTP2 {
                    try pipeline.addHandler(HTTP2ServerConnection(routes: routes, limits: limits, logger: logger))
                } else {
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try pipeline.addHandler(PlainHTTPHandler(pages: routes.pages, timeLimit: limits.handshakeTimeout))
                }
            })
    }
}
