import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// What a network can do to connections.
public enum NetworkFault: Hashable, Sendable {
    /// Every connection is closed.
    case cut
    /// Every connection is reset once so many more bytes have passed it, in the midst of a frame as a rule.
    case reset(afterBytes: Int)
    /// Every connection stays open and carries nothing any more; so do those made until the network is well again.
    case halfOpen
    /// One side of every connection is told that the other has no more to say.
    case halfClose(towardsClient: Bool)
    /// Everything arrives so much later.
    case delay(milliseconds: Int)
    /// Bytes are taken up a few at a time.
    case slow
    /// Connections are held back for a moment and then served in another order.
    case reorder
    /// Every connection is closed and no new one is accepted.
    case refuse

    /// One of all kinds, by chance.
    public static func random(using generator: inout some RandomNumberGenerator) -> NetworkFault {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: .cut
        case 1: .reset(afterBytes: Int.random(in: 0...400, using: &generator))
        case 2: .halfOpen
        case 3: .halfClose(towardsClient: Bool.random(using: &generator))
        case 4: .delay(milliseconds: Int.random(in: 1...30, using: &generator))
        case 5: .slow
        case 6: .reorder
        default: .refuse
        }
    }
}

/// A TCP relay that breaks connections on command, in the ways that networks do.
public final class FaultProxy: Sendable {
    private struct State {
        var listener: (any Channel)?
        var pairs: [ObjectIdentifier: RelayPair] = [:]
        var conditions = RelayConditions()
        var isReordering = false
        var held: [EventLoopPromise<Void>] = []
        var generator = SeededGenerator(seed: 1)
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
    public var openConnections: Int { self.pairs.count { $0.isOpenToClient } }

    /// How many bytes are held back now.
    public var heldBytes: Int { self.pairs.reduce(0) { $0 + $1.heldBytes } }

    /// Begins a fault. Some are over at once, others last until ``resume()``.
    public func apply(_ fault: NetworkFault) async throws {
        switch fault {
        case .cut: self.cut()
        case .reset(let bytes): for pair in self.pairs { pair.update { $0.bytesUntilReset = bytes } }
        case .halfOpen: self.goSilent()
        case .halfClose(let towardsClient): for pair in self.pairs { pair.halfClose(towardsClient: towardsClient) }
        case .delay(let milliseconds): self.change { $0.delay = .milliseconds(Int64(milliseconds)) }
        case .slow: self.change { $0.isSlow = true }
        case .reorder: self.state.withLock { $0.isReordering = true }
        case .refuse: try await self.refuse()
        }
    }

    /// Closes every connection. New ones are relayed.
    public func cut() {
        for pair in self.pairs { pair.close() }
    }

    /// From now on every connection, old or new, stays open and carries nothing: a cable pulled out.
    public func goSilent() {
        self.change { $0.isSilent = true }
    }

    /// Closes every connection and refuses new ones.
    public func refuse() async throws {
        let listener = self.state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
        try await listener?.close()
        let pairs = self.pairs
        for pair in pairs { pair.close() }
        // What is written after this is not to pass any more.
        for pair in pairs { try await pair.closed.get() }
    }

    /// Relays new connections again, and old ones without delay. Silenced ones stay silent.
    public func resume() async throws {
        let (isListening, pairs) = self.state.withLock { state in
            state.conditions = RelayConditions()
            state.isReordering = false
            return (state.listener != nil, Array(state.pairs.values))
        }
        for pair in pairs {
            pair.update { conditions in
                conditions.delay = nil
                conditions.isSlow = false
            }
        }
        self.release()
        if !isListening { try await self.listen() }
    }

    private var pairs: [RelayPair] { self.state.withLock { Array($0.pairs.values) } }

    /// Changes how old and new connections are relayed.
    private func change(_ body: (inout RelayConditions) -> Void) {
        let pairs = self.state.withLock { state in
            body(&state.conditions)
            return Array(state.pairs.values)
        }
        for pair in pairs { pair.update(body) }
    }

    private func stop() async throws {
        try await self.refuse()
        self.release()
    }

    private func listen() async throws {
        let listener = try await ServerBootstrap(group: self.group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { client in self.relay(client) }
            .bind(host: "127.0.0.1", port: self.port).get()
        self.state.withLock { $0.listener = listener }
    }

    private func relay(_ client: any Channel) -> EventLoopFuture<Void> {
        self.state.withLock { $0.accepted += 1 }
        let id = ObjectIdentifier(client)
        return self.turn(of: client).flatMap {
            ClientBootstrap(group: client.eventLoop)
                .channelOption(.autoRead, value: false)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: "127.0.0.1", port: self.targetPort)
        }.flatMapThrowing { server in
            let conditions = self.state.withLock { $0.conditions }
            let pair = RelayPair(client: client, server: server, conditions: conditions)
            self.state.withLock { $0.pairs[id] = pair }
            // Of a silent connection, one end may stay open long after the other.
            pair.closed.whenComplete { _ in self.state.withLock { $0.pairs[id] = nil } }
            do {
                try client.pipeline.syncOperations.addHandler(RelayHandler(pair, to: server))
                try server.pipeline.syncOperations.addHandler(RelayHandler(pair, to: client))
            } catch {
                // One of them is closed by now.
                pair.close()
                throw error
            }
            // Both ends are ready: bytes may flow.
            for channel in [client, server] { _ = channel.setOption(.autoRead, value: true) }
        }
    }

    /// When a new connection is served: at once, or after others that came later.
    private func turn(of client: any Channel) -> EventLoopFuture<Void> {
        let promise = client.eventLoop.makePromise(of: Void.self)
        let (isHeld, isFirst) = self.state.withLock { state in
            guard state.isReordering else { return (false, false) }
            state.held.append(promise)
            return (true, state.held.count == 1)
        }
        if !isHeld { promise.succeed() }
        if isFirst { client.eventLoop.scheduleTask(in: .milliseconds(20)) { self.release() } }
        return promise.futureResult
    }

    private func release() {
        let held = self.state.withLock { state in
            defer { state.held = [] }
            return state.held.shuffled(using: &state.generator)
        }
        for promise in held { promise.succeed() }
    }
}

/// How a connection is relayed.
private struct RelayConditions {
    var isSilent = false
    var isSlow = false
    var delay: TimeAmount?
    var bytesUntilReset: Int?
}

/// The two ends of a relayed connection.
private final class RelayPair: Sendable {
    private let client: any Channel
    private let server: any Channel
    private let state: Mutex<RelayConditions>
    private let held = Atomic(0)

    init(client: any Channel, server: any Channel, conditions: RelayConditions) {
        self.client = client
        self.server = server
        self.state = Mutex(conditions)
    }

    var heldBytes: Int { self.held.load(ordering: .relaxed) }

    func hold(_ bytes: Int) { self.held.add(bytes, ordering: .relaxed) }

    var conditions: RelayConditions { self.state.withLock { $0 } }

    func update(_ body: (inout RelayConditions) -> Void) { self.state.withLock { body(&$0) } }

    /// Counts bytes towards a reset: how many of `count` may pass before it, or `nil` if all may and none comes.
    func bytesBeforeReset(_ count: Int) -> Int? {
        self.state.withLock { conditions in
            guard let left = conditions.bytesUntilReset else { return nil }
            conditions.bytesUntilReset = max(0, left - count)
            return count >= left ? left : nil
        }
    }

    var isOpenToClient: Bool { self.client.isActive }

    var closed: EventLoopFuture<Void> { self.client.closeFuture.and(self.server.closeFuture).map { _ in } }

    func close() {
        self.client.close(promise: nil)
        self.server.close(promise: nil)
    }

    func halfClose(towardsClient: Bool) {
        (towardsClient ? self.client : self.server).close(mode: .output, promise: nil)
    }

    /// Closes both ends with a reset instead of a farewell.
    func reset() {
        for channel in [self.client, self.server] {
            guard let options = channel as? any SocketOptionProvider else { continue }
            options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
        }
    }
}

private final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let slowPause = TimeAmount.milliseconds(2)
    private static let slowBytes = 512

    private let pair: RelayPair
    private let other: any Channel
    /// What is still to be passed on, in order.
    private var held = CircularBuffer<ByteBuffer>()

    init(_ pair: RelayPair, to other: any Channel) {
        self.pair = pair
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let conditions = self.pair.conditions
        guard !conditions.isSilent else { return }
        var bytes = self.unwrapInboundIn(data)
        if let passing = self.pair.bytesBeforeReset(bytes.readableBytes) {
            // What came before goes before: a connection that breaks leaves no gap in what it carried.
            while let next = self.held.popFirst() { self.pass(next) }
            if let last = bytes.readSlice(length: min(passing, bytes.readableBytes)) {
                self.other.writeAndFlush(last, promise: nil)
            }
            return self.pair.reset()
        }
        if let delay = conditions.delay {
            self.hold(bytes, for: delay, context: context)
        } else if conditions.isSlow {
            var pause = Self.slowPause
            while let part = bytes.readSlice(length: min(Self.slowBytes, bytes.readableBytes)), part.readableBytes > 0 {
                self.hold(part, for: pause, context: context)
                pause = pause + Self.slowPause
            }
        } else if !self.held.isEmpty {
            self.hold(bytes, for: .zero, context: context)
        } else {
            self.other.writeAndFlush(bytes, promise: nil)
        }
    }

    /// Passes bytes on later, after those that were held before.
    private func hold(_ bytes: ByteBuffer, for delay: TimeAmount, context: ChannelHandlerContext) {
        self.held.append(bytes)
        self.pair.hold(bytes.readableBytes)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: delay) {
            let handler = bound.value
            if let first = handler.held.popFirst() { handler.pass(first) }
            // When the fault is over, what came meanwhile goes at once.
            let conditions = handler.pair.conditions
            if conditions.delay == nil, !conditions.isSlow {
                while let next = handler.held.popFirst() { handler.pass(next) }
            }
        }
    }

    private func pass(_ bytes: ByteBuffer) {
        self.pair.hold(-bytes.readableBytes)
        if !self.pair.conditions.isSilent { self.other.writeAndFlush(bytes, promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // A slow reader takes up nothing more until what it has is gone.
        guard self.pair.conditions.isSlow, !self.held.isEmpty else { return }
        let channel = context.channel
        _ = channel.setOption(.autoRead, value: false)
        context.eventLoop.scheduleTask(in: Self.slowPause * (self.held.count + 1)) {
            _ = channel.setOption(.autoRead, value: true)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A silent connection does not even tell that its other end is gone.
        if !self.pair.conditions.isSilent { self.other.close(promise: nil) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
