import Crypto
import DisplayChannel
import EtcdClient
import Logging
import Synchronization

/// Knows what stands under the state keys of all displays: a snapshot, then what changes. Whatever interrupts it leads
/// to a new snapshot, as the store that answers afterwards may be empty, another, or itself as it was long ago.
///
/// Of the values it keeps digests only, so that a thousand displays with long lists cost a few hundred kilobytes.
final class StateMirror: Sendable {
    /// What happened since it was asked last.
    struct News: Sendable {
        /// Everything was read anew: compare all displays.
        var isRenewed = false
        /// The displays whose keys somebody else has changed.
        var touched: Set<DisplayID> = []
    }

    /// What the database last said that a display's keys should be.
    private struct Wanted {
        var generation: Int64
        var digests: [Topic: ValueDigest]
    }

    private struct Known {
        var state = MediatorState()
        var wanted: Wanted?

        /// Whether the keys are as they should; nil where that was never asked.
        var isAsWanted: Bool? { self.wanted.map { self.state.isEqual(to: $0.digests) } }
    }

    private struct State {
        var displays: [DisplayID: Known] = [:]
        var news = News()
    }

    /// Displays' keys, and not `/status/…`: `/<id>:…` where an id may sort before or after that.
    private static let ranges = [KeyRange.range("/", "/status/"), .range("/status0", "0")]

    private let client: EtcdClient
    private let logger: Logger
    private let bell: Signal
    private let state = Mutex(State())

    /// - Parameter bell: Raised whenever ``takeNews()`` has something.
    init(client: EtcdClient, logger: Logger, bell: Signal) {
        self.client = client
        self.logger = logger
        self.bell = bell
    }

    // MARK: For the publisher

    /// What is known of a display's keys.
    func state(of id: DisplayID) -> MediatorState { self.state.withLock { $0.displays[id]?.state ?? MediatorState() } }

    /// The displays that have keys.
    var displays: [DisplayID] {
        self.state.withLock { state in state.displays.filter { !$0.value.state.entries.isEmpty }.map(\.key) }
    }

    /// What the keys of a display are to be. From now on the mirror tells when they are not.
    func want(_ digests: [Topic: ValueDigest], generation: Int64, of id: DisplayID) {
        self.state.withLock {
            $0.displays[id, default: Known()].wanted = Wanted(generation: generation, digests: digests)
        }
    }

    /// The newest revision of a display's keys if they are known to be what this generation wants.
    func revision(of id: DisplayID, ifHolding generation: Int64) -> Int64? {
        self.state.withLock { state in
            guard let known = state.displays[id], known.wanted?.generation == generation, known.isAsWanted == true
            else {
                return nil
            }
            return known.state.revision
        }
    }

    /// Takes note of what was read or written directly.
    func learned(_ entries: [Topic: MediatorState.Entry], of id: DisplayID) {
        self.state.withLock { state in
            for (topic, entry) in entries { state.displays[id, default: Known()].state.take(entry, topic) }
        }
    }

    /// Takes note of everything there is of a display, as it was read directly.
    func learned(all read: MediatorState, of id: DisplayID) {
        self.state.withLock { $0.displays[id, default: Known()].state = read }
    }

    func takeNews() -> News {
        self.state.withLock { state in
            defer { state.news = News() }
            return state.news
        }
    }

    /// Leaves these for a later time; rings no bell.
    func postpone(_ touched: Set<DisplayID>) {
        self.state.withLock { $0.news.touched.formUnion(touched) }
    }

    /// Whether there are displays to put right.
    var hasTouched: Bool { self.state.withLock { !$0.news.touched.isEmpty } }

    /// The display is gone: nothing is wanted of it any more.
    func forget(_ id: DisplayID) {
        self.state.withLock { $0.displays[id] = nil }
    }

    // MARK: Following

    /// Follows until its task is cancelled.
    func run() async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                try await self.follow { backoff.reset() }
            } catch is CancellationError {
                return
            } catch {
                self.logger.debug("keys of displays are not followed", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: backoff.next())  // throws only when cancelled
        }
    }

    /// The watches and a snapshot to begin with. Returns only by throwing.
    private func follow(onContact: () -> Void) async throws {
        var watches: [AcceptedWatch] = []
        for range in Self.ranges { watches.append(try await AcceptedWatch(range, client: self.client)) }
        var displays: [DisplayID: MediatorState] = [:]
        var options = RangeOptions()
        for range in Self.ranges {
            for try await page in self.client.pages(of: range, options: options, pageSize: 256) {
                options.revision = options.revision ?? page.revision
                for pair in page.keyValues {
                    guard let (id, topic) = DisplayKey.parse(pair.key), topic.isState else { continue }
                    displays[id, default: MediatorState()].take(.init(pair), topic)
                }
            }
        }
        guard let revision = options.revision else { throw CancellationError() }
        onContact()
        self.state.withLock { [displays] state in
            // What was known and is not there any more is gone from the store.
            for id in state.displays.keys { state.displays[id]?.state = displays[id] ?? MediatorState() }
            for (id, entries) in displays { state.displays[id, default: Known()].state = entries }
            state.news.isRenewed = true
        }
        self.bell.raise()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for watch in watches {
                group.addTask {
                    var watch = watch
                    while true { self.take(try await watch.next(after: revision)) }
                }
            }
            // A watch ends by throwing, or because this task was cancelled.
            try await group.next()
            group.cancelAll()
        }
        throw CancellationError()
    }

    private func take(_ batch: WatchBatch) {
        let isNews = self.state.withLock { state in
            var changed: Set<DisplayID> = []
            for event in batch.events {
                guard let (id, topic) = DisplayKey.parse(event.keyValue.key), topic.isState else { continue }
                changed.insert(id)
                if event.kind == .delete {
                    state.displays[id, default: Known()].state.delete(topic, at: event.keyValue.modRevision.rawValue)
                } else {
                    state.displays[id, default: Known()].state.take(.init(event.keyValue), topic)
                }
            }
            let touched = changed.filter { state.displays[$0]?.isAsWanted == false }
            state.news.touched.formUnion(touched)
            return !touched.isEmpty
        }
        if isNews { self.bell.raise() }
    }
}

/// SHA-256 of a key's value.
struct ValueDigest: Hashable, Sendable {
    private let digest: SHA256Digest

    init(_ value: [UInt8]) { self.digest = SHA256.hash(data: value) }
}

/// What a display's state keys hold, and since when. Pure.
struct MediatorState: Hashable, Sendable {
    /// One key, by its digest.
    struct Entry: Hashable, Sendable {
        var digest: ValueDigest
        var modRevision: Int64

        init(digest: ValueDigest, modRevision: Int64) {
            self.digest = digest
            self.modRevision = modRevision
        }

        init(_ pair: KeyValue) {
            self.init(digest: ValueDigest(pair.value.bytes), modRevision: pair.modRevision.rawValue)
        }
    }

    private(set) var entries: [Topic: Entry] = [:]

    /// The newest revision among them; 0 when there are none.
    var revision: Int64 { self.entries.values.map(\.modRevision).max() ?? 0 }

    /// A later value of a topic; an earlier one changes nothing, as answers and events overtake each other.
    mutating func take(_ entry: Entry, _ topic: Topic) {
        guard (self.entries[topic]?.modRevision ?? 0) <= entry.modRevision else { return }
        self.entries[topic] = entry
    }

    mutating func delete(_ topic: Topic, at revision: Int64) {
        guard (self.entries[topic]?.modRevision ?? 0) < revision else { return }
        self.entries[topic] = nil
    }

    /// Whether these keys say what they should, and the two lists of photos in the right order.
    func isEqual(to wanted: [Topic: ValueDigest]) -> Bool {
        StateDifference(desired: wanted, present: self).isEmpty
    }
}
