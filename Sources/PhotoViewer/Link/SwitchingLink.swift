import DisplayChannel
import Logging
import Synchronization

/// Hears over etcd, and over server-sent events for as long as etcd cannot be reached and the server can.
///
/// Both lines keep one memory, so that whichever is used, state is whole and no command runs twice.
final class SwitchingLink: DisplayLink {
    typealias Maker = @Sendable () throws(ViewerError) -> any DisplayLink

    /// Times that decide when to change over.
    struct Pace: Sendable {
        /// How long a line may be silent before the other one is looked at.
        var patience: Duration = .seconds(4)
        /// How often the other one is looked at then.
        var retry: Duration = .seconds(2)
        /// How soon it is looked whether etcd is back, while events are heard well; after each look it takes twice as
        /// long to the next.
        var firstHoming: Duration = .seconds(5)
        /// How long that may get: a network may pass nothing but HTTPS for ever.
        var homing: Duration = .seconds(60)
    }

    private struct State {
        var status = DisplayStatus()
        var link: (any DisplayLink)?
        var transport = TransportChoice.etcd
    }

    private let makeEtcd: Maker
    private let makeEvents: Maker
    private let etcdAnswers: @Sendable () async -> Bool
    private let serverAnswers: @Sendable () async -> Bool
    private let pace: Pace
    private let logger: Logger
    private let state = Mutex(State())

    init(
        makeEtcd: @escaping Maker, makeEvents: @escaping Maker, etcdAnswers: @escaping @Sendable () async -> Bool,
        serverAnswers: @escaping @Sendable () async -> Bool, pace: Pace = Pace(), logger: Logger
    ) {
        self.makeEtcd = makeEtcd
        self.makeEvents = makeEvents
        self.etcdAnswers = etcdAnswers
        self.serverAnswers = serverAnswers
        self.pace = pace
        self.logger = logger
    }

    var transport: TransportChoice { self.state.withLock { $0.transport } }

    func run(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws {
        while true {
            try Task.checkCancellation()
            let transport = self.transport
            let link = try transport == .etcd ? self.makeEtcd() : self.makeEvents()
            let heard = Heard()
            self.use(link)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await link.run { event in
                        heard.note(event)
                        await handle(event)
                    }
                }
                group.addTask { try await self.waitToLeave(transport, heard) }
                defer { group.cancelAll() }
                try await group.next()
            }
            let next: TransportChoice = transport == .etcd ? .events : .etcd
            self.logger.notice("changes are heard another way now", metadata: ["transport": "\(next.rawValue)"])
            self.state.withLock { $0.transport = next }
        }
    }

    func report(_ status: DisplayStatus) {
        let (status, link) = self.state.withLock { state in
            state.status = status
            state.status.transport = state.transport.rawValue
            return (state.status, state.link)
        }
        link?.report(status)
    }

    func flush(within limit: Duration) async {
        await self.state.withLock { $0.link }?.flush(within: limit)
    }

    private func use(_ link: any DisplayLink) {
        let status = self.state.withLock { state in
            state.link = link
            state.status.transport = state.transport.rawValue
            return state.status
        }
        link.report(status)
    }

    /// Returns when the other way is the better one. Asleep while the line is heard and there is no better one.
    private func waitToLeave(_ transport: TransportChoice, _ heard: Heard) async throws {
        var lookedAt = ContinuousClock.now
        var homing = self.pace.firstHoming
        while true {
            try Task.checkCancellation()
            let silence = heard.silence
            let isSilent = silence.map { $0 >= self.pace.patience } ?? false
            let patience = silence.map { max(self.pace.patience - $0, .milliseconds(1)) }
            switch transport {
            case .etcd, .auto:
                if isSilent, await self.serverAnswers() { return }
                await heard.waitForChange(within: isSilent ? self.pace.retry : patience)
            case .events:
                let rest = homing - lookedAt.duration(to: .now)
                if isSilent || rest <= .zero {
                    if await self.etcdAnswers() { return }
                    (lookedAt, homing) = (.now, min(homing * 2, self.pace.homing))
                    if isSilent { try await Task.sleep(for: self.pace.retry) }
                } else {
                    await heard.waitForChange(within: min(rest, patience ?? rest))
                }
            }
        }
    }
}

/// Since when a line has not been heard.
private final class Heard: Sendable {
    private let silentSince = Mutex<ContinuousClock.Instant?>(.now)
    private let changed = Signal()

    /// Nil while it is heard.
    var silence: Duration? { self.silentSince.withLock { $0 }?.duration(to: .now) }

    func note(_ event: ChannelEvent) {
        let isChanged = self.silentSince.withLock { since in
            let before = since
            switch event {
            case .away: since = since ?? .now
            case .back, .received: since = nil
            // A state may come from the display's own memory.
            case .state, .command, .skipped: break
            }
            return (before == nil) != (since == nil)
        }
        if isChanged { self.changed.raise() }
    }

    /// Returns when it fell silent or is heard again, after `limit`, or at once when the task is cancelled.
    func waitForChange(within limit: Duration?) async {
        if let limit { await self.changed.wait(within: limit) } else { await self.changed.wait() }
    }
}

/// A line whose status says which one it is.
struct ReportingLink: DisplayLink {
    private let link: any DisplayLink
    private let transport: TransportChoice

    init(_ link: any DisplayLink, transport: TransportChoice) {
        self.link = link
        self.transport = transport
    }

    func run(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws {
        try await self.link.run(handle)
    }

    func report(_ status: DisplayStatus) {
        var status = status
        status.transport = self.transport.rawValue
        self.link.report(status)
    }

    func flush(within limit: Duration) async { await self.link.flush(within: limit) }
}
