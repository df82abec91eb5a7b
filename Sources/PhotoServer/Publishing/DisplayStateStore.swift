import DisplayChannel
import EtcdClient

/// Reads and writes the state keys of displays in the mediator. Never touches a command.
struct DisplayStateStore: Sendable {
    /// What a display's keys say, and since when.
    struct State {
        var entries: [Topic: StateDifference.Entry]

        /// The newest revision among them; 0 when there are none.
        var revision: Int64 { self.entries.values.map(\.modRevision).max() ?? 0 }
    }

    private let client: EtcdClient
    private let logins: DisplayLogins

    init(client: EtcdClient, logins: DisplayLogins) {
        self.client = client
        self.logins = logins
    }

    /// The state keys as they are now.
    func state(of id: DisplayID) async throws -> State {
        let result = try await self.client.range(DisplayKey.topics(of: id))
        var entries: [Topic: StateDifference.Entry] = [:]
        for pair in result.keyValues {
            guard let topic = DisplayKey.parse(pair.key)?.topic, topic.isState else { continue }
            entries[topic] = StateDifference.Entry(json: pair.value.bytes, modRevision: pair.modRevision.rawValue)
        }
        return State(entries: entries)
    }

    /// Puts the values in one transaction, if none of these keys changed since `state` was read.
    ///
    /// - Returns: The revision they have now, or nil when somebody else was faster and nothing was put.
    func put(_ puts: [Topic: [UInt8]], of id: DisplayID, over state: State) async throws -> Int64? {
        let topics = puts.keys.sorted { $0.rawValue < $1.rawValue }
        let result = try await self.client.transaction(
            Transaction(
                compares: topics.map { topic in
                    // Revision 0: there was no such key, and there must be none yet.
                    let seen = Revision(state.entries[topic]?.modRevision ?? 0)
                    return .modRevision(of: DisplayKey.topic(topic, of: id), .equal, seen)
                },
                success: topics.map { topic in
                    .put(DisplayKey.topic(topic, of: id), Value(puts[topic] ?? []))
                }))
        return result.succeeded ? result.revision.rawValue : nil
    }

    /// Deletes a removed display's user and every key of it, its status included, so that a watch that is still open
    /// hears nothing more and nobody takes it for a display that is there. The user goes first: then the status cannot
    /// come back.
    func deleteAll(of id: DisplayID) async throws {
        try await self.logins.remove(id)
        _ = try await self.client.delete(DisplayKey.topics(of: id))
        _ = try await self.client.delete(.key(DisplayKey.status(of: id)))
    }
}
