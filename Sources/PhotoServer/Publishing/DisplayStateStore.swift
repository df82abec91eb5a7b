import DisplayChannel
import EtcdClient

/// Reads and writes the state keys of displays in the mediator. Never touches a command.
struct DisplayStateStore: Sendable {
    let client: EtcdClient
    let logins: DisplayLogins

    /// The state keys as they are now.
    func state(of id: DisplayID) async throws -> MediatorState {
        let result = try await self.client.range(DisplayKey.topics(of: id))
        var state = MediatorState()
        for pair in result.keyValues {
            guard let topic = DisplayKey.parse(pair.key)?.topic, topic.isState else { continue }
            state.take(.init(pair), topic)
        }
        return state
    }

    /// Puts the values in one transaction, if none of these keys changed since `state` was read.
    ///
    /// - Returns: The revision they have now, or nil when somebody else was faster and nothing was put.
    func put(_ puts: [Topic: [UInt8]], of id: DisplayID, over state: MediatorState) async throws -> Int64? {
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
