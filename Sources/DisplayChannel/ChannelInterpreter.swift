/// Turns what the mediator says into what a display does: the rules of "watching, without losing anything" and of
/// "commands run at most once", as a state machine without network, disk or clock.
package struct ChannelInterpreter: Sendable {
    /// One change of a key of this display.
    package struct Change: Hashable, Sendable {
        package var topic: Topic
        /// Nil when the key was deleted.
        package var json: [UInt8]?
        package var revision: Int64

        package init(topic: Topic, json: [UInt8]?, revision: Int64) {
            self.topic = topic
            self.json = json
            self.revision = revision
        }
    }

    /// What the owner of this machine must do next, in order.
    package enum Action: Hashable, Sendable {
        case emit(ChannelEvent)
        /// Save ``memory`` durably before the next action; a command follows.
        case remember
        /// Range for the topic; hand the command out only if the key still has this revision.
        case confirm(topic: Topic, command: DisplayCommand, revision: Int64)
    }

    package private(set) var memory: ChannelMemory
    /// The newest revision among this display's keys that was processed.
    private var received: Int64

    package init(memory: ChannelMemory) {
        self.memory = memory
        self.received = max(memory.state.revision, memory.commandRevision)
    }

    /// All keys of the display at `revision` of `cluster`, as a range answered them.
    package mutating func snapshot(_ changes: [Change], revision: Int64, cluster: UInt64) -> [Action] {
        let isSameHistory = self.memory.cluster == cluster && revision >= self.memory.revision
        if !isSameHistory || self.contradicts(changes) {
            // Another store, or this one set back: its commands may be years old or already done.
            self.memory.cluster = cluster
            self.memory.commandRevision = revision
            self.memory.state.forgetRevisions()
            self.received = 0
        }
        self.memory.revision = revision

        var actions = self.applyState(changes.filter(\.topic.isState), revision: revision)
        for change in changes.filter({ !$0.topic.isState }).sorted(by: { $0.revision < $1.revision }) {
            // The range itself has just shown that the key is there with this revision.
            actions += self.command(change, isConfirmed: true)
        }
        self.received = max(self.received, changes.map(\.revision).max() ?? 0)
        actions.append(.remember)
        actions.append(.emit(.received(revision: self.received)))
        return actions
    }

    /// Whether a key says, at a revision that was processed, something else than was heard then: the store was set back to
    /// a backup and has passed that revision again by another way.
    private func contradicts(_ changes: [Change]) -> Bool {
        changes.contains { change in
            guard change.topic.isState, change.revision <= self.memory.revision else { return false }
            guard let known = self.memory.state.entries[change.topic] else { return true }
            return known.revision != change.revision || known.json != change.json
        }
    }

    /// Changes from the watch: whole revisions, ascending. Those at or below `replayedThrough` are history that a
    /// resumed watch repeats.
    package mutating func changes(_ changes: [Change], replayedThrough: Int64) -> [Action] {
        var actions: [Action] = []
        var rest = changes[...]
        while let first = rest.first {
            let group = rest.prefix { $0.revision == first.revision }
            rest = rest.dropFirst(group.count)
            guard first.revision > self.memory.revision else { continue }
            self.memory.revision = first.revision
            // All topics of one revision belong together: state first, so that a command finds its state in force.
            actions += self.applyState(group.filter(\.topic.isState), revision: first.revision)
            for change in group where !change.topic.isState {
                actions += self.command(change, isConfirmed: first.revision > replayedThrough)
            }
            self.received = max(self.received, first.revision)
        }
        guard !actions.isEmpty || !changes.isEmpty else { return [] }
        actions.append(.remember)
        actions.append(.emit(.received(revision: self.received)))
        return actions
    }

    private mutating func applyState(_ changes: some Sequence<Change>, revision: Int64) -> [Action] {
        var changed: Set<Topic> = []
        var isNewer = false
        for change in changes {
            // A state key that vanished changes nothing on the screen.
            guard let json = change.json else { continue }
            let known = self.memory.state.entries[change.topic]
            if known?.json != json { changed.insert(change.topic) }
            // The same value written again is a newer revision to acknowledge.
            if known?.revision != change.revision { isNewer = true }
            self.memory.state.set(change.topic, json: json, revision: change.revision)
        }
        guard isNewer else { return [] }
        return [.emit(.state(self.memory.state, changed: changed, revision: revision))]
    }

    private mutating func command(_ change: Change, isConfirmed: Bool) -> [Action] {
        // The deletion of a command is its lease's end and means nothing.
        guard let json = change.json, change.revision > self.memory.commandRevision else { return [] }
        self.memory.commandRevision = change.revision
        guard let command = DisplayCommand(topic: change.topic, json: json) else {
            return [
                .remember,
                .emit(
                    .skipped(
                        .init(
                            topic: change.topic, revision: change.revision, result: .skipped,
                            reason: "this display does not understand the value"))),
            ]
        }
        return [
            .remember,
            isConfirmed
                ? .emit(.command(command, revision: change.revision))
                : .confirm(topic: change.topic, command: command, revision: change.revision),
        ]
    }
}
