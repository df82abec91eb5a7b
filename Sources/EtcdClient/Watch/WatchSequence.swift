import EtcdWire
import Foundation
import Synchronization

/// The changes of a range, as they happen; see ``EtcdClient/watch(_:from:options:)``.
public struct WatchSequence: AsyncSequence, Sendable {
    /// Whole revisions.
    public typealias Element = WatchBatch

    let client: EtcdClient
    let range: KeyRange
    let from: Revision?
    let options: WatchOptions
    var connectionObserver: (@Sendable (Bool) -> Void)?

    /// A watch of its own.
    public func makeAsyncIterator() -> Iterator {
        Iterator(reader: WatchReader(self))
    }

    /// The same watch, telling `observer` whenever it starts (true) or stops (false) being heard by a server.
    ///
    /// A watch goes on by itself after an interruption and loses nothing; this is for those who want to show it.
    public func observingConnection(_ observer: @escaping @Sendable (Bool) -> Void) -> WatchSequence {
        var watch = self
        watch.connectionObserver = observer
        return watch
    }

    /// The same watch, event by event. Who must not see a revision in parts reads the batches.
    public var events: WatchEventSequence { WatchEventSequence(watch: self) }

    /// Drives the watch. It may change hands, but one task at a time reads.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private var reader: WatchReader?

        fileprivate init(reader: WatchReader) {
            self.reader = reader
        }

        /// The next batch; `nil` only when the task is cancelled, or after an error.
        public mutating func next() async throws -> WatchBatch? {
            do {
                return try await self.reader?.next()
            } catch is CancellationError {
                self.reader = nil
                return nil
            } catch {
                self.reader = nil
                throw error
            }
        }
    }
}

/// The events of a watch, one by one; see ``WatchSequence/events``.
public struct WatchEventSequence: AsyncSequence, Sendable {
    /// One change of one key.
    public typealias Element = WatchEvent

    let watch: WatchSequence

    /// A watch of its own.
    public func makeAsyncIterator() -> Iterator { Iterator(batches: self.watch.makeAsyncIterator()) }

    /// Drives the watch.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate var batches: WatchSequence.Iterator
        private var batch: ArraySlice<WatchEvent> = []

        fileprivate init(batches: WatchSequence.Iterator) {
            self.batches = batches
        }

        /// The next event; `nil` only when the task is cancelled, or after an error.
        public mutating func next() async throws -> WatchEvent? {
            while true {
                if let event = self.batch.popFirst() { return event }
                guard let batch = try await self.batches.next() else { return nil }
                self.batch = batch.events[...]
            }
        }
    }
}

/// The reader's hold on its watch: the watch begins with the first ``next()``, and ends when nobody holds this any more.
private final class WatchReader: Sendable {
    // Holds the client, so that it is not taken for dropped while somebody watches.
    private let client: EtcdClient
    private let subscription: WatchSubscription
    private let ownStream: Bool
    private let hasBegun = Atomic(false)

    init(_ watch: WatchSequence) {
        self.client = watch.client
        watch.client.watches.counters.add(watches: 1)
        self.ownStream = watch.options.ownStream
        var request = Etcdserverpb_WatchCreateRequest()
        request.key = Data(watch.range.start.bytes.isEmpty ? [0] : watch.range.start.bytes)
        request.rangeEnd = Data(watch.range.end.bytes)
        request.prevKv = watch.options.previous
        request.fragment = true
        request.progressNotify = true
        if watch.options.excludesPuts { request.filters.append(.noput) }
        if watch.options.excludesDeletes { request.filters.append(.nodelete) }
        var transform: (@Sendable (inout Etcdserverpb_WatchResponse) -> Void)?
        if let namespace = watch.client.namespace {
            request = namespace.outward(request)
            transform = { $0 = namespace.inward($0) }
        }
        self.subscription = WatchSubscription(
            id: watch.client.watches.makeID(), template: request, from: watch.from, options: watch.options,
            transform: transform, observer: watch.connectionObserver, counters: watch.client.watches.counters)
    }

    deinit {
        self.client.watches.counters.add(watches: -1)
        self.client.watches.leave(self.subscription)
    }

    func next() async throws -> WatchBatch {
        try Task.checkCancellation()
        if !self.hasBegun.exchange(true, ordering: .relaxed) {
            self.client.watches.join(self.subscription, ownStream: self.ownStream)
        }
        return try await self.subscription.next { self.client.watches.unpark(self.subscription) }
    }
}
