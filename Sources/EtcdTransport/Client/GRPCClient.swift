import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Keeps one connection to one of several equal servers. Connects when somebody asks for the connection, and when it is
/// lost and somebody asks again, to the next server.
package final class GRPCClient: Sendable {
    package struct Configuration: Sendable {
        package var endpoints: [GRPCEndpoint]
        package var tls: TransportTLS
        package var connection: GRPCClientConnection.Options
        package var initialBackoff: Duration
        package var maximumBackoff: Duration
        /// Told of every connection that has come about.
        package var onConnected: (@Sendable () -> Void)?
        package var resolver = NameResolver.system

        package init(
            endpoints: [GRPCEndpoint], tls: TransportTLS = TransportTLS(),
            connection: GRPCClientConnection.Options = GRPCClientConnection.Options(),
            initialBackoff: Duration = .milliseconds(50), maximumBackoff: Duration = .seconds(2)
        ) {
            self.endpoints = endpoints
            self.tls = tls
            self.connection = connection
            self.initialBackoff = initialBackoff
            self.maximumBackoff = maximumBackoff
        }
    }

    /// Why there is no connection.
    package enum Failure: Error {
        case closed
        /// No server could be reached in time; with what went wrong last, and where.
        case unreachable(endpoint: GRPCEndpoint?, String)
        /// Trying again cannot help: the configuration is wrong.
        case misconfigured(String)
    }

    private typealias Waiter = CheckedContinuation<GRPCClientConnection, any Error>

    private struct State {
        var isClosed = false
        var current: GRPCClientConnection?
        /// Every connection not yet closed, those that the server said farewell to included.
        var open: [ObjectIdentifier: GRPCClientConnection] = [:]
        /// Owned by the client: at most one, ended by `close`, and by itself when nobody waits for a connection.
        var connecting: Task<Void, Never>?
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var nextEndpoint = 0
        /// Which of an endpoint's addresses to try first: not the one that failed last.
        var nextAddress = 0
        var backoff: ConnectBackoff
        /// Pauses after which a server that could not serve is connected to again.
        var rests: ConnectBackoff
        var lastRest: ContinuousClock.Instant?
        /// One attempt is to be made although nobody waits for it.
        var isWanted = false
        var earliestAttempt: ContinuousClock.Instant?
        var lastFailure: (endpoint: GRPCEndpoint, text: String)?
        var pingInterval: TimeAmount
        var connectionsMade = 0

        var usableConnection: GRPCClientConnection? {
            guard !self.isClosed, let current = self.current, current.isUsable else { return nil }
            return current
        }
    }

    private let configuration: Configuration
    private let logger: Logger
    private let group: any EventLoopGroup
    private let state: Mutex<State>
    private let tls: ReloadingTLSContext

    package init(
        _ configuration: Configuration, logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.configuration = configuration
        self.logger = logger
        self.group = group
        self.tls = ReloadingTLSContext(configuration.tls, logger: logger)
        self.state = Mutex(
            State(
                backoff: ConnectBackoff(
                    initial: configuration.initialBackoff, maximum: configuration.maximumBackoff),
                rests: ConnectBackoff(
                    initial: configuration.initialBackoff, maximum: configuration.maximumBackoff),
                pingInterval: configuration.connection.pingInterval))
    }

    deinit {
        // No waiter and no attempt can be left: both hold the client.
        for connection in self.state.withLock({ Array($0.open.values) }) { connection.close() }
    }

    /// How many connections have come about so far.
    package var connectionsMade: Int { self.state.withLock { $0.connectionsMade } }

    /// How often the server of the next connection will be asked for a sign of life.
    package var pingInterval: TimeAmount { self.state.withLock { $0.pingInterval } }

    /// The connection, if there is one; if not, one attempt is begun unless one is under way, or a pause is.
    package func connectionOrAttempt() -> GRPCClientConnection? {
        self.state.withLock { state in
            if let current = state.usableConnection { return current }
            guard !state.isClosed, state.connecting == nil else { return nil }
            if let earliest = state.earliestAttempt, earliest > .now { return nil }
            state.isWanted = true
            state.connecting = Task { await self.connect() }
            return nil
        }
    }

    /// The connection; waits for one if there is none.
    ///
    /// - Throws: ``Failure``, or `CancellationError`.
    package func connection(deadline: NIODeadline) async throws -> GRPCClientConnection {
        // The common case takes one lock and makes no promise.
        if let current = self.state.withLock({ $0.usableConnection }) { return current }
        let id = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer =
            deadline == .distantFuture
            ? nil
            : self.group.any().scheduleTask(deadline: deadline) { [weak self] in self?.giveUp(id) }
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.addWaiter(id, continuation)
                if Task.isCancelled { self.resumeWaiter(id, throwing: CancellationError()) }
                if deadline <= .now() { self.giveUp(id) }
            }
        } onCancel: {
            self.resumeWaiter(id, throwing: CancellationError())
        }
    }

    /// The connection serves badly: the next calls go to another server, if there is one. Calls under way go on.
    package func avoid(_ connection: GRPCClientConnection) {
        guard self.configuration.endpoints.count > 1 else { return }
        connection.retire()
        self.lose(connection)
    }

    /// The connection's server cannot serve: it is left alone for a while, and then connected to anew. Calls under way go
    /// on. Does nothing for another's connection.
    package func rest(_ connection: GRPCClientConnection) {
        let isOwn = self.state.withLock { state in
            guard state.open[ObjectIdentifier(connection)] != nil, connection.isUsable else { return false }
            let now = ContinuousClock.now
            if let last = state.lastRest, last.duration(to: now) > .seconds(30) { state.rests.reset() }
            state.lastRest = now
            var generator = SystemRandomNumberGenerator()
            state.earliestAttempt = now + state.rests.pause(using: &generator)
            return true
        }
        guard isOwn else { return }
        connection.retire()
        self.lose(connection)
    }

    /// The connection does not answer: the next calls go over another, to the next server if there are several. It is
    /// asked for a sign of life, and closes without one. Does nothing for another's connection.
    package func abandon(_ connection: GRPCClientConnection) {
        guard self.state.withLock({ $0.open[ObjectIdentifier(connection)] != nil }) else { return }
        connection.doubt()
        connection.retire()
        self.lose(connection)
    }

    /// Closes all connections and waits until they are. All later requests fail with ``Failure/closed``.
    package func close() async {
        let (connections, waiters, attempt) = self.state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return (Array(state.open.values), Array(state.waiters.values), state.connecting)
        }
        attempt?.cancel()
        for waiter in waiters { waiter.resume(throwing: Failure.closed) }
        for connection in connections { connection.close() }
        for connection in connections { try? await connection.closeFuture.get() }
        await attempt?.value
    }

    // MARK: Waiting

    private func addWaiter(_ id: Int, _ waiter: Waiter) {
        let outcome: Result<GRPCClientConnection, any Error>? = self.state.withLock { state in
            if state.isClosed { return .failure(Failure.closed) }
            if let current = state.usableConnection { return .success(current) }
            state.waiters[id] = waiter
            if state.connecting == nil { state.connecting = Task { await self.connect() } }
            return nil
        }
        if let outcome { waiter.resume(with: outcome) }
    }

    private func resumeWaiter(_ id: Int, throwing error: any Error) {
        self.state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: error)
    }

    private func giveUp(_ id: Int) {
        let failure = self.state.withLock { state in
            Failure.unreachable(
                endpoint: state.lastFailure?.endpoint, state.lastFailure?.text ?? "no connection in time")
        }
        self.resumeWaiter(id, throwing: failure)
    }

    private func resumeAll(_ waiters: [Waiter], _ result: Result<GRPCClientConnection, any Error>) {
        for waiter in waiters { waiter.resume(with: result) }
    }

    // MARK: Connecting

    /// Tries one server after the other until one answers, with pauses between the rounds, or until nobody waits.
    private func connect() async {
        var attempts = 0
        while let endpoint = self.endpointToTry() {
            do {
                try await self.waitForEarliestAttempt()
                let tls = endpoint.usesTLS ? try self.tls.current() : nil
                let connection = try await self.connect(to: endpoint, tls: tls)
                return self.publish(connection)
            } catch let error as TransportTLS.InvalidFile {
                return self.stopConnecting(.misconfigured("\(error)"))
            } catch {
                guard !Task.isCancelled else { return self.stopConnecting(.closed) }
                attempts += 1
                self.note(error, of: endpoint, endsRound: attempts % self.configuration.endpoints.count == 0)
            }
        }
    }

    private func connect(to endpoint: GRPCEndpoint, tls: NIOSSLContext?) async throws -> GRPCClientConnection {
        var options = self.configuration.connection
        options.pingInterval = self.state.withLock { $0.pingInterval }
        let addresses = try await self.configuration.resolver.addresses(of: endpoint)
        let first = self.state.withLock { $0.nextAddress }
        var lastError: (any Error)?
        for offset in 0..<addresses.count {
            do {
                let address = addresses[(first + offset) % addresses.count]
                let connection = try await GRPCClientConnection.connect(
                    to: endpoint, at: address, tls: tls, options: options, group: self.group)
                self.state.withLock { $0.nextAddress = first + offset }
                return connection
            } catch {
                try Task.checkCancellation()
                lastError = error
            }
        }
        throw lastError ?? NameResolver.Failure(description: "the name \(endpoint.host) has no address")
    }

    /// `nil` ends the attempt, in the same breath in which it is seen that nobody waits.
    private func endpointToTry() -> GRPCEndpoint? {
        self.state.withLock { state in
            guard !state.isClosed, !state.waiters.isEmpty || state.isWanted, !self.configuration.endpoints.isEmpty
            else {
                state.connecting = nil
                return nil
            }
            state.isWanted = false
            return self.configuration.endpoints[state.nextEndpoint % self.configuration.endpoints.count]
        }
    }

    private func waitForEarliestAttempt() async throws {
        guard let earliest = self.state.withLock({ $0.earliestAttempt }) else { return }
        try await Task.sleep(until: earliest, clock: .continuous)
    }

    private func note(_ error: any Error, of endpoint: GRPCEndpoint, endsRound: Bool) {
        let text = Self.describe(error)
        self.logger.debug("connecting failed", metadata: ["endpoint": "\(endpoint)", "error": "\(text)"])
        var generator = SystemRandomNumberGenerator()
        self.state.withLock { state in
            state.nextEndpoint = (state.nextEndpoint + 1) % self.configuration.endpoints.count
            state.lastFailure = (endpoint, text)
            state.earliestAttempt = endsRound ? .now + state.backoff.pause(using: &generator) : nil
        }
    }

    private func publish(_ connection: GRPCClientConnection) {
        let (isClosed, waiters) = self.state.withLock { state in
            state.connecting = nil
            state.connectionsMade += 1
            state.open[ObjectIdentifier(connection)] = connection
            defer { state.waiters = [:] }
            guard !state.isClosed else { return (true, Array(state.waiters.values)) }
            state.current = connection
            state.lastFailure = nil
            state.earliestAttempt = nil
            state.backoff.reset()
            return (false, Array(state.waiters.values))
        }
        if isClosed { connection.close() }
        self.resumeAll(waiters, isClosed ? .failure(Failure.closed) : .success(connection))
        self.configuration.onConnected?()
        self.logger.debug("connected", metadata: ["endpoint": "\(connection.endpoint)"])
        connection.closeFuture.whenComplete { [weak self] _ in self?.forget(connection) }
    }

    private func stopConnecting(_ failure: Failure) {
        let waiters = self.state.withLock { state in
            state.connecting = nil
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        self.resumeAll(waiters, .failure(failure))
    }

    // MARK: Losing

    private func forget(_ connection: GRPCClientConnection) {
        self.logger.debug("disconnected", metadata: ["endpoint": "\(connection.endpoint)"])
        self.state.withLock { state in
            state.open[ObjectIdentifier(connection)] = nil
            // Servers drop clients that ping more often than they like. Twice the interval will be to their liking.
            if connection.wasAskedToCalmDown {
                state.pingInterval = min(state.pingInterval * 2, .minutes(5))
            }
        }
        self.lose(connection)
    }

    private func lose(_ connection: GRPCClientConnection) {
        self.state.withLock { state in
            guard state.current === connection else { return }
            state.current = nil
            state.nextEndpoint = (state.nextEndpoint + 1) % self.configuration.endpoints.count
            state.nextAddress += 1
        }
    }

    private static func describe(_ error: any Error) -> String { "\(error)" }
}
