import EtcdClient

/// Puts commands where displays hear them.
package struct CommandSender: Sendable {
    /// How long a display may take to hear a command before it expires.
    package static let lifetime: Duration = .seconds(60)

    private let client: EtcdClient

    package init(client: EtcdClient) { self.client = client }

    /// Puts `command` with a lease of its own, so that it expires. Returns its id: the mod_revision under which the
    /// display will report it.
    ///
    /// - Parameter expires: False for displays of the older system, which take a deletion for a value: then the command
    ///   has no lease, and stays until the next one of its topic.
    /// - Throws: ``EtcdError``. The command may have been put when its `mayHaveHappened` says so.
    package func send(_ command: DisplayCommand, to display: DisplayID, expires: Bool = true) async throws -> Int64 {
        guard expires else {
            let key = DisplayKey.topic(command.topic, of: display)
            return try await self.client.put(key, Value(command.json)).revision.rawValue
        }
        let lease = try await self.client.grantLease(ttl: Self.lifetime)
        do {
            let key = DisplayKey.topic(command.topic, of: display)
            return try await self.client.put(key, Value(command.json), lease: lease.id).revision.rawValue
        } catch {
            // Without its command the lease is of no use; if revoking fails too, it ends by itself.
            _ = try? await self.client.revokeLease(lease.id)
            throw error
        }
    }
}
