import EtcdClient
import Logging

/// Follows one display's keys for as long as it runs: snapshot, watch, resume, snapshot again when it must.
///
/// Every change is handed out, in order, and each command at most once, across any loss of the mediator and any restart
/// of the display. See ``ChannelInterpreter`` for the rules.
package struct DisplayFollower: Sendable {
    private let display: DisplayID
    private let client: EtcdClient
    private let store: any ChannelMemoryStore
    private let actions: ChannelActions
    private let onConnection: @Sendable (Bool) -> Void
    private let logger: Logger

    /// - Parameter onConnection: Told when the watch loses its connection and when it has one again; must not wait.
    package init(
        display: DisplayID, client: EtcdClient, store: any ChannelMemoryStore,
        onConnection: @escaping @Sendable (Bool) -> Void = { _ in }, logger: Logger
    ) {
        self.display = display
        self.client = client
        self.store = store
        self.onConnection = onConnection
        self.actions = ChannelActions(store: store, logger: logger) { topic, revision in
            let current = try await client.get(DisplayKey.topic(topic, of: display))
            return current?.modRevision.rawValue == revision
        }
        self.logger = logger
    }

    /// Hands every event to `handler`, one at a time; the next waits until it returns. Runs until its task is cancelled.
    ///
    /// A command that cannot be remembered as run is not run, and reported as failed; state goes on arriving.
    ///
    /// - Throws: `CancellationError`, or why there is a memory that cannot be loaded.
    package func run(_ handler: (ChannelEvent) async -> Void) async throws {
        let memory = try self.store.load()
        var interpreter = ChannelInterpreter(memory: memory)
        if !memory.state.entries.isEmpty {
            await handler(
                .state(memory.state, changed: Set(memory.state.entries.keys), revision: memory.state.revision))
        }
        var backoff = Backoff()
        var isAway = false
        while true {
            try Task.checkCancellation()
            do {
                try await self.follow(&interpreter, handler) {
                    backoff.reset()
                    if isAway { await handler(.back) }
                    isAway = false
                }
            } catch let error as EtcdError {
                if Self.startsOver.contains(error.code) {
                    self.logger.info("taking a new snapshot", metadata: ["reason": "\(error)"])
                    try await Task.sleep(for: backoff.next())
                    continue
                }
                self.logger.warning("mediator away", metadata: ["error": "\(error)"])
                isAway = true
                await handler(.away(reason: error.message))
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    /// Errors after which the history goes on elsewhere, rather than the connection being at fault.
    private static let startsOver: [EtcdError.Code] = [.compacted, .historyChanged]

    /// One watch and a snapshot to begin with. Returns only by throwing.
    private func follow(
        _ interpreter: inout ChannelInterpreter, _ handler: (ChannelEvent) async -> Void, onContact: () async -> Void
    ) async throws {
        let range = DisplayKey.topics(of: self.display)
        var watch = try await AcceptedWatch(range, client: self.client, onConnection: self.onConnection)
        let snapshot = try await self.client.range(range)
        await onContact()
        let present = snapshot.keyValues.compactMap { Self.change($0, isDeletion: false) }
        let actions = interpreter.snapshot(
            present, revision: snapshot.revision.rawValue, cluster: snapshot.clusterID.rawValue)
        try await self.actions.perform(actions, interpreter.memory, handler)

        while true {
            let batch = try await watch.next(after: snapshot.revision)
            let changes = batch.events.compactMap { Self.change($0.keyValue, isDeletion: $0.kind == .delete) }
            let actions = interpreter.changes(changes, replayedThrough: batch.createdRevision.rawValue)
            try await self.actions.perform(actions, interpreter.memory, handler)
        }
    }

    private static func change(_ keyValue: KeyValue, isDeletion: Bool) -> ChannelInterpreter.Change? {
        guard let (_, topic) = DisplayKey.parse(keyValue.key) else { return nil }
        return .init(
            topic: topic, json: isDeletion ? nil : keyValue.value.bytes, revision: keyValue.modRevision.rawValue)
    }
}
