import Logging
import Synchronization
import TestSupport
import Testing

@testable import DisplayChannel

struct ChannelActionsTests {
    /// A disk that takes notes when a test lets it.
    private final class Disk: ChannelMemoryStore {
        struct Full: Error {}

        let isFull = Mutex(false)
        let saved = Mutex<[Int64]>([])

        func load() -> ChannelMemory { ChannelMemory() }

        func save(_ memory: ChannelMemory) throws {
            if self.isFull.withLock({ $0 }) { throw Full() }
            self.saved.withLock { $0.append(memory.commandRevision) }
        }
    }

    private static func change(_ topic: Topic, _ json: String, _ revision: Int64) -> ChannelInterpreter.Change {
        .init(topic: topic, json: Array(json.utf8), revision: revision)
    }

    @Test func aCommandThatCannotBeRememberedIsNotRunAndStateIsShownAllTheSame() async throws {
        let disk = Disk()
        let actions = ChannelActions(store: disk, logger: Logger(label: "test")) { _, _ in true }
        var interpreter = ChannelInterpreter(memory: ChannelMemory())
        let heard = Shared<[ChannelEvent]>([])
        func take(_ decided: [ChannelInterpreter.Action]) async throws {
            try await actions.perform(decided, interpreter.memory) { event in heard.update { $0.append(event) } }
        }
        try await take(interpreter.snapshot([], revision: 1, cluster: 7))
        disk.isFull.withLock { $0 = true }
        try await take(
            interpreter.changes(
                [Self.change(.powerState, "\"off\"", 2), Self.change(.reboot, "\"now\"", 2)], replayedThrough: 0))
        // In the history of a resumed watch it would have to be asked for first.
        try await take(interpreter.changes([Self.change(.show, "\"x\"", 3)], replayedThrough: 3))
        let events = heard.get()
        #expect(events.contains { if case .state(let state, _, _) = $0 { state.power == .off } else { false } })
        #expect(!events.contains { if case .command = $0 { true } else { false } })
        let reports = events.compactMap { if case .skipped(let report) = $0 { report } else { nil } }
        #expect(reports.map(\.topic) == [.reboot, .show])
        #expect(reports.allSatisfy { $0.result == .failed && $0.reason?.isEmpty == false })

        disk.isFull.withLock { $0 = false }
        try await take(interpreter.changes([Self.change(.changePhoto, "\"back\"", 4)], replayedThrough: 0))
        #expect(heard.get().contains(.command(.changePhoto(.back), revision: 4)))
        #expect(disk.saved.withLock { $0.last } == 4)
    }
}
