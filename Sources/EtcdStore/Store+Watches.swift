extension Store {
    package var watcherCount: Int { self.watches.watchers.count }
    package var watchStreamCount: Int { self.watches.streams.count }

    package mutating func openWatchStream() -> WatchStreamID { self.watches.openStream() }

    /// Ends a stream and all its watches; nothing is answered.
    package mutating func closeWatchStream(_ id: WatchStreamID) { self.watches.closeStream(id) }

    /// Makes a watch. Everything committed after the revision in the answer's header will be heard by it.
    package mutating func createWatch(_ request: WatchRequest, on id: WatchStreamID) {
        self.watches.create(request, on: id, committed: self.committed)
    }

    /// Answers a request for a watch that was refused before it came to the store.
    package mutating func refuseWatch(_ reason: String, on id: WatchStreamID) {
        self.watches.refuse(reason, on: id, committed: self.committed)
    }

    package mutating func cancelWatch(_ watchID: Int64, on id: WatchStreamID) {
        self.watches.cancel(watchID, on: id, committed: self.committed)
    }

    /// Asks for a progress response once all watches of the stream have been sent all that is committed.
    package mutating func requestWatchProgress(on id: WatchStreamID) { self.watches.requestProgress(on: id) }

    /// Whether the client of a stream asks for more than it reads; the stream has to be ended then.
    package func isWatchStreamFlooded(_ id: WatchStreamID) -> Bool { self.watches.isFlooded(id) }

    /// Queues the periodic progress responses; returns the streams to wake.
    package mutating func reportWatchProgress() -> [WatchStreamID] {
        self.watches.reportProgress(committed: self.committed)
    }

    /// Takes at most about `limit` responses that a stream is to send next.
    package mutating func takeWatchResponses(_ id: WatchStreamID, limit: Int) -> WatchBatch {
        self.watches.take(
            id, limit: limit,
            from: WatchHistory(
                changes: self.changes, index: self.index, committed: self.committed, compacted: self.compacted))
    }
}
