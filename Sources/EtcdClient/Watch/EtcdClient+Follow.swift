extension EtcdClient {
    /// Follows every key that begins with `prefix`: what is there, then every change of it.
    ///
    /// ```swift
    /// for try await update in client.follow(prefix: "/hall:") {
    ///     switch update {
    ///     case .snapshot(let snapshot): state = snapshot.keyValues; forget(snapshot.removed)
    ///     case .changes(let batch): apply(batch.events)
    ///     }
    /// }
    /// ```
    ///
    /// Nothing is missed between the two: the watch begins at the revision after the snapshot's. Where a watch would end,
    /// because the history it needs is compacted or the store was set back, this takes a new snapshot and tells which keys
    /// are gone. It goes on for as long as it takes, and ends only when its task is cancelled, or by throwing what
    /// cannot pass: ``EtcdError/Code/permissionDenied``, `unauthenticated`, `clientClosed` and the like.
    ///
    /// The keys of the range, without their values, are kept in memory. The snapshot is read page by page, all as of one
    /// revision.
    public func follow(prefix: Key, options: WatchOptions = WatchOptions(), pageSize: Int64 = 1_000) -> FollowSequence {
        self.follow(.prefix(prefix), options: options, pageSize: pageSize)
    }

    /// Follows the keys of a range; see ``follow(prefix:options:pageSize:)``.
    public func follow(
        _ range: KeyRange, options: WatchOptions = WatchOptions(), pageSize: Int64 = 1_000
    ) -> FollowSequence {
        var options = options
        // Which keys are there cannot be known from half of the events.
        options.excludesPuts = false
        options.excludesDeletes = false
        return FollowSequence(client: self, range: range, options: options, pageSize: pageSize)
    }

    /// Follows a range for whoever keeps a copy of it: snapshots replace the copy, and a store that is not the one it was
    /// ends it with ``EtcdError/Code/historyChanged``.
    func mirror(_ range: KeyRange) -> FollowSequence {
        var sequence = FollowSequence(client: self, range: range)
        sequence.outlivesHistory = false
        sequence.tellsRemovals = false
        return sequence
    }
}
