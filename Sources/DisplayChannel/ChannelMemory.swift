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
    /// Returns once the memory would survive a power cut.
    func save(_ memory: ChannelMemory) throws
}

/// A memory that lasts as long as the process: for tests and simulated displays.
package final class VolatileChannelMemory: ChannelMemoryStore {
    private let memory = Mutex(ChannelMemory())

    package init() {}

    package func load() -> ChannelMemory { self.memory.withLock { $0 } }

    package func save(_ memory: ChannelMemory) { self.memory.withLock { $0 = memory } }
}
