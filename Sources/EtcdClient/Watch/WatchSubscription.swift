import EtcdWire
import Foundation
import Synchronization

/// One watch: where it is in the history, what its reader has still to take, and who waits for what.
final class WatchSubscription: Sendable {
    /// What a response means for the stream that it came over.
    enum Reaction {
        case none
        case created
        /// The reader is too slow: nothing more should come over a stream that others share.
        case full
        case doubtfulHistory(resume: Revision)
        case interrupted(reason: String)
        case failed(EtcdError)
    }

    /// The next batch, and whether a parked watch has to be fetched again.
    private enum Taken {
        case batch(WatchBatch, unparks: Bool)
        case end(any Error)
        case nothing
    }

    private struct State {
        var cursor: WatchCursor
        var buffer: WatchBuffer
        var reader: CheckedContinuation<WatchBatch, any Error>?
        /// Its own stream waits until the reader has made room.
        var feeder: CheckedContinuation<Void, any Error>?
        var end: (any Error)?
        var stream: WatchStream?
        var hasLeft = false
        var isParked = false
        var isHeard = false
        var hasRefreshedToken = false
        var countedRepetitions = 0
    }

    let id: Int
    private let template: Etcdserverpb_WatchCreateRequest
    private let transform: (@Sendable (inout Etcdserverpb_WatchResponse) -> Void)?
    private let observer: (@Sendable (Bool) -> Void)?
    private let options: WatchOptions
    private let counters: WatchCounters
    private let state: Mutex<State>

    /// - Parameters:
    ///   - template: The create request, but for the revision to start at.
    ///   - transform: Changes each response before it is looked at.
    init(
        id: Int, template: Etcdserverpb_WatchCreateRequest, from: Revision?, options: WatchOptions,
        transform: (@Sendable (inout Etcdserverpb_WatchResponse) -> Void)?, observer: (@Sendable (Bool) -> Void)?,
        counters: WatchCounters
    ) {
        self.counters = counters
        counters.liveSubscriptions.add(1, ordering: .relaxed)
        self.id = id
        self.template = template
        self.transform = transform
        self.observer = observer
        self.options = options
        self.state = Mutex(State(cursor: WatchCursor(from: from), buffer: WatchBuffer(options.buffer)))
    }

    deinit {
        self.counters.liveSubscriptions.subtract(1, ordering: .relaxed)
    }

    // MARK: For the reader

    /// The next batch. For one task.
    ///
    /// - Parameter refetch: Called when so much was read that a parked watch should go on.
    /// - Throws: What ended the watch, or `CancellationError`.
    func next(refetch: () -> Void) async throws -> WatchBatch {
        switch self.take() {
        case .batch(let batch, let unparks):
            if unparks { refetch() }
            return batch
        case .end(let error):
            throw error
        case .nothing:
            // Nothing waits, so nothing is parked: what comes is handed over directly.
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { self.wait($0) }
            } onCancel: {
                self.takeReader()?.resume(throwing: CancellationError())
            }
        }
    }

    private func take() -> Taken {
        let (taken, feeder) = self.state.withLock { state -> (Taken, CheckedContinuation<Void, any Error>?) in
            guard let batch = state.buffer.popFirst() else {
                return (state.end.map { .end($0) } ?? .nothing, nil)
            }
            guard state.buffer.hasRoom else { return (.batch(batch, unparks: false), nil) }
            defer {
                state.isParked = false
                state.feeder = nil
            }
            return (.batch(batch, unparks: state.isParked), state.feeder)
        }
        feeder?.resume()
        return taken
    }

    private func wait(_ reader: CheckedContinuation<WatchBatch, any Error>) {
        let result: Result<WatchBatch, any Error>? = self.state.withLock { state in
            if let batch = state.buffer.popFirst() { return .success(batch) }
            if let end = state.end { return .failure(end) }
            if Task.isCancelled { return .failure(CancellationError()) }
            state.reader = reader
            return nil
        }
        if let result { reader.resume(with: result) }
    }

    private func takeReader() -> CheckedContinuation<WatchBatch, any Error>? {
        self.state.withLock { state in
            defer { state.reader = nil }
            return state.reader
        }
    }

    private func takeFeeder() -> CheckedContinuation<Void, any Error>? {
        self.state.withLock { state in
            defer { state.feeder = nil }
            return state.feeder
        }
    }

    // MARK: For the hub

    /// The watch is to go on over this stream.
    ///
    /// - Returns: `false` if nobody wants it any more.
    func join(_ stream: WatchStream) -> Bool {
        self.state.withLock { state in
            guard !state.hasLeft, state.end == nil else { return false }
            state.stream = stream
            return true
        }
    }

    var hasLeft: Bool { self.state.withLock { $0.hasLeft } }

    /// Nobody reads any more.
    ///
    /// - Returns: The stream that is to forget it.
    func leave() -> WatchStream? {
        let (stream, feeder) = self.state.withLock { state in
            state.hasLeft = true
            defer {
                state.stream = nil
                state.feeder = nil
            }
            return (state.stream, state.feeder)
        }
        feeder?.resume(throwing: CancellationError())
        return stream
    }

    /// Takes note that nothing more comes until half of the buffer was read; `false` if that is so already.
    func park() -> Bool {
        let isParked = self.state.withLock { state in
            guard state.buffer.holdsBack, !state.hasLeft else { return false }
            state.isParked = true
            state.stream = nil
            return true
        }
        if isParked { self.streamLeft() }
        return isParked
    }

    /// Whether a new token may be tried; once, until the watch was created.
    func mayRefreshToken() -> Bool {
        self.state.withLock { state in
            defer { state.hasRefreshedToken = true }
            return !state.hasRefreshedToken
        }
    }

    /// Ends the watch: its reader gets the error after what is left in the buffer.
    func fail(_ error: any Error) {
        let (reader, feeder, wasHeard) = self.state.withLock { state in
            if state.end == nil { state.end = error }
            defer {
                state.reader = nil
                state.feeder = nil
                state.stream = nil
                state.isHeard = false
            }
            return (state.reader, state.feeder, state.isHeard)
        }
        reader?.resume(throwing: error)
        feeder?.resume(throwing: error)
        if wasHeard { self.observer?(false) }
    }

    // MARK: For the stream

    /// The request that makes the watch go on where it is.
    var createRequest: Etcdserverpb_WatchRequest {
        var create = self.template
        create.startRevision = self.resumeRevision?.rawValue ?? 0
        var request = Etcdserverpb_WatchRequest()
        request.createRequest = create
        return request
    }

    /// A read of the same keys, for finding out whether a server is there.
    var probe: Etcdserverpb_RangeRequest {
        var request = Etcdserverpb_RangeRequest()
        request.key = self.template.key
        request.rangeEnd = self.template.rangeEnd
        request.countOnly = true
        return request
    }

    var resumeRevision: Revision? { self.state.withLock { $0.cursor.resumeRevision } }

    /// The stream is lost, or a new one begins: what the last one left unfinished is void.
    ///
    /// - Parameter isInterruption: The stream broke, or could not be had; a watch that was not heard yet is not spared.
    /// - Returns: `false` if the watch is over by this, so that it must not go on over the new one.
    func streamLost(isInterruption: Bool) -> Bool {
        let wasHeard = self.streamLeft()
        guard self.options.endsWhenInterrupted, wasHeard || isInterruption else { return true }
        self.fail(EtcdError(.unavailable, "the watch was interrupted, and was to end then"))
        return false
    }

    /// The watch has no stream for now.
    ///
    /// - Returns: Whether a server was heard until now.
    @discardableResult
    private func streamLeft() -> Bool {
        let wasHeard = self.state.withLock { state in
            state.cursor.streamOpened()
            defer { state.isHeard = false }
            return state.isHeard
        }
        if wasHeard { self.observer?(false) }
        return wasHeard
    }

    /// What was doubtful is settled.
    func heard() {
        let isNews = self.state.withLock { state in
            guard !state.hasLeft else { return false }
            defer {
                state.isHeard = true
                state.hasRefreshedToken = false
            }
            return !state.isHeard
        }
        if isNews { self.observer?(true) }
    }

    func receive(_ response: Etcdserverpb_WatchResponse, _ statistics: WatchCounters) -> Reaction {
        var response = response
        self.transform?(&response)
        return self.accept(statistics) { $0.receive(response) }
    }

    func progressed(to revision: Revision, _ statistics: WatchCounters) -> Reaction {
        self.accept(statistics) { $0.progressed(to: revision) }
    }

    private func accept(
        _ statistics: WatchCounters, _ step: (inout WatchCursor) -> WatchCursor.Outcome
    ) -> Reaction {
        let (reaction, waiter) = self.state.withLock { state in
            let outcome = step(&state.cursor)
            let repetitions = state.cursor.repetitions - state.countedRepetitions
            if repetitions > 0 {
                state.countedRepetitions += repetitions
                statistics.add(repetitions: repetitions)
            }
            return self.react(to: outcome, &state, statistics)
        }
        if let waiter { waiter.reader.resume(returning: waiter.batch) }
        if case .created = reaction { self.heard() }
        return reaction
    }

    private typealias Handover = (reader: CheckedContinuation<WatchBatch, any Error>, batch: WatchBatch)

    private func react(
        to outcome: WatchCursor.Outcome, _ state: inout State, _ statistics: WatchCounters
    ) -> (Reaction, Handover?) {
        switch outcome {
        case .none: return (.none, nil)
        case .created(let batch):
            return (.created, self.options.reportsCreation ? self.deliver(batch, &state).1 : nil)
        case .doubtfulHistory: return (.doubtfulHistory(resume: state.cursor.resumeRevision ?? Revision(0)), nil)
        case .interrupted(let reason): return (.interrupted(reason: reason), nil)
        case .failed(let error): return (.failed(error), nil)
        case .progress(let batch):
            return self.options.reportsProgress ? self.deliver(batch, &state) : (.none, nil)
        case .batch(let batch):
            statistics.add(events: batch.events.count)
            return self.deliver(batch, &state)
        }
    }

    private func deliver(_ batch: WatchBatch, _ state: inout State) -> (Reaction, Handover?) {
        if let reader = state.reader {
            state.reader = nil
            return (.none, (reader, batch))
        }
        guard state.buffer.append(batch) else {
            let next = batch.events.first?.keyValue.modRevision
            return (
                .failed(
                    EtcdError(
                        .overflow, "the reader is too slow; revision \(next.map { "\($0)" } ?? "?") found no room",
                        nextRevision: next)),
                nil
            )
        }
        return (state.buffer.holdsBack ? .full : .none, nil)
    }

    /// Waits until the reader has made room. For the task of a stream of its own.
    func waitForRoom() async throws {
        guard self.state.withLock({ $0.buffer.holdsBack }) else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (feeder: CheckedContinuation<Void, any Error>) in
                let result: Result<Void, any Error>? = self.state.withLock { state in
                    if state.buffer.hasRoom { return .success(()) }
                    if state.hasLeft || state.end != nil || Task.isCancelled { return .failure(CancellationError()) }
                    state.feeder = feeder
                    return nil
                }
                if let result { feeder.resume(with: result) }
            }
        } onCancel: {
            self.takeFeeder()?.resume(throwing: CancellationError())
        }
    }
}
