import DisplayChannel
import Logging
import Synchronization

/// The line by server-sent events and status requests, for networks that let nothing but HTTPS pass.
package final class EventsLink: DisplayLink {
    /// The server says something at least every 10 s.
    private static let silence: Duration = .seconds(20)
    /// The server takes a display for gone 15 s after its last status.
    private static let presence: Duration = .seconds(7)

    private let service: any DisplayEventService
    private let token: String
    private let store: any ChannelMemoryStore
    private let actions: ChannelActions
    private let logger: Logger
    private let latest = Mutex(DisplayStatus())
    private let written = Mutex<DisplayStatus?>(nil)
    private let news = Signal()

    package init(
        service: any DisplayEventService, token: String, store: any ChannelMemoryStore, logger: Logger
    ) {
        self.service = service
        self.token = token
        self.store = store
        // What the server tells it has just read: there is nothing to ask for.
        self.actions = ChannelActions(store: store, logger: logger) { _, _ in true }
        self.logger = logger
    }

    /// - Throws: `CancellationError`; ``ViewerError`` with code `unauthorized` when the server has revoked the display;
    ///   why there is a memory that cannot be loaded.
    package func run(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.follow(handle) }
            group.addTask { try await self.keepReporting() }
            group.addTask { await self.store.run() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    package func report(_ status: DisplayStatus) {
        self.latest.withLock { $0 = status }
        self.news.raise()
    }

    package func flush(within limit: Duration) async {
        let end = ContinuousClock.now.advanced(by: limit)
        while self.written.withLock({ $0 }) != self.latest.withLock({ $0 }), .now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))  // throws only when cancelled
        }
    }

    private func follow(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws {
        let memory = try self.store.load()
        if !memory.state.entries.isEmpty {
            await handle(
                .state(memory.state, changed: Set(memory.state.entries.keys), revision: memory.state.revision))
        }
        let hearing = EventHearing(ChannelInterpreter(memory: memory), actions: self.actions, handle)
        var backoff = Backoff()
        while true {
            try Task.checkCancellation()
            do {
                try await self.hear(hearing)
                // The server ended it: it stops, or the store was away for a moment.
                throw ViewerError(.unreachable, "the server ended the line")
            } catch {
                try Task.checkCancellation()
                if let error = error as? ViewerError, error.code == .unauthorized { throw error }
                self.logger.warning("the server's events are away", metadata: ["error": "\(error)"])
                if await hearing.end(reason: (error as? ViewerError)?.message ?? "\(error)") { backoff.reset() }
            }
            try await Task.sleep(for: backoff.next())
        }
    }

    /// One connection, from its snapshot to its end.
    private func hear(_ hearing: EventHearing) async throws {
        let lastEvent = await hearing.begin()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.service.hearEvents(after: lastEvent, token: self.token) { try await hearing.take($0) }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    guard await hearing.silence < Self.silence else {
                        throw ViewerError(.unreachable, "the server has said nothing for \(Self.silence)")
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Sends the status when ``StatusPace`` wants it, and often enough for the display to count as present.
    private func keepReporting() async throws {
        var pace = StatusPace()
        var backoff = Backoff()
        var sentAt: ContinuousClock.Instant?
        while true {
            try Task.checkCancellation()
            let status = self.latest.withLock { $0 }
            let forPresence = sentAt.map { Self.presence - $0.duration(to: .now) } ?? .zero
            let wait = min(pace.wait(for: status, now: .now), forPresence)
            guard wait <= .zero else {
                await self.news.wait(within: wait)
                continue
            }
            do throws(ViewerError) {
                try await self.service.send(status: status.json, token: self.token)
                sentAt = .now
                pace.wrote(status, at: .now)
                self.written.withLock { $0 = status }
                backoff.reset()
            } catch {
                try Task.checkCancellation()
                if error.code == .unauthorized { throw error }
                self.logger.debug("status not reported", metadata: ["error": "\(error)"])
                try await Task.sleep(for: backoff.next())
            }
        }
    }
}

/// What was heard over all connections of one line. Its pieces come one after the other.
private actor EventHearing {
    private var interpreter: ChannelInterpreter
    private var parser = ServerSentEventParser()
    private var heardAt = ContinuousClock.now
    private var wasHeard = false
    private var isAway = false
    private let actions: ChannelActions
    private let handle: @Sendable (ChannelEvent) async -> Void

    init(
        _ interpreter: ChannelInterpreter, actions: ChannelActions,
        _ handle: @escaping @Sendable (ChannelEvent) async -> Void
    ) {
        self.interpreter = interpreter
        self.actions = actions
        self.handle = handle
    }

    /// How long the server has said nothing.
    var silence: Duration { self.heardAt.duration(to: .now) }

    /// - Returns: The id of the last event taken in, by which the server knows what is new.
    func begin() -> String? {
        self.parser = ServerSentEventParser()
        self.heardAt = .now
        self.wasHeard = false
        return DisplayEvent.id(of: self.interpreter.memory)
    }

    /// - Returns: Whether anything was heard since ``begin()``.
    func end(reason: String) async -> Bool {
        self.isAway = true
        await self.handle(.away(reason: reason))
        return self.wasHeard
    }

    func take(_ bytes: ArraySlice<UInt8>) async throws {
        self.heardAt = .now
        for event in try self.parser.feed(bytes) {
            guard let event = try DisplayEvent(event) else { continue }
            if self.isAway {
                self.isAway = false
                await self.handle(.back)
            }
            self.wasHeard = true
            let actions =
                switch event.kind {
                case .snapshot:
                    self.interpreter.snapshot(event.changes, revision: event.revision, cluster: event.cluster)
                case .changes: self.interpreter.changes(event.changes, replayedThrough: 0)
                }
            try await self.actions.perform(actions, self.interpreter.memory, self.handle)
            // Dealing with it may have taken long, and the next pieces waited for that.
            self.heardAt = .now
        }
    }
}
