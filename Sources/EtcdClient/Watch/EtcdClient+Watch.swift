extension EtcdClient {
    /// Follows the changes of a range.
    ///
    /// The sequence survives lost connections and restarted servers: it goes on where it was, for as long as it takes,
    /// without losing or repeating an event. It ends only when its task is cancelled, and throws when going on is
    /// impossible:
    /// - ``EtcdError/Code/compacted``: the history it needs is gone.
    /// - ``EtcdError/Code/historyChanged``: the store is not the one it was.
    /// - ``EtcdError/Code/permissionDenied``, `unauthenticated`, `invalidArgument`, `clientClosed`.
    ///
    /// Nothing is read ahead beyond what HTTP/2 lets the server send: a slow consumer slows the server, and nobody else.
    /// The watch begins on the server when iteration begins. Each iteration is a watch of its own.
    ///
    /// - Parameter from: The first revision to tell; `nil` for what comes after the watch has begun. To miss nothing
    ///   after a read, give the ``Revision/next`` of its revision.
    public func watch(
        _ range: KeyRange, from: Revision? = nil, options: WatchOptions = WatchOptions()
    ) -> WatchSequence {
        WatchSequence(client: self, range: range, from: from, options: options)
    }

    /// Follows the changes of a range and calls `onBatch` for each batch, one after the other.
    ///
    /// Returns only by throwing: an ``EtcdError`` as with ``watch(_:from:options:)``, or `CancellationError`.
    public func watch(
        _ range: KeyRange, from: Revision? = nil, options: WatchOptions = WatchOptions(),
        onBatch: @Sendable (WatchBatch) async -> Void
    ) async throws {
        for try await batch in self.watch(range, from: from, options: options) { await onBatch(batch) }
        throw CancellationError()
    }
}
