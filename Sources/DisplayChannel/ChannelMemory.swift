import Synchronization

/// What a display must remember across restarts to lose no state and run no command twice.
package struct ChannelMemory: Hashable, Sendable, Codable {
    /// The cluster these revisions belong to; nil before the first contact.
    package var cluster: UInt64?
    /// The newest revision of the cluster that was processed.
    package var revision: Int64 = 0
    /// No command at or below this revision runs any more.
    package var commandRevision: Int64 = 0
    /// The last state seen of each topic.
    package var state = DisplayState()

    package init() {}
}

/// Where a display keeps its ``ChannelMemory``.
package protocol ChannelMemoryStore: Sendable {
    /// The last memory saved; a fresh one when there is none. Throws when there is one that cannot be read.
    func load() throws -> ChannelMemory
    /// Takes the memory. When this returns, the cluster and the newest command would survive a power cut; state, which
    /// the mediator tells again, may follow a few seconds later.
    ///
    /// - Throws: Only when a new command or cluster is not kept.
    func save(_ memory: ChannelMemory) throws
    /// Keeps what ``save(_:)`` put off, until cancelled; nothing is put off any more when it returns.
    func run() async
}

extension ChannelMemoryStore {
    package func run() async {
        // Throws only when cancelled, which the loop sees.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }
}

/// A memory that lasts as long as the process: for tests and simulated displays.
package final class VolatileChannelMemory: ChannelMemoryStore {
    private let memory = Mutex(ChannelMemory())

    package init() {}

    package func load() -> ChannelMemory { self.memory.withLock { $0 } }

    package func save(_ memory: ChannelMemory) { self.memory.withLock { $0 = memory } }
}
