import EtcdClient
import Logging
import Synchronization

/// What changed among the displays' statuses.
package enum FleetUpdate: Hashable, Sendable {
    /// All displays that are present now. The first update, and again whenever the mediator was away.
    case snapshot([DisplayID: DisplayStatus])
    /// A display's newest status; nil when its lease ended, so that it is offline.
    case changed(DisplayID, DisplayStatus?)
    /// The mediator cannot be heard: what is known may be out of date.
    case away
}

/// Knows the status of every display that is present.
package final class FleetFollower: Sendable {
    private struct State {
        var statuses: [DisplayID: DisplayStatus] = [:]
        var isConnected = false
        var listeners: [Int: AsyncStream<FleetUpdate>.Continuation] = [:]
        var nextListener = 0
    }

    /// Updates a listener may leave unread. One that falls further behind gets a snapshot instead.
    private static let listenerCapacity = 256

    private let client: EtcdClient
    private let logger: Logger
    private let state = Mutex(State())

    package init(client: EtcdClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    package var current: [DisplayID: DisplayStatus] { self.state.withLock { $0.statuses } }
    package var isConnected: Bool { self.state.withLock { $0.isConnected } }

    /// A snapshot now, then every update. Ends when its reader stops or ``run()`` ends.
    package func updates() -> AsyncStream<FleetUpdate> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: FleetUpdate.self, bufferingPolicy: .bufferingNewest(Self.listenerCapacity))
        self.state.withLock { state in
            let id = state.nextListener
            state.nextListener += 1
            state.listeners[id] = continuation
            continuation.yield(.snapshot(state.statuses))
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
            }
        }
        return stream
    }

    /// Follows until its task is cancelled.
    package func run() async throws {
        defer { self.finishListeners() }
        var backoff = Backoff()
        while true {
            try Task.checkCancellation()
            do {
                try await self.follow { backoff.reset() }
            } catch let error as EtcdError {
                self.logger.warning("fleet status away", metadata: ["error": "\(error)"])
                self.heard(false)
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    /// One watch and a snapshot to begin with. Returns only by throwing.
    private func follow(onContact: () -> Void) async throws {
        var watch = try await AcceptedWatch(DisplayKey.allStatus, client: self.client)
        let snapshot = try await self.client.range(DisplayKey.allStatus)
        onContact()
        var statuses: [DisplayID: DisplayStatus] = [:]
        for keyValue in snapshot.keyValues {
            guard let display = DisplayKey.parseStatus(keyValue.key) else { continue }
            statuses[display] = DisplayStatus(json: keyValue.value.bytes)
        }
        self.publish(.snapshot(statuses)) { [statuses] state in
            state.statuses = statuses
            state.isConnected = true
        }
        while true {
            for event in try await watch.next(after: snapshot.revision).events {
                guard let display = DisplayKey.parseStatus(event.keyValue.key) else { continue }
                let status = event.kind == .delete ? nil : DisplayStatus(json: event.keyValue.value.bytes)
                self.publish(.changed(display, status)) { $0.statuses[display] = status }
            }
        }
    }

    /// The mediator began or ceased to be heard. What is known is told again when it is back.
    private func heard(_ isConnected: Bool) {
        self.state.withLock { state in
            guard state.isConnected != isConnected else { return }
            state.isConnected = isConnected
            self.tell(isConnected ? .snapshot(state.statuses) : .away, state)
        }
    }

    private func publish(_ update: FleetUpdate, _ change: @Sendable (inout State) -> Void) {
        self.state.withLock { state in
            change(&state)
            self.tell(update, state)
        }
    }

    private func tell(_ update: FleetUpdate, _ state: borrowing State) {
        for listener in state.listeners.values {
            // The buffer drops its oldest when it is full; a snapshot then makes up for what was dropped.
            if case .dropped = listener.yield(update) { listener.yield(.snapshot(state.statuses)) }
        }
    }

    private func finishListeners() {
        let listeners = self.state.withLock { state in
            state.isConnected = false
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
