import Logging
import ServiceLifecycle
import Synchronization

/// A copy of a range in memory, kept up to date by one watch, for any number of readers in this process; from
/// ``EtcdClient/cache(_:historySize:)``.
///
/// ```swift
/// let cache = client.cache(.prefix("/hall/"))
/// async let running: Void = cache.run()            // or as a service
/// try await cache.waitUntilReady()
/// let lamp = cache.get("/hall/lamp")               // no network
/// let written = try await client.put("/hall/lamp", "on").revision
/// let mine = try await cache.get("/hall/lamp", atLeast: written)   // one's own write, too
/// ```
///
/// What the cache shows is the range as of one revision of the store, ``revision``, which never goes back: whoever has
/// seen a revision sees that one or a later one from then on. It may be behind the store; ask with `atLeast` for what
/// must not be missed. After an interruption it goes on where it was, or, if the history in between is compacted away,
/// starts over from a newer state of the store.
public final class PrefixCache: Sendable, Service {
    private struct State {
        var image: CacheImage?
        var history: CacheHistory
        /// Those who wait for a revision.
        var waiters: [Int: (revision: Revision, event: OnceEvent<Void>)] = [:]
        var readers: [Int: OnceEvent<Void>] = [:]
        var nextID = 0
        var end: (any Error)?
    }

    private let client: EtcdClient
    /// The keys that are kept.
    public let range: KeyRange
    private let state: Mutex<State>

    init(client: EtcdClient, range: KeyRange, historySize: Int) {
        self.client = client
        self.range = range
        self.state = Mutex(State(history: CacheHistory(limit: historySize)))
    }

    // MARK: Reading

    /// The revision of the store that the cache shows; `nil` before it has one.
    public var revision: Revision? { self.state.withLock { $0.image?.revision } }

    /// A key as the cache shows it; `nil` if there is none, or before the cache is ready.
    public func get(_ key: Key) -> KeyValue? { self.state.withLock { $0.image?.values[key] } }

    /// All keys within `range`, ascending, as of one revision.
    ///
    /// - Returns: `nil` before the cache is ready.
    public func snapshot(of range: KeyRange = .all) -> CacheSnapshot? {
        let image = self.state.withLock { $0.image }
        return image.map { $0.snapshot(of: range) }
    }

    /// A key as of `revision` or later; waits until the cache has come so far.
    ///
    /// - Parameter revision: For one's own write to be seen, the revision that the write returned. One that is still to
    ///   come, or that changed nothing in the range, may be reached only when the next change of the range comes; to
    ///   shorten that, the cache asks the server how far it is.
    /// - Throws: ``EtcdError`` if the cache has ended; `CancellationError`.
    public func get(_ key: Key, atLeast revision: Revision) async throws -> KeyValue? {
        try await self.wait(for: revision)
        return self.get(key)
    }

    /// A range as of `revision` or later; waits until the cache has come so far. See ``get(_:atLeast:)``.
    public func snapshot(of range: KeyRange = .all, atLeast revision: Revision) async throws -> CacheSnapshot {
        try await self.wait(for: revision)
        guard let snapshot = self.snapshot(of: range) else {
            throw EtcdError(.unavailable, "the cache has ended")
        }
        return snapshot
    }

    /// Returns when the cache has its first state.
    ///
    /// - Throws: ``EtcdError`` if the cache has ended; `CancellationError`.
    public func waitUntilReady() async throws {
        try await self.wait(for: Revision(0))
    }

    /// What is in `range`, then every change, from memory. Any number of readers share the cache's one watch.
    ///
    /// A reader that falls behind by more than the cache's history is given the whole state again, which costs the other
    /// readers nothing. The sequence ends when its task is cancelled, and throws what ends the cache.
    public func follow(_ range: KeyRange = .all) -> CacheSequence {
        CacheSequence(cache: self, range: range)
    }

    // MARK: Keeping up

    /// Keeps the cache up to date until the task is cancelled or the service group shuts down gracefully. Call it once.
    ///
    /// - Throws: ``EtcdError`` when going on is impossible: the range may not be read, the client is closed, or the store
    ///   is not the one it was.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.keepUp() }
            self.end(EtcdError(.clientClosed, "the cache was stopped"))
        } catch {
            self.end(error is CancellationError ? EtcdError(.clientClosed, "the cache was stopped") : error)
            throw error
        }
    }

    private func keepUp() async throws {
        for try await update in self.client.mirror(self.range) {
            switch update {
            case .snapshot(let snapshot):
                // It may have shown more than its watch has told.
                if let revision = self.revision, snapshot.revision < revision {
                    throw EtcdError(
                        .historyChanged,
                        "the store is at revision \(snapshot.revision), below \(revision) that the cache has shown")
                }
                self.change { state in
                    var image = CacheImage(revision: snapshot.revision)
                    for keyValue in snapshot.keyValues { image.values[keyValue.key] = keyValue }
                    state.image = image
                    state.history.restart(at: snapshot.revision)
                }
            case .changes(let batch):
                self.change { state in
                    guard var image = state.image else { return }
                    state.image = nil  // So that the dictionary is changed in place.
                    image.apply(batch)
                    state.image = image
                    state.history.append(batch, revision: image.revision)
                }
            }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let awake = self.state.withLock { state -> [OnceEvent<Void>] in
            body(&state)
            guard let reached = state.image?.revision else { return [] }
            let ready = state.waiters.filter { $0.value.revision <= reached }
            for id in ready.keys { state.waiters[id] = nil }
            defer { state.readers = [:] }
            return ready.values.map(\.event) + state.readers.values
        }
        for event in awake { event.set(()) }
    }

    private func end(_ error: any Error) {
        let awake = self.state.withLock { state in
            state.end = error
            defer {
                state.waiters = [:]
                state.readers = [:]
            }
            return state.waiters.values.map(\.event) + state.readers.values
        }
        for event in awake { event.set(()) }
    }

    // MARK: Waiting

    private func wait(for revision: Revision) async throws {
        while true {
            let (id, event) = try self.state.withLock { state -> (Int, OnceEvent<Void>?) in
                if let reached = state.image?.revision, reached >= revision { return (0, nil) }
                if let end = state.end { throw end }
                state.nextID += 1
                let event = OnceEvent<Void>()
                state.waiters[state.nextID] = (revision, event)
                return (state.nextID, event)
            }
            guard let event else { return }
            do {
                try await self.catchUp(event)
            } catch {
                self.state.withLock { $0.waiters[id] = nil }
                throw error
            }
        }
    }

    /// Waits, and asks the server now and then how far it is: a revision that changed nothing here shows in no event.
    private func catchUp(_ event: OnceEvent<Void>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await event.wait() }
            group.addTask {
                var pause = Patience(initial: .milliseconds(50), maximum: .seconds(2))
                while true {
                    try await pause.wait()
                    await self.confirm()
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Reads the range's newest change. If the cache has it, it shows the range as of the revision of that read.
    private func confirm() async {
        var options = RangeOptions()
        options.keysOnly = true
        options.sort = (.modRevision, .descending)
        options.limit = 1
        // A failure means that the watch has trouble, too; it tells, when it has to be told.
        guard let newest = try? await self.client.range(self.range, options: options) else { return }
        self.change { state in
            guard var image = state.image, image.revision < newest.revision,
                Int64(image.values.count) == newest.count
            else { return }
            // The same number of keys, none of them newer than the newest here: a deletion would show in the number, a
            // put in the revision, and a deletion with a put in the revision, too.
            let own = image.values.values.map(\.modRevision).max() ?? Revision(0)
            guard (newest.keyValues.first?.modRevision ?? Revision(0)) <= own else { return }
            image.revision = newest.revision
            state.image = image
        }
    }

    // MARK: Followers

    fileprivate enum Step {
        case snapshot(CacheSnapshot)
        case changes(WatchBatch)
        case wait(Int, OnceEvent<Void>)
    }

    /// What a reader that has seen everything up to `revision` has to be told next.
    fileprivate func step(after revision: Revision?, in range: KeyRange) throws -> Step {
        try self.state.withLock { state in
            if let image = state.image {
                guard let revision, let batches = state.history.batches(after: revision) else {
                    return .snapshot(image.snapshot(of: range))
                }
                if let batch = batches.first { return .changes(batch) }
            }
            if let end = state.end { throw end }
            state.nextID += 1
            let event = OnceEvent<Void>()
            state.readers[state.nextID] = event
            return .wait(state.nextID, event)
        }
    }

    fileprivate func forget(_ id: Int) { self.state.withLock { _ = $0.readers.removeValue(forKey: id) } }
}

/// What a range held at one revision.
public struct CacheSnapshot: Hashable, Sendable {
    /// The revision of the store.
    public var revision: Revision
    /// Ascending by key.
    public var keyValues: [KeyValue]
}

extension EtcdClient {
    /// A copy of a range in memory; see ``PrefixCache``. It is empty until its ``PrefixCache/run()`` runs.
    ///
    /// - Parameter historySize: How many changed keys are remembered for those who follow the cache: a follower that is
    ///   further behind gets the whole state again.
    public func cache(_ range: KeyRange, historySize: Int = 10_000) -> PrefixCache {
        PrefixCache(client: self, range: range, historySize: max(historySize, 0))
    }
}

/// The changes of a cache; see ``PrefixCache/follow(_:)``.
public struct CacheSequence: AsyncSequence, Sendable {
    /// What a follower is told.
    public enum Element: Hashable, Sendable {
        /// All there is: first, and whenever the follower was too slow or the history was compacted away. Keys that are
        /// not in it are gone.
        case snapshot(CacheSnapshot)
        /// What has changed since.
        case changes(WatchBatch)
    }

    let cache: PrefixCache
    let range: KeyRange

    /// A follower of its own.
    public func makeAsyncIterator() -> Iterator { Iterator(cache: self.cache, range: self.range) }

    /// Reads from memory.
    public struct Iterator: AsyncIteratorProtocol {
        private let cache: PrefixCache
        private let range: KeyRange
        private var seen: Revision?

        fileprivate init(cache: PrefixCache, range: KeyRange) {
            self.cache = cache
            self.range = range
        }

        /// The next change; `nil` only when the task is cancelled.
        ///
        /// - Throws: What ended the cache.
        public mutating func next() async throws -> CacheSequence.Element? {
            while true {
                switch try self.cache.step(after: self.seen, in: self.range) {
                case .snapshot(let snapshot):
                    self.seen = snapshot.revision
                    return .snapshot(snapshot)
                case .changes(var batch):
                    self.seen = batch.events.last?.keyValue.modRevision
                    batch.events.removeAll { !self.range.contains($0.keyValue.key) }
                    if !batch.events.isEmpty { return .changes(batch) }
                case .wait(let id, let event):
                    do {
                        try await event.wait()
                    } catch {
                        self.cache.forget(id)
                        return nil
                    }
                }
            }
        }
    }
}
