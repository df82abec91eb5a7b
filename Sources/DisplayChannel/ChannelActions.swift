import Logging

/// Does what ``ChannelInterpreter`` decided, in its order, over whichever line it was heard.
package struct ChannelActions: Sendable {
    private let store: any ChannelMemoryStore
    private let logger: Logger
    /// Whether the command is still there with this revision.
    private let isThere: @Sendable (Topic, Int64) async throws -> Bool

    package init(
        store: any ChannelMemoryStore, logger: Logger, isThere: @escaping @Sendable (Topic, Int64) async throws -> Bool
    ) {
        self.store = store
        self.logger = logger
        self.isThere = isThere
    }

    /// A command that cannot be remembered as run is not run, and reported as failed.
    ///
    /// - Throws: What asking for a command throws.
    package func perform(
        _ actions: [ChannelInterpreter.Action], _ memory: ChannelMemory, _ handler: (ChannelEvent) async -> Void
    ) async throws {
        // Why the last memory was not saved.
        var forgotten: String?
        for action in actions {
            switch action {
            case .remember:
                do {
                    try self.store.save(memory)
                    forgotten = nil
                } catch {
                    self.logger.error("what was heard cannot be remembered", metadata: ["error": "\(error)"])
                    forgotten = "it could not be noted as run, and so must not run: \(error)"
                }
            case .emit(.command(let command, let revision)) where forgotten != nil:
                await handler(
                    .skipped(.init(topic: command.topic, revision: revision, result: .failed, reason: forgotten)))
            case .confirm(let topic, _, let revision) where forgotten != nil:
                await handler(.skipped(.init(topic: topic, revision: revision, result: .failed, reason: forgotten)))
            case .emit(let event):
                await handler(event)
            case .confirm(let topic, let command, let revision):
                if try await self.isThere(topic, revision) {
                    await handler(.command(command, revision: revision))
                } else {
                    let reason = "it expired or was replaced while the display was away"
                    await handler(
                        .skipped(.init(topic: topic, revision: revision, result: .skipped, reason: reason)))
                }
            }
        }
    }
}
