import Synchronization

/// What the watches of a client have been through.
public struct WatchStatistics: Hashable, Sendable {
    /// Watches that there are now.
    public var watches = 0
    /// Events handed to readers or their buffers.
    public var events = 0
    /// Events of revisions that had been told before, and were dropped.
    public var repetitions = 0
    /// Streams that broke, or were given up, while watches depended on them.
    public var interruptions = 0
    /// Watches taken off the shared stream because their readers were slow.
    public var parked = 0
}

/// Counts them.
final class WatchCounters: Sendable {
    private let state = Mutex(WatchStatistics())
    let liveSubscriptions = Atomic(0)
    private let metrics: ClientMetrics?

    init(_ metrics: ClientMetrics?) {
        self.metrics = metrics
    }

    var statistics: WatchStatistics { self.state.withLock { $0 } }

    func add(watches: Int = 0, events: Int = 0, repetitions: Int = 0, interruptions: Int = 0, parked: Int = 0) {
        self.state.withLock { state in
            state.watches += watches
            state.events += events
            state.repetitions += repetitions
            state.interruptions += interruptions
            state.parked += parked
        }
        self.metrics?.countWatch(
            events: events, drops: repetitions, interruptions: interruptions, parked: parked)
    }
}
