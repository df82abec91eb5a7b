import NIOCore
import NIOPosix
import Synchronization

/// A TCP relay that breaks connections on command, in the ways that networks do.
public final class FaultProxy: Sendable {
    private struct State {
        var listener: (any Channel)?
        var pairs: [ObjectIdentifier: RelayPair] = [:]
        var isSilent = false
        var accepted = 0
    }

    /// Where it listens, on 127.0.0.1.
    public let port: Int
    private let targetPort: Int
    private let group = MultiThreadedEventLoopGroup.singleton
    private let state = Mutex(State())

    private init(port: Int, targetPort: Int) {
        self.port = port
        self.targetPort = targetPort
    }

    /// Lends a relay to 127.0.0.1:`targetPort` to `body`.
    public static func with<Result: Sendable>(
        targetPort: Int, _ body: (FaultProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = FaultProxy(port: try FreePort.next(), targetPort: targetPort)
        try await proxy.listen()
        do {
            let result = try await body(proxy)
            try await proxy.stop()
            return result
        } catch {
            try await proxy.stop()
            throw error
        }
    }

    /// Such as `http://127.0.0.1:12345`.
    public var endpoint: String { "http://127.0.0.1:\(self.port)" }

    /// How many connections have been accepted so far.
    public var acceptedConnections: Int { self.state.withLock { $0.accepted } }

    /// How many connections are open now.
    public var openConnections: Int { self.state.withLock { $0.pairs.count } }

    /// Closes every connection. New ones are relayed.
    public func cut() {
        for pair in self.state.withLock({ Array($0.pairs.values) }) { pair.close() }
    }

    /// From now on every connection, old or new, stays open and carries nothing: a cable pulled out.
    public func goSilent() {
        let pairs = self.state.withLock { state in
            state.isSilent = true
            return Array(state.pairs.values)
        }
        for pair in pairs { pair.silence() }
    }

    /// Closes every connection and refuses new ones.
    public func refuse() async throws {
        let listener = self.state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
        try await listener?.close()
        self.cut()
    }

    /// Relays new connections again. Silenced ones stay silent.
    public func resume() async throws {
        let isListening = self.state.withLock { state in
            state.isSilent = false
            return state.listener != nil
        }
        if !isListening { try await self.listen() }
    }

    private func stop() async throws {
        try await self.refuse()
    }

    private func listen() async throws {
        let listener = try await ServerBootstrap(group: self.group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { client in self.relay(client) }
            .bind(host: "127.0.0.1", port: self.port).get()
        self.state.withLock { $0.listener = listener }
    }

    private func relay(_ client: any Channel) -> EventLoopFuture<Void> {
        let (isSilent, id) = self.state.withLock { state in
            state.accepted += 1
            return (state.isSilent, ObjectIdentifier(client))
        }
        client.closeFuture.whenComplete { _ in self.state.withLock { $0.pairs[id] = nil } }
        return ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: self.targetPort)
            .flatMapThrowing { server in
                let pair = RelayPair(client: client, server: server, isSilent: isSilent)
                try client.pipeline.syncOperations.addHandler(RelayHandler(pair, to: server))
                try server.pipeline.syncOperations.addHandler(RelayHandler(pair, to: client))
                self.state.withLock { $0.pairs[id] = pair }
                // Both ends are ready: bytes may flow.
                for channel in [client, server] { _ = channel.setOption(.autoRead, value: true) }
            }
    }
}

/// The two ends of a relayed connection.
private final class RelayPair: Sendable {
    private let client: any Channel
    private let server: any Channel
    private let silent: Atomic<Bool>

    init(client: any Channel, server: any Channel, isSilent: Bool) {
        self.client = client
        self.server = server
        self.silent = Atomic(isSilent)
    }

    var isSilent: Bool { self.silent.load(ordering: .acquiring) }

    func silence() { self.silent.store(true, ordering: .releasing) }

    func close() {
        self.client.close(promise: nil)
        self.server.close(promise: nil)
    }
}

private final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let pair: RelayPair
    private let other: any Channel

    init(_ pair: RelayPair, to other: any Channel) {
        self.pair = pair
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.pair.isSilent else { return }
        self.other.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A silent connection does not even tell that its other end is gone.
        if !self.pair.isSilent { self.other.close(promise: nil) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
