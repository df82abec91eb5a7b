/// Having won an election; from ``Session/withLeadership(of:value:_:)``.
public struct Leadership: Sendable {
    /// The proof, for what only the leader may do.
    public let token: FencingToken

    /// Tells those who observe the election something new.
    ///
    /// - Throws: ``EtcdError``: `leaseLost` if somebody else may lead by now, and then nothing was told.
    public func proclaim(_ value: Value) async throws {
        try await self.token.transaction(
            Transaction(success: [.put(self.token.key, value, lease: self.token.lease)]))
    }
}

/// Who leads, and what it says.
public struct Leader: Hashable, Sendable {
    /// The key that stands for it.
    public var key: Key
    /// What it campaigned with, or proclaimed last.
    public var value: Value
    /// When it joined the election: higher for each later leader.
    public var token: Revision
    /// The revision of ``value``.
    public var modRevision: Revision
}

extension Session {
    /// Waits to be elected, and runs `body` while leading. Resigns when `body` has ended.
    ///
    /// Those who campaign lead in the order in which they came. `etcdctl elect` and clients that campaign as it does can
    /// take part. Cancelling the task gives up the campaign, or cancels `body`, and resigns. When the lease is lost,
    /// `body` is cancelled, and `leaseLost` thrown when it has ended.
    ///
    /// - Parameters:
    ///   - name: The election's keys are those that begin with this name and a slash.
    ///   - value: What those who observe the election see, such as the candidate's address.
    public func withLeadership<Result: Sendable>(
        of name: Key, value: Value, _ body: @escaping @Sendable (Leadership) async throws -> Result
    ) async throws -> Result {
        try await self.withTurn(in: name, value: value, .init(blockers: .prefix(name.line), tolerated: 0)) { token in
            try await body(Leadership(token: token))
        }
    }
}

extension EtcdClient {
    /// Who leads at this moment; `nil` if nobody does.
    public func leader(of name: Key) async throws -> Leader? {
        var options = RangeOptions()
        options.sort = (.createRevision, .ascending)
        options.limit = 1
        return try await self.range(.prefix(name.line), options: options).keyValues.first.map { Leader($0) }
    }

    /// Who leads, now and whenever that changes, and each proclamation: every one that there was while observing, unless
    /// the history was compacted away during an interruption. `nil` while nobody leads.
    ///
    /// The sequence goes on through interruptions as ``watch(_:from:options:)`` does, and ends as it does.
    public func observeLeader(of name: Key) -> LeaderSequence {
        LeaderSequence(client: self, range: .prefix(name.line))
    }
}

/// The leaders of an election; see ``EtcdClient/observeLeader(of:)``.
public struct LeaderSequence: AsyncSequence, Sendable {
    /// `nil` while nobody leads.
    public typealias Element = Leader?

    let client: EtcdClient
    let range: KeyRange

    /// An observation of its own.
    public func makeAsyncIterator() -> Iterator {
        Iterator(mirror: self.client.mirror(self.range).makeAsyncIterator())
    }

    /// Reads on while somebody waits in ``next()``.
    public struct Iterator: AsyncIteratorProtocol {
        private var mirror: FollowSequence.Iterator
        private var candidates: [Key: KeyValue] = [:]
        private var pending: [Leader?] = []
        private var last: Leader??

        fileprivate init(mirror: FollowSequence.Iterator) {
            self.mirror = mirror
        }

        /// The next change; `nil` only when the task is cancelled, or after an error.
        public mutating func next() async throws -> Leader?? {
            while self.pending.isEmpty {
                guard let step = try await self.mirror.next() else { return nil }
                switch step {
                case .snapshot(let snapshot):
                    self.candidates = Dictionary(uniqueKeysWithValues: snapshot.keyValues.map { ($0.key, $0) })
                    self.note()
                case .changes(let batch):
                    self.apply(batch)
                }
            }
            return .some(self.pending.removeFirst())
        }

        /// A batch may hold several revisions: the leader of each is told.
        private mutating func apply(_ batch: WatchBatch) {
            var revision: Revision?
            for event in batch.events {
                if let revision, event.keyValue.modRevision != revision { self.note() }
                revision = event.keyValue.modRevision
                self.candidates[event.keyValue.key] = event.kind == .put ? event.keyValue : nil
            }
            self.note()
        }

        private mutating func note() {
            let leader = self.candidates.values.min { $0.createRevision < $1.createRevision }.map { Leader($0) }
            guard self.last != .some(leader) else { return }
            self.last = .some(leader)
            self.pending.append(leader)
        }
    }
}

extension Leader {
    init(_ keyValue: KeyValue) {
        self.init(
            key: keyValue.key, value: keyValue.value, token: keyValue.createRevision,
            modRevision: keyValue.modRevision)
    }
}
