import EtcdClient

/// A watch that a server has accepted before what it watches is read.
///
/// Whatever interrupts it ends it, and leads to a new one and a new read: a store that was set back to a backup, and has
/// been written to since, would otherwise pass for the one that was watched, with changes at revisions already passed. The
/// order matters for the same reason: a watch that begins after the read may begin in another history.
package struct AcceptedWatch: Sendable {
    private var batches: WatchSequence.Iterator

    /// - Parameter onConnection: Told when the watch has a connection and when it loses it; must not wait.
    /// - Throws: ``EtcdError`` if the store cannot be reached, and `CancellationError`.
    package init(
        _ range: KeyRange, client: EtcdClient, onConnection: @escaping @Sendable (Bool) -> Void = { _ in }
    ) async throws {
        // A watch waits for a store that is away; a read says so.
        var contact = RangeOptions()
        contact.countOnly = true
        _ = try await client.range(range, options: contact)
        var options = WatchOptions()
        options.endsWhenInterrupted = true
        options.reportsCreation = true
        self.batches = client.watch(range, options: options).observingConnection(onConnection).makeAsyncIterator()
        guard try await self.batches.next() != nil else { throw CancellationError() }
    }

    /// The next batch with events after `revision`, that of the read, and only those.
    ///
    /// - Throws: What ended the watch, or `CancellationError`.
    package mutating func next(after revision: Revision) async throws -> WatchBatch {
        while var batch = try await self.batches.next() {
            batch.events.removeAll { $0.keyValue.modRevision <= revision }
            if !batch.events.isEmpty { return batch }
        }
        throw CancellationError()
    }
}
