import EtcdTransport
import Logging

/// What following a range tells; see ``EtcdClient/follow(_:options:pageSize:)``.
public enum FollowUpdate: Hashable, Sendable {
    /// All that is there, as of one revision. The first update, and again whenever the way from there was lost.
    case snapshot(FollowSnapshot)
    /// What changed since the update before.
    case changes(WatchBatch)
}

/// The keys of a followed range as of one revision.
public struct FollowSnapshot: Hashable, Sendable {
    /// Why a snapshot was taken.
    public enum Reason: Hashable, Sendable {
        /// Following began.
        case start
        /// The history that the next changes are in was compacted away.
        case compacted
        /// The store is not the one that it was: it was set back or replaced.
        case historyChanged
        /// The reader was too slow, and had asked to be told so.
        case overflow
    }

    /// Why it was taken.
    public var reason: Reason
    /// In key order.
    public var keyValues: [KeyValue]
    /// Keys that were there by the update before, and are not any more.
    public var removed: [Key]
    /// As of when.
    public var revision: Revision
    /// The cluster that it is from.
    public var clusterID: ClusterID

    /// A snapshot of these members.
    public init(reason: Reason, keyValues: [KeyValue], removed: [Key], revision: Revision, clusterID: ClusterID) {
        self.reason = reason
        self.keyValues = keyValues
        self.removed = removed
        self.revision = revision
        self.clusterID = clusterID
    }
}

/// A range and its changes; see ``EtcdClient/follow(_:options:pageSize:)``.
public struct FollowSequence: AsyncSequence, Sendable {
    /// A snapshot or changes.
    public typealias Element = FollowUpdate

    let client: EtcdClient
    let range: KeyRange
    var options = WatchOptions()
    var pageSize: Int64 = 1_000
    /// Whether it goes on, with a new snapshot, when the store turns out not to be the one that it was.
    var outlivesHistory = true
    /// Whether snapshots tell what is gone; whoever replaces all by a snapshot need not be told.
    var tellsRemovals = true

    /// Follows anew.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Drives the following.
    public struct Iterator: AsyncIteratorProtocol {
        private let sequence: FollowSequence
        private var follower: Follower
        private var isOver = false

        fileprivate init(_ sequence: FollowSequence) {
            self.sequence = sequence
            self.follower = Follower(known: sequence.tellsRemovals ? [] : nil)
        }

        /// The next update; `nil` only when the task is cancelled, or after an error.
        public mutating func next() async throws -> FollowUpdate? {
            guard !self.isOver else { return nil }
            do {
                return try await self.advance()
            } catch is CancellationError {
                self.isOver = true
                return nil
            } catch {
                self.isOver = true
                throw error
            }
        }

        private mutating func advance() async throws -> FollowUpdate {
            while true {
                try Task.checkCancellation()
                guard self.follower.watch != nil else { return .snapshot(try await self.takeSnapshot()) }
                do {
                    guard let batch = try await self.follower.watch?.next() else { throw CancellationError() }
                    self.follower.note(batch.events)
                    return .changes(batch)
                } catch let error as EtcdError {
                    guard let reason = FollowSnapshot.Reason(error.code),
                        reason != .historyChanged || self.sequence.outlivesHistory
                    else { throw error }
                    self.sequence.client.logger.debug("following anew", metadata: ["error": "\(error)"])
                    self.follower.watch = nil
                    self.follower.reason = reason
                }
            }
        }

        /// Reads until it is read: what makes a watch go on by itself makes this go on, too.
        private mutating func takeSnapshot() async throws -> FollowSnapshot {
            let client = self.sequence.client
            var backoff = client.context.backoff
            while true {
                do {
                    var keyValues: [KeyValue] = []
                    var last: RangeResult?
                    for try await page in client.pages(of: self.sequence.range, pageSize: self.sequence.pageSize) {
                        keyValues += page.keyValues
                        last = page
                    }
                    try Task.checkCancellation()
                    guard let last else { throw EtcdError(.badResponse, "a range without a page") }
                    if last.revision < self.follower.reached {
                        guard self.sequence.outlivesHistory else {
                            throw EtcdError(
                                .historyChanged,
                                "the store is at revision \(last.revision), below \(self.follower.reached), which it "
                                    + "had reached before")
                        }
                        self.follower.reason = .historyChanged
                    }
                    self.follower.reached = last.revision
                    let removed = self.follower.replace(with: keyValues.map(\.key))
                    self.follower.watch =
                        client.watch(self.sequence.range, from: last.revision.next, options: self.sequence.options)
                        .makeAsyncIterator()
                    return FollowSnapshot(
                        reason: self.follower.reason, keyValues: keyValues, removed: removed, revision: last.revision,
                        clusterID: last.clusterID)
                } catch let error as EtcdError where error.mayPass || error.code == .compacted {
                    // Compacted between two pages: the next snapshot is a newer one.
                    client.logger.debug("no snapshot", metadata: ["error": "\(error)"])
                    var generator = SystemRandomNumberGenerator()
                    try await Task.sleep(for: backoff.pause(using: &generator))
                }
            }
        }
    }
}

/// What a follower knows.
private struct Follower {
    var watch: WatchSequence.Iterator?
    var reason = FollowSnapshot.Reason.start
    /// The newest revision seen.
    var reached = Revision(0)
    /// The keys that are there, so that a new snapshot can tell which are gone; `nil` where that is not asked.
    private var known: Set<Key>?

    init(known: Set<Key>?) {
        self.known = known
    }

    mutating func note(_ events: [WatchEvent]) {
        if let last = events.last { self.reached = max(self.reached, last.keyValue.modRevision) }
        for event in events {
            switch event.kind {
            case .put: self.known?.insert(event.keyValue.key)
            case .delete: self.known?.remove(event.keyValue.key)
            }
        }
    }

    /// - Returns: The keys that were known and are not among the new ones, in order.
    mutating func replace(with keys: [Key]) -> [Key] {
        guard let known = self.known else { return [] }
        let present = Set(keys)
        self.known = present
        return known.subtracting(present).sorted()
    }
}

extension FollowSnapshot.Reason {
    fileprivate init?(_ code: EtcdError.Code) {
        switch code {
        case .compacted: self = .compacted
        case .historyChanged: self = .historyChanged
        case .overflow: self = .overflow
        default: return nil
        }
    }
}
