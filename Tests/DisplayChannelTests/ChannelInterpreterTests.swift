import Testing

@testable import DisplayChannel

@Suite struct ChannelInterpreterTests {
    typealias Change = ChannelInterpreter.Change

    static let settings = Array(#"{"interval_time":5}"#.utf8)
    static let forward = Array(#""forward""#.utf8)
    static let now = Array(#""now""#.utf8)

    @Test func `a first snapshot applies state and skips the commands that lie in it`() {
        var interpreter = ChannelInterpreter(memory: ChannelMemory())
        let actions = interpreter.snapshot(
            [
                Change(topic: .reboot, json: Self.now, revision: 7),
                Change(topic: .settings, json: Self.settings, revision: 5),
            ], revision: 9, cluster: 1)
        #expect(Self.commands(actions).isEmpty)
        #expect(Self.states(actions) == [[.settings]])
        #expect(interpreter.memory.commandRevision == 9)
        #expect(actions.last == .emit(.received(revision: 7)))
    }

    @Test func `a command in a snapshot of the known cluster runs once, after it was remembered`() {
        var interpreter = ChannelInterpreter(memory: Self.memory(cluster: 1, revision: 10, commandRevision: 4))
        let change = Change(topic: .changePhoto, json: Self.forward, revision: 12)
        let first = interpreter.snapshot([change], revision: 12, cluster: 1)
        #expect(Self.commands(first) == [.changePhoto(.forward)])
        let remembered = first.firstIndex(of: .remember)
        let run = first.firstIndex(of: .emit(.command(.changePhoto(.forward), revision: 12)))
        #expect(remembered != nil && run != nil && (remembered ?? 0) < (run ?? 0))
        #expect(Self.commands(interpreter.snapshot([change], revision: 13, cluster: 1)).isEmpty)
    }

    @Test(arguments: [(UInt64(2), Int64(50)), (1, 9)])
    func `another cluster, or a revision that went back, skips its commands`(cluster: UInt64, revision: Int64) {
        var interpreter = ChannelInterpreter(memory: Self.memory(cluster: 1, revision: 10, commandRevision: 4))
        let actions = interpreter.snapshot(
            [
                Change(topic: .reboot, json: Self.now, revision: 8),
                Change(topic: .settings, json: Self.settings, revision: 6),
            ], revision: revision, cluster: cluster)
        #expect(Self.commands(actions).isEmpty)
        #expect(Self.states(actions) == [[.settings]])
        #expect(interpreter.memory.commandRevision == revision)
        #expect(interpreter.memory.cluster == cluster)
    }

    @Test func `state comes before the commands of its revision`() {
        var interpreter = ChannelInterpreter(memory: Self.memory(cluster: 1, revision: 10, commandRevision: 10))
        let actions = interpreter.changes(
            [
                Change(topic: .changePhoto, json: Self.forward, revision: 11),
                Change(topic: .settings, json: Self.settings, revision: 11),
            ], replayedThrough: 10)
        let emitted = actions.compactMap { if case .emit(let event) = $0 { event } else { nil } }
        guard case .state = emitted.first else {
            Issue.record("expected state first, got \(emitted)")
            return
        }
        #expect(emitted.contains(.command(.changePhoto(.forward), revision: 11)))
    }

    @Test func `a replayed command waits for confirmation and a live one does not`() {
        var interpreter = ChannelInterpreter(memory: Self.memory(cluster: 1, revision: 10, commandRevision: 10))
        let actions = interpreter.changes(
            [
                Change(topic: .reboot, json: Self.now, revision: 11),
                Change(topic: .reboot, json: nil, revision: 12),
                Change(topic: .changePhoto, json: Self.forward, revision: 15),
            ], replayedThrough: 14)
        #expect(actions.contains(.confirm(topic: .reboot, command: .reboot, revision: 11)))
        #expect(Self.commands(actions) == [.changePhoto(.forward)])
    }

    @Test func `events at or below the last processed revision change nothing`() {
        var interpreter = ChannelInterpreter(memory: Self.memory(cluster: 1, revision: 10, commandRevision: 10))
        let change = Change(topic: .settings, json: Self.settings, revision: 11)
        #expect(Self.states(interpreter.changes([change], replayedThrough: 10)) == [[.settings]])
        #expect(Self.states(interpreter.changes([change], replayedThrough: 10)) == [])
    }

    @Test func `the same value at a newer revision is acknowledged and draws nothing`() {
        var interpreter = ChannelInterpreter(memory: Self.memory(cluster: 1, revision: 10, commandRevision: 10))
        _ = interpreter.changes([Change(topic: .settings, json: Self.settings, revision: 11)], replayedThrough: 10)
        let again = interpreter.changes(
            [Change(topic: .settings, json: Self.settings, revision: 12)], replayedThrough: 10)
        #expect(Self.states(again) == [[]])
        #expect(interpreter.memory.state.revision == 12)
    }

    @Test func `state keys that vanish leave the state as it was`() {
        var interpreter = ChannelInterpreter(memory: Self.memory(cluster: 1, revision: 10, commandRevision: 10))
        _ = interpreter.changes([Change(topic: .settings, json: Self.settings, revision: 11)], replayedThrough: 10)
        let gone = interpreter.changes([Change(topic: .settings, json: nil, revision: 12)], replayedThrough: 10)
        #expect(Self.states(gone) == [])
        #expect(interpreter.memory.state.settings?.settings.intervalTime == 5)
        #expect(gone.last == .emit(.received(revision: 12)))
    }

    @Test func `a command that cannot be read is reported and never tried again`() {
        var interpreter = ChannelInterpreter(memory: Self.memory(cluster: 1, revision: 10, commandRevision: 10))
        let actions = interpreter.changes(
            [Change(topic: .changePhoto, json: Array(#""sideways""#.utf8), revision: 11)], replayedThrough: 10)
        #expect(
            actions.contains {
                if case .emit(.skipped(let report)) = $0 {
                    report.revision == 11 && report.result == .skipped
                } else {
                    false
                }
            })
        #expect(interpreter.memory.commandRevision == 11)
    }

    private static func memory(cluster: UInt64, revision: Int64, commandRevision: Int64) -> ChannelMemory {
        var memory = ChannelMemory()
        memory.cluster = cluster
        memory.revision = revision
        memory.commandRevision = commandRevision
        return memory
    }

    private static func commands(_ actions: [ChannelInterpreter.Action]) -> [DisplayCommand] {
        actions.compactMap { if case .emit(.command(let command, _)) = $0 { command } else { nil } }
    }

    private static func states(_ actions: [ChannelInterpreter.Action]) -> [Set<Topic>] {
        actions.compactMap { if case .emit(.state(_, let changed, _)) = $0 { changed } else { nil } }
    }
}
