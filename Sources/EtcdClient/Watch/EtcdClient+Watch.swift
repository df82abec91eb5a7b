extension EtcdClient {
    /// Follows the changes of a range.
    ///
    /// The sequence survives lost connections and restarted servers: it goes on where it was, for as long as it takes,
    /// without losing or repeating an event. It ends only when its task is cancelled, and throws when going on is
    /// impossible:
    /// - ``EtcdError/Code/compacted``: the history it needs is gone.
    /// - ``EtcdError/Code/historyChanged``: the store is not the one it was.
    /// - ``EtcdError/Code/overflow``: the reader was too slow, and asked to be told so.
    /// - ``EtcdError/Code/watchRefused``, `permissionDenied`, `unauthenticated`, `clientClosed`.
    ///
    /// All watches of a client share one stream, unless they ask for one of their own. What waits for a slow reader is
    /// bounded, see ``WatchBufferOptions``: a slow reader slows the server down, and no other watch.
    /// The watch begins on the server with the first `next()`. Each iteration is a watch of its own. When its iterator is
    /// gone, the server is told.
    ///
    /// Source of these promises: the watch guarantees of etcd (ordered, unique, reliable, atomic, resumable,
    /// bookmarkable), which the client keeps up over any number of connections.
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

    /// Asks the server to report the progress of the watches on the shared stream. Those with
    /// ``WatchOptions/reportsProgress`` are given the report, if the server gives one: servers keep silent while a watch is
    /// behind, and those before 3.4.25 and 3.5.8 cannot be trusted with it.
    public func requestWatchProgress() {
        self.watches.requestProgress()
    }

    /// What the watches of this client have been through so far.
    public var watchStatistics: WatchStatistics { self.watches.counters.statistics }
}
