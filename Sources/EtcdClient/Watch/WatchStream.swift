import EtcdTransport
import EtcdWire
import Foundation
import Logging
import NIOCore
import SwiftProtobuf
import Synchronization

/// Watches over one gRPC stream, and over the next one when it breaks, for as long as there are watches.
///
/// A task of its own reads the stream; it ends with the last watch, or when the client is closed.
final class WatchStream: Sendable {
    /// The stream is of no more use; another may be.
    private struct Interruption: Error {
        let reason: String
        /// The server is there, but did not answer on the stream.
        var isUnexplained = false
    }

    private struct State {
        var ledger = WatchLedger()
        var watches: [Int: WatchSubscription] = [:]
        var stream: GRPCClientStream?
        var token: String?
        var task: Task<Void, Never>?
        /// The server is known to report progress only after all events.
        var ordersBroadcasts: Bool?
        /// Below this revision the history is known to be the same as before.
        var checkedRevision = Revision(0)
    }

    let isShared: Bool
    // The hub holds the shared stream. Whoever watches holds the hub.
    private weak let hub: WatchHub?
    private let counters: WatchCounters
    private let context: CallContext
    private let state = Mutex(State())

    init(_ hub: WatchHub, isShared: Bool) {
        self.hub = hub
        self.context = hub.context
        self.counters = hub.counters
        self.isShared = isShared
    }

    // MARK: From any task

    func add(_ watch: WatchSubscription) {
        self.state.withLock { state in
            state.watches[watch.id] = watch
            state.ledger.add(watch.id)
            if state.task == nil { state.task = Task { await self.run() } }
        }
        self.sendNextCreate()
    }

    /// Forgets a watch, and has the server forget it. The stream closes with its last watch.
    func remove(_ watch: WatchSubscription) {
        let (watchID, stream, task) = self.state.withLock { state in
            state.watches[watch.id] = nil
            let watchID = state.ledger.remove(watch.id)
            return (watchID, state.stream, state.watches.isEmpty ? state.task : nil)
        }
        if let watchID, let stream { Self.cancel(watchID, on: stream) }
        if let task {
            stream?.cancel()
            task.cancel()
        }
    }

    func requestProgress() {
        let stream = self.state.withLock { $0.ledger.requestProgress() ? $0.stream : nil }
        guard let stream else { return }
        var request = Etcdserverpb_WatchRequest()
        request.progressRequest = Etcdserverpb_WatchProgressRequest()
        // A message this small can be framed.
        try? stream.send(request)
    }

    private func sendNextCreate() {
        let next = self.state.withLock { state -> (GRPCClientStream, WatchSubscription)? in
            guard let stream = state.stream else { return nil }
            while let id = state.ledger.nextCreate() {
                if let watch = state.watches[id] { return (stream, watch) }
            }
            return nil
        }
        guard let (stream, watch) = next else { return }
        do {
            try stream.send(watch.createRequest)
        } catch {
            watch.fail(EtcdError(requestTooLarge: error))
            self.remove(watch)
        }
    }

    private static func cancel(_ watchID: Int64, on stream: GRPCClientStream) {
        var request = Etcdserverpb_WatchRequest()
        request.cancelRequest.watchID = watchID
        // A message this small can be framed.
        try? stream.send(request)
    }

    // MARK: The task

    private func run() async {
        var backoff = self.context.backoff
        var patience = 1
        var hasRefreshedToken = false
        while self.hasWork() {
            let start = ContinuousClock.now
            do {
                try await self.serve(patience: &patience, hasRefreshedToken: &hasRefreshedToken)
            } catch let interruption as Interruption {
                if interruption.isUnexplained { patience = min(patience * 2, 32) }
                if start.duration(to: .now) > .seconds(1) { backoff.reset() }
                await self.pause(&backoff, because: interruption.reason)
            } catch let error as EtcdError where error.isTransient {
                await self.pause(&backoff, because: error.description)
            } catch is CancellationError {
                continue
            } catch {
                self.failAll(error)
            }
        }
    }

    /// `false` when the last watch has left, in the same breath in which the task ceases to count as running.
    private func hasWork() -> Bool {
        self.state.withLock { state in
            state.stream = nil
            guard state.watches.isEmpty || Task.isCancelled else { return true }
            // Cancelled with the last watch, while another one came.
            state.task = state.watches.isEmpty ? nil : Task { await self.run() }
            return false
        }
    }

    private func pause(_ backoff: inout ConnectBackoff, because reason: String) async {
        let (stream, watches) = self.state.withLock { state in
            defer { state.stream = nil }
            return (state.stream, Array(state.watches.values))
        }
        stream?.cancel()
        for watch in watches where !watch.streamLost(isInterruption: true) { self.remove(watch) }
        self.counters.add(interruptions: 1)
        self.context.logger.debug(
            "watch stream interrupted", metadata: ["reason": "\(reason)", "watches": "\(watches.count)"])
        var generator = SystemRandomNumberGenerator()
        // Cut short when the last watch leaves.
        try? await Task.sleep(for: backoff.pause(using: &generator))
    }

    private func failAll(_ error: any Error) {
        let (stream, watches) = self.state.withLock { state in
            defer {
                state.watches = [:]
                state.ledger = WatchLedger()
                state.stream = nil
            }
            return (state.stream, Array(state.watches.values))
        }
        stream?.cancel()
        for watch in watches { watch.fail(error) }
    }

    /// Opens a stream and serves the watches over it. Returns only by throwing.
    private func serve(patience: inout Int, hasRefreshedToken: inout Bool) async throws {
        let (stream, token) = try await self.context.openStream(.watch, deadline: .distantFuture)
        let watches = self.state.withLock { state in
            state.stream = stream
            state.token = token
            state.ordersBroadcasts = nil
            state.checkedRevision = Revision(0)
            state.ledger.streamOpened()
            return Array(state.watches.values)
        }
        for watch in watches where !watch.streamLost(isInterruption: false) { self.remove(watch) }
        self.sendNextCreate()
        while true {
            if !self.isShared { try await self.waitForRoom() }
            let isAwaitingCreated = self.state.withLock { $0.ledger.isAwaitingCreated }
            let timing = self.context.configuration.watch
            let timeout = isAwaitingCreated ? self.context.configuration.requestTimeout : timing.silence * patience
            do {
                if try await self.read(stream, within: timeout) {
                    hasRefreshedToken = false
                } else if try await self.doubt(stream) {
                    patience = 1
                }
            } catch let failure as GRPCCallFailure {
                try await self.handle(failure, of: stream, hasRefreshedToken: &hasRefreshedToken)
            }
        }
    }

    /// - Returns: `false` if nothing came in time.
    private func read(_ stream: GRPCClientStream, within timeout: Duration) async throws -> Bool {
        let messages: [ByteBuffer]
        do {
            messages = try await stream.next(within: TimeAmount(timeout))
        } catch is GRPCClientStream.Silence {
            return false
        }
        for message in messages { try await self.handle(message, on: stream) }
        return true
    }

    private func waitForRoom() async throws {
        guard let watch = self.state.withLock({ $0.watches.values.first }) else { throw CancellationError() }
        try await watch.waitForRoom()
    }

    private func handle(_ message: ByteBuffer, on stream: GRPCClientStream) async throws {
        let response: Etcdserverpb_WatchResponse
        do {
            response = try GRPCMessageCoding.decode(from: message)
        } catch {
            throw EtcdError(.badResponse, error.message, endpoint: "\(stream.connection.endpoint)")
        }
        let (route, watch) = self.state.withLock { state -> (WatchLedger.Route, WatchSubscription?) in
            let route = state.ledger.route(response)
            switch route {
            case .created(let id), .watch(let id): return (route, state.watches[id])
            case .refused(let id), .canceled(let id): return (route, state.watches.removeValue(forKey: id))
            case .broadcast, .unwanted, .ignored: return (route, nil)
            }
        }
        switch route {
        case .unwanted(let watchID):
            Self.cancel(watchID, on: stream)
        case .broadcast:
            try await self.broadcast(Revision(response.header.revision), from: stream)
        case .ignored:
            break
        case .created, .watch, .refused, .canceled:
            guard let watch else { break }
            try await self.act(watch.receive(response, self.counters), of: watch, on: stream)
        }
        if response.created { self.sendNextCreate() }
    }

    private func act(
        _ reaction: WatchSubscription.Reaction, of watch: WatchSubscription, on stream: GRPCClientStream
    ) async throws {
        switch reaction {
        case .none, .created:
            break
        case .full:
            if self.isShared { self.hub?.park(watch, on: self) }
        case .doubtfulHistory(let resume):
            do {
                try await self.checkHistory(of: watch, resume: resume, on: stream)
                watch.heard()
            } catch let error as EtcdError where error.code == .historyChanged {
                watch.fail(error)
                self.remove(watch)
            }
        case .interrupted(let reason):
            // Not forgotten: it is created again with the others.
            self.takeBack(watch)
            throw Interruption(reason: reason.isEmpty ? "the server ended a watch" : reason)
        case .failed(let error):
            await self.recover(watch, from: error, on: stream)
        }
    }

    private func takeBack(_ watch: WatchSubscription) {
        self.state.withLock { state in
            state.watches[watch.id] = watch
            state.ledger.add(watch.id)
        }
        // It may have left while it was nobody's.
        if watch.hasLeft { self.remove(watch) }
    }

    /// Ends the watch with the error, unless a new token may help. Before 3.5.6 a watch with a stale token is refused as
    /// forbidden.
    private func recover(_ watch: WatchSubscription, from error: EtcdError, on stream: GRPCClientStream) async {
        let token = self.state.withLock { $0.token }
        if error.code.wantsNewToken || error.code == .permissionDenied, let tokens = self.context.tokens {
            // A stream keeps the token it began with: there may be a newer one, which has not been refused yet.
            let wasNewest = await tokens.invalidate(token)
            if !wasNewest || watch.mayRefreshToken() {
                self.hub?.retry(watch, insteadOf: self)
                return
            }
        }
        watch.fail(
            EtcdError(
                error.code, error.message, compactRevision: error.compactRevision, nextRevision: error.nextRevision,
                endpoint: error.endpoint ?? "\(stream.connection.endpoint)", status: error.status, cause: error))
        self.remove(watch)
    }

    /// A stream may end in many ways, also with status OK; a watch may not.
    private func handle(
        _ failure: GRPCCallFailure, of stream: GRPCClientStream, hasRefreshedToken: inout Bool
    ) async throws {
        try Task.checkCancellation()
        // What is not taken once will not be taken again.
        if failure.reach == .refusedHere {
            throw EtcdError(failure, endpoint: stream.connection.endpoint, isWrite: false)
        }
        switch failure.status.code {
        case .permissionDenied, .unauthenticated, .invalidArgument, .unimplemented, .failedPrecondition, .outOfRange:
            let error = EtcdError(failure, endpoint: stream.connection.endpoint, isWrite: false)
            guard error.code.wantsNewToken, let tokens = self.context.tokens else { throw error }
            if await tokens.invalidate(self.state.withLock { $0.token }) {
                guard !hasRefreshedToken else { throw error }
                hasRefreshedToken = true
            }
            throw Interruption(reason: failure.description)
        default:
            if failure.reach == .answered { self.context.transport.avoid(stream.connection) }
            throw Interruption(reason: failure.description)
        }
    }

    // MARK: Progress

    /// A report about all watches of the stream. Servers before 3.4.25 and 3.5.8 may send it ahead of events that it
    /// should follow; from those it is a sign of life and no more.
    private func broadcast(_ revision: Revision, from stream: GRPCClientStream) async throws {
        let watches = self.state.withLock { state in state.ledger.takeBroadcast().compactMap { state.watches[$0] } }
        guard !watches.isEmpty, await self.ordersBroadcasts(stream) else { return }
        for watch in watches {
            try await self.act(watch.progressed(to: revision, self.counters), of: watch, on: stream)
        }
    }

    private func ordersBroadcasts(_ stream: GRPCClientStream) async -> Bool {
        if let known = self.state.withLock({ $0.ordersBroadcasts }) { return known }
        do {
            let status: Etcdserverpb_StatusResponse = try await self.ask(
                .status, Etcdserverpb_StatusRequest(), over: stream.connection)
            let orders = ServerVersion(status.version)?.ordersProgressReports ?? false
            self.state.withLock { $0.ordersBroadcasts = orders }
            return orders
        } catch {
            // Not believed this time, and asked again the next.
            self.context.logger.debug("version not told", metadata: ["error": "\(error)"])
            return false
        }
    }

    // MARK: Doubt

    /// Nothing has come for a while. Asks for a sign of life, and acts on its absence.
    ///
    /// - Returns: Whether there was one on the stream.
    private func doubt(_ stream: GRPCClientStream) async throws -> Bool {
        guard !self.state.withLock({ $0.ledger.isAwaitingCreated }) else {
            stream.connection.close()
            throw Interruption(reason: "the server did not answer to a new watch")
        }
        self.requestProgress()
        if try await self.read(stream, within: self.context.configuration.watch.answerTimeout) { return true }
        try await self.probe(stream)
        return false
    }

    /// No answer on the stream. Newer servers do not answer while a watch waits for a revision that is still to come, so
    /// the connection is tried with a read. Only if the read fails, or shows that there was something to tell, is the
    /// silence held against the server.
    private func probe(_ stream: GRPCClientStream) async throws {
        let watches = self.state.withLock { Array($0.watches.values) }
        guard var request = watches.first?.probe else { return }
        request.serializable = true
        do {
            let response: Etcdserverpb_RangeResponse = try await self.ask(.range, request, over: stream.connection)
            let present = Revision(response.header.revision)
            if watches.contains(where: { $0.resumeRevision.map { $0 <= present } ?? true }) {
                throw Interruption(
                    reason: "the stream is not answered, though the server is there", isUnexplained: true)
            }
        } catch let failure as GRPCCallFailure where failure.reach != .answered {
            stream.connection.close()
            throw Interruption(reason: "the connection is dead")
        } catch is GRPCCallFailure {
            // An answer all the same, if only that this read is not allowed.
        }
    }

    private func ask<Response: Message>(
        _ method: Method, _ request: some Message, over connection: GRPCClientConnection
    ) async throws -> Response {
        let timeout = self.context.configuration.watch.answerTimeout
        let token = self.state.withLock { $0.token }
        let head = GRPCRequestHead(path: method.path, metadata: self.context.metadata(token: token))
        do {
            let answer = try await connection.unary(
                head, try GRPCMessageCoding.frame(request), deadline: .now() + TimeAmount(timeout))
            return try GRPCMessageCoding.decode(from: answer)
        } catch let status as GRPCStatus {
            throw GRPCCallFailure(status, reach: .answered)
        }
    }

    /// The member at hand knows less than was already seen. A read of the whole cluster tells a member that lags behind,
    /// which will catch up, from a store that was set back, which never will.
    private func checkHistory(of watch: WatchSubscription, resume: Revision, on stream: GRPCClientStream) async throws {
        guard self.state.withLock({ $0.checkedRevision.next }) < resume else { return }
        let response: Etcdserverpb_RangeResponse
        do {
            response = try await self.context.call(.range, watch.probe, retry: .always)
        } catch let error as EtcdError where error.isTransient {
            throw Interruption(reason: error.description)
        }
        let present = Revision(response.header.revision)
        self.state.withLock { $0.checkedRevision = max($0.checkedRevision, present) }
        guard present.next < resume else { return }
        throw EtcdError(
            .historyChanged,
            "the store is at revision \(present), below revision \(resume.rawValue - 1) that it had reached before",
            endpoint: "\(stream.connection.endpoint)")
    }
}
