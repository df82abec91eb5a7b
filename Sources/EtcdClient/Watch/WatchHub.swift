import EtcdWire
import Logging
import Synchronization

/// The watches of a client: one stream for all, and streams of their own for those that need one.
final class WatchHub: Sendable {
    private struct State {
        var shared: WatchStream?
        var nextID = 0
    }

    let context: CallContext
    let counters: WatchCounters
    private let state = Mutex(State())

    init(_ context: CallContext) {
        self.context = context
        self.counters = WatchCounters(context.instruments?.metrics)
    }

    /// How many watches are held by somebody: readers, streams, tasks. For tests that look for leaks.
    var liveSubscriptions: Int { self.counters.liveSubscriptions.load(ordering: .relaxed) }

    /// A number for the next watch.
    func makeID() -> Int {
        self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    /// Begins a watch.
    func join(_ watch: WatchSubscription, ownStream: Bool) {
        if ownStream { self.place(watch, on: WatchStream(self, isShared: false)) } else { self.share(watch) }
    }

    /// Ends a watch, also at the server.
    func leave(_ watch: WatchSubscription) {
        watch.leave()?.remove(watch)
    }

    /// The reader of a watch is slow: it shall not hold the others up. What it has to read is kept.
    func park(_ watch: WatchSubscription, on stream: WatchStream) {
        guard watch.park() else { return }
        stream.remove(watch)
        self.counters.add(parked: 1)
        self.context.logger.debug("watch parked", metadata: ["resume": "\(watch.resumeRevision?.rawValue ?? 0)"])
    }

    /// The reader of a parked watch has caught up. Over a stream of its own HTTP/2 holds the server back.
    func unpark(_ watch: WatchSubscription) {
        self.place(watch, on: WatchStream(self, isShared: false))
    }

    /// A stream's token is out of date. It carries on with what it has, and takes no more watches.
    func retry(_ watch: WatchSubscription, insteadOf stream: WatchStream) {
        stream.remove(watch)
        if stream.isShared {
            self.state.withLock { state in
                if state.shared === stream { state.shared = nil }
            }
            self.share(watch)
        } else {
            self.place(watch, on: WatchStream(self, isShared: false))
        }
    }

    /// Asks the server to report progress on the shared stream.
    func requestProgress() {
        self.state.withLock { $0.shared }?.requestProgress()
    }

    private func share(_ watch: WatchSubscription) {
        let stream = self.state.withLock { state in
            if let shared = state.shared { return shared }
            let shared = WatchStream(self, isShared: true)
            state.shared = shared
            return shared
        }
        self.place(watch, on: stream)
    }

    private func place(_ watch: WatchSubscription, on stream: WatchStream) {
        guard watch.join(stream) else { return }
        stream.add(watch)
        // It may have left between the two, when there was nothing to remove yet.
        if watch.hasLeft { stream.remove(watch) }
    }
}
