import EtcdTransport
import EtcdWire
import Logging
import NIOCore
import Synchronization

/// The renewals of all leases of a client, over one stream.
///
/// The stream is opened with the first renewal and closed when nobody keeps a lease any more. When it breaks, what was
/// not answered is sent again over the next, so that one lease's trouble is not that of the others.
final class LeaseHub: Sendable {
    /// What a server said to a renewal.
    struct Answer: Sendable {
        /// When it was asked for: the server counts the lease's life from a moment after this.
        let sent: ContinuousClock.Instant
        /// What the lease has to live from then on. Zero or less: there is no such lease.
        let ttl: Duration
    }

    /// A renewal was not answered in the time it was given.
    struct Silence: Error {}

    private typealias Waiter = CheckedContinuation<Answer, any Error>

    private struct State {
        var keepers = 0
        var ledger = LeaseLedger()
        var waiters: [Int: Waiter] = [:]
        var stream: GRPCClientStream?
        var task: Task<Void, Never>?
        var streamsOpened = 0
    }

    private let context: CallContext
    private let state = Mutex(State())

    init(_ context: CallContext) {
        self.context = context
    }

    /// How many streams there were so far.
    var streamsOpened: Int { self.state.withLock { $0.streamsOpened } }

    /// Whether a stream is there to send over.
    var isOpen: Bool { self.state.withLock { $0.stream != nil } }

    /// Somebody begins to keep a lease.
    func join() {
        self.state.withLock { $0.keepers += 1 }
    }

    /// Somebody keeps a lease no longer. The stream goes with the last.
    func leave() {
        let (stream, task) = self.state.withLock { state -> (GRPCClientStream?, Task<Void, Never>?) in
            state.keepers -= 1
            guard state.keepers == 0 else { return (nil, nil) }
            defer { state.stream = nil }
            return (state.stream, state.task)
        }
        stream?.cancel()
        task?.cancel()
    }

    /// Renews a lease.
    ///
    /// - Throws: ``Silence`` without an answer by `deadline`; what the server said against it; `CancellationError`.
    func renew(_ lease: LeaseID, until deadline: ContinuousClock.Instant) async throws -> Answer {
        let ticket = self.state.withLock { $0.ledger.makeTicket() }
        let now = ContinuousClock.now
        let halfway = now + now.duration(to: deadline) / 2
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            self.giveUp(ticket, sentBefore: halfway)
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                self.state.withLock { state in
                    state.ledger.add(lease, as: ticket)
                    state.waiters[ticket] = waiter
                    if state.task == nil { state.task = Task { await self.run() } }
                }
                self.sendUnsent()
                // What came before the wait has had nobody to wake.
                if Task.isCancelled { self.abandon(ticket, CancellationError()) }
                if ContinuousClock.now >= deadline { self.giveUp(ticket, sentBefore: halfway) }
            }
        } onCancel: {
            self.abandon(ticket, CancellationError())
        }
    }

    // MARK: Waiters

    private func abandon(_ ticket: Int, _ error: any Error) {
        let waiter = self.state.withLock { state -> Waiter? in
            guard let waiter = state.waiters.removeValue(forKey: ticket) else { return nil }
            state.ledger.abandon(ticket)
            return waiter
        }
        waiter?.resume(throwing: error)
    }

    /// No answer in time. Another connection, perhaps another server, may do better; its pings may find that out too late.
    ///
    /// - Parameter instant: A stream that was given the renewal only after this has had no fair chance to answer.
    private func giveUp(_ ticket: Int, sentBefore instant: ContinuousClock.Instant) {
        let (waiter, stream) = self.state.withLock { state -> (Waiter?, GRPCClientStream?) in
            guard let waiter = state.waiters.removeValue(forKey: ticket) else { return (nil, nil) }
            let isToBlame = state.ledger.sent(ticket).map { $0 <= instant } ?? false
            state.ledger.abandon(ticket)
            guard isToBlame else { return (waiter, nil) }
            defer { state.stream = nil }
            return (waiter, state.stream)
        }
        waiter?.resume(throwing: Silence())
        guard let stream else { return }
        // What else goes on over the connection may go on.
        self.context.transport.abandon(stream.connection)
        stream.cancel()
    }

    private func sendUnsent() {
        // Under the lock, so that the order on the wire is the ledger's.
        self.state.withLock { state in
            guard let stream = state.stream else { return }
            for lease in state.ledger.takeUnsent(now: .now) {
                var request = Etcdserverpb_LeaseKeepAliveRequest()
                request.id = lease.rawValue
                // A message this small can be framed.
                try? stream.send(request)
            }
        }
    }

    // MARK: The task

    private func run() async {
        while self.hasWork() {
            var open: (stream: GRPCClientStream, token: String?)?
            do {
                try await self.serve(&open)
            } catch {
                await self.ended(open?.stream, token: open?.token, error)
            }
        }
    }

    /// `false` when nobody waits, in the same breath in which the task ceases to count as running.
    private func hasWork() -> Bool {
        self.state.withLock { state in
            guard state.ledger.isWaitedFor else {
                state.task = nil
                return false
            }
            guard Task.isCancelled else { return true }
            // Cancelled with the last keeper, while another one came.
            state.task = Task { await self.run() }
            return false
        }
    }

    /// Opens a stream and reads its answers. Returns only by throwing.
    private func serve(_ open: inout (stream: GRPCClientStream, token: String?)?) async throws {
        let (stream, token) = try await self.context.openStream(.leaseKeepAlive, deadline: .distantFuture)
        open = (stream, token)
        self.state.withLock { state in
            state.stream = stream
            state.streamsOpened += 1
        }
        self.sendUnsent()
        while true {
            for message in try await stream.next() {
                let response = try GRPCMessageCoding.decode(Etcdserverpb_LeaseKeepAliveResponse.self, from: message)
                guard let lease = LeaseID(response.id) else { continue }
                let answered = self.state.withLock { state -> (Waiter?, ContinuousClock.Instant)? in
                    guard let (ticket, sent) = state.ledger.answered(lease) else { return nil }
                    return (state.waiters.removeValue(forKey: ticket), sent)
                }
                guard let (waiter, sent) = answered else { continue }
                waiter?.resume(returning: Answer(sent: sent, ttl: .seconds(response.ttl)))
            }
        }
    }

    /// Tells those whom the end of a stream concerns, or that there was none. The others' renewals go out over the next.
    private func ended(_ stream: GRPCClientStream?, token: String?, _ error: any Error) async {
        let failure = error as? GRPCCallFailure
        if let failure, EtcdError.Code(failure.status).wantsNewToken { await self.context.tokens?.invalidate(token) }
        let waiters = self.state.withLock { state -> [Waiter] in
            // One that was given up here is nobody's any more.
            let isOwnDoing = error is CancellationError || state.stream !== stream
            state.stream = nil
            let judged = state.ledger.streamEnded(isVerdict: !isOwnDoing && failure?.isVerdict == true)
            if isOwnDoing { return [] }
            if let judged { return state.waiters.removeValue(forKey: judged).map { [$0] } ?? [] }
            defer {
                state.ledger.removeAll()
                state.waiters = [:]
            }
            return Array(state.waiters.values)
        }
        if failure?.reach == .answered, failure?.isVerdict == false, let stream {
            // A member that answers, but cannot serve, is not the one to ask again.
            self.context.transport.avoid(stream.connection)
        }
        stream?.cancel()
        for waiter in waiters { waiter.resume(throwing: error) }
        self.context.logger.debug("lease stream ended", metadata: ["error": "\(error)"])
    }
}

extension GRPCCallFailure {
    /// Whether the server ended a stream for what it was asked, and would not for what others ask.
    fileprivate var isVerdict: Bool {
        guard self.reach == .answered else { return false }
        switch self.status.code {
        case .permissionDenied, .invalidArgument, .notFound, .failedPrecondition, .outOfRange: return true
        default: return false
        }
    }
}
