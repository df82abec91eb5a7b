import DisplayChannel
import Logging
import Synchronization

/// A display's memory of its mediator, in its data folder, written no more often than it has to be: SD cards wear out.
///
/// Two files. `commands.json` is small and flushed before any command runs, because a command must never run twice.
/// `channel.json` holds the state, which the mediator tells again at the next contact: the first change is kept at
/// once, those that follow within ``pace`` together, and a revision that changed nothing not at all.
package final class FileChannelMemory: ChannelMemoryStore {
    /// The least time between two writes of the state.
    package static let pace: Duration = .seconds(2)

    private struct Commands: Codable, Hashable {
        var cluster: UInt64?
        var revision: Int64
        var commandRevision: Int64

        init(_ memory: ChannelMemory) {
            (self.cluster, self.revision, self.commandRevision) =
                (memory.cluster, memory.revision, memory.commandRevision)
        }

        /// Whether a command or a cluster is new since `earlier`; a revision alone is not worth a flush.
        func isNews(after earlier: Commands?) -> Bool {
            self.cluster != earlier?.cluster || self.commandRevision != earlier?.commandRevision
        }
    }

    private struct State {
        /// The newest; nil before it was loaded.
        var memory: ChannelMemory?
        /// What is on the disk.
        var commands: Commands?
        var values: [Topic: [UInt8]]?
        var writtenAt: ContinuousClock.Instant?
        var isBehind = false
        /// Writes of either file so far.
        var writes = 0
    }

    private let folder: ViewerFolder
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())
    private let putOff = Signal()

    package init(
        _ folder: ViewerFolder, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        logger: Logger = Logger(label: "memory")
    ) {
        self.folder = folder
        self.now = now
        self.logger = logger
    }

    /// How often the disk was written so far.
    package var writes: Int { self.state.withLock { $0.writes } }

    /// A memory that cannot be read counts as none: then the next snapshot is applied whole, and the commands in it are
    /// not run.
    package func load() -> ChannelMemory {
        self.state.withLock { state in
            if let memory = state.memory { return memory }
            var memory = self.folder.read(ChannelMemory.self, from: self.folder.channelFile) ?? ChannelMemory()
            state.values = memory.state.entries.mapValues(\.json)
            if let commands = self.folder.read(Commands.self, from: self.folder.commandsFile) {
                state.commands = commands
                if commands.cluster == memory.cluster {
                    memory.revision = max(memory.revision, commands.revision)
                    memory.commandRevision = max(memory.commandRevision, commands.commandRevision)
                } else {
                    // It was written first when the display met another store.
                    memory.state.forgetRevisions()
                    (memory.cluster, memory.revision, memory.commandRevision) =
                        (commands.cluster, commands.revision, commands.commandRevision)
                }
            } else if memory.cluster != nil {
                // Of a version that kept everything in one file.
                state.commands = Commands(memory)
            }
            state.memory = memory
            return memory
        }
    }

    package func save(_ memory: ChannelMemory) throws {
        _ = self.load()
        let isPutOff = try self.state.withLock { state in
            // Also when a file cannot be written: within this process nothing is forgotten.
            state.memory = memory
            let commands = Commands(memory)
            if commands.isNews(after: state.commands) {
                try self.folder.write(commands, to: self.folder.commandsFile)
                state.writes += 1
                state.commands = commands
            }
            guard memory.state.entries.mapValues(\.json) != state.values else { return false }
            if let writtenAt = state.writtenAt, writtenAt.duration(to: self.now()) < Self.pace {
                state.isBehind = true
                return true
            }
            self.writeState(&state)
            return state.isBehind
        }
        if isPutOff { self.putOff.raise() }
    }

    package func run() async {
        while !Task.isCancelled {
            let wait = self.state.withLock { state -> Duration? in
                guard state.isBehind else { return nil }
                return state.writtenAt.map { Self.pace - $0.duration(to: self.now()) } ?? .zero
            }
            switch wait {
            case nil: await self.putOff.wait()
            case .some(let wait) where wait > .zero: try? await Task.sleep(for: wait)  // throws only when cancelled
            case .some: self.flush()
            }
        }
        self.flush()
    }

    private func flush() {
        self.state.withLock { state in
            if state.isBehind { self.writeState(&state) }
        }
    }

    /// State that cannot be kept is no reason not to show it; another try follows.
    private func writeState(_ state: inout State) {
        guard let memory = state.memory else { return }
        state.writtenAt = self.now()
        do throws(ViewerError) {
            try self.folder.write(memory, to: self.folder.channelFile)
            state.writes += 1
            state.values = memory.state.entries.mapValues(\.json)
            state.isBehind = false
        } catch {
            self.logger.warning("the display's state is not kept", metadata: ["error": "\(error)"])
            state.isBehind = true
        }
    }
}
