/// A gate that holds up whoever comes while it is closed; from ``EtcdClient/barrier(_:)``.
public struct Barrier: Sendable {
    let client: EtcdClient
    /// The gate is closed while this key exists.
    public let key: Key

    /// Closes the gate. Does nothing if it is closed.
    ///
    /// - Parameter lease: The gate opens by itself when this lease ends.
    /// - Returns: Whether it was open.
    /// - Throws: ``EtcdError``, or `CancellationError`.
    @discardableResult
    public func hold(lease: LeaseID? = nil) async throws -> Bool {
        try await self.client.transaction(
            Transaction(
                compares: [.version(of: self.key, .equal, 0)], success: [.put(self.key, "", lease: lease)])
        ).succeeded
    }

    /// Opens the gate for all who wait. Does nothing if it is open.
    ///
    /// - Throws: ``EtcdError``, or `CancellationError`.
    public func release() async throws {
        try await self.client.delete(.key(self.key))
    }

    /// Returns when the gate is open, or was open at some moment since the call.
    ///
    /// - Throws: ``EtcdError``, or `CancellationError`.
    public func wait() async throws {
        var patience = Patience(self.client.configuration)
        var options = WatchOptions()
        options.excludesPuts = true
        while true {
            do {
                let found = try await self.client.range(.key(self.key))
                if found.keyValues.isEmpty { return }
                patience.reset()
                for try await _ in self.client.watch(.key(self.key), from: found.revision.next, options: options) {
                    return
                }
                throw CancellationError()
            } catch let error as EtcdError where error.code == .compacted {
                continue
            } catch {
                try await patience.wait(after: error)
            }
        }
    }
}

extension EtcdClient {
    /// A gate that is closed while `key` exists.
    public func barrier(_ key: Key) -> Barrier { Barrier(client: self, key: key) }
}

extension Session {
    /// Waits until `count` participants have come, runs `body`, and waits until all have left: a double barrier.
    ///
    /// A participant that crashes before all have come is missing again; one that crashes later counts as having left.
    ///
    /// - Parameters:
    ///   - name: The barrier's keys are those that begin with this name and a slash.
    ///   - count: At least 1; the same for all.
    /// - Throws: ``EtcdError``: `failedPrecondition` if `count` participants are there already, `leaseLost`; whatever
    ///   `body` throws.
    public func withDoubleBarrier<Result: Sendable>(
        _ name: Key, count: Int, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard count > 0 else {
            throw EtcdError(.invalidArgument, "a double barrier needs at least one participant, not \(count)")
        }
        let participants = WaitingLine(
            client: self.client, tenure: self.tenure, key: name.line + Key(self.uniqueName()), value: "")
        return try await participants.withPlace { joinedAt in
            var presence = DoubleBarrierPresence(client: self.client, range: .prefix(name.line), from: joinedAt)
            try await presence.waitUntilFull(count)
            let result = try await body()
            let left = try await self.client.delete(.key(participants.key))
            guard left.deleted > 0 else {
                throw EtcdError(.leaseLost, "\(participants.key) is gone: its lease was lost or somebody deleted it")
            }
            try await presence.waitUntilEmpty(since: left.revision)
            return result
        }
    }
}

/// Who is at a double barrier, told by the history and not by looking now and then: a moment at which all were there, or
/// none, cannot be missed even if the next round has begun.
private struct DoubleBarrierPresence {
    private let client: EtcdClient
    private let range: KeyRange
    private var present: Set<Key> = []
    private var seen: Revision
    private var watch: WatchSequence.Iterator?
    /// Told by the watch, and not yet looked at.
    private var pending: [WatchEvent] = []

    init(client: EtcdClient, range: KeyRange, from: Revision) {
        self.client = client
        self.range = range
        self.seen = from
    }

    mutating func waitUntilFull(_ count: Int) async throws {
        try await self.list(at: self.seen)
        guard self.present.count <= count else {
            throw EtcdError(.failedPrecondition, "there are \(count) participants at the double barrier already")
        }
        try await self.follow { $0.count >= count }
    }

    mutating func waitUntilEmpty(since revision: Revision) async throws {
        try await self.follow(since: revision) { $0.isEmpty }
    }

    /// Goes on until `fact` is true of those present after some whole revision, not before `since`.
    private mutating func follow(since: Revision = Revision(0), until fact: (Set<Key>) -> Bool) async throws {
        while true {
            let isWhole = self.pending.first.map { $0.keyValue.modRevision > self.seen } ?? true
            if isWhole, self.seen >= since, fact(self.present) { break }
            if self.pending.isEmpty {
                try await self.readOn()
            } else {
                self.apply(self.pending.removeFirst())
            }
        }
        // Nobody reads it until the next wait, which begins a new one where this one was.
        self.watch = nil
    }

    private mutating func readOn() async throws {
        do {
            var watch =
                self.watch ?? self.client.watch(self.range, from: self.seen.next).makeAsyncIterator()
            guard let batch = try await watch.next() else { throw CancellationError() }
            self.watch = watch
            self.pending = batch.events
        } catch let error as EtcdError where error.code == .compacted {
            self.watch = nil
            try await self.list(at: nil)
        }
    }

    private mutating func apply(_ event: WatchEvent) {
        self.seen = event.keyValue.modRevision
        if event.kind == .put {
            self.present.insert(event.keyValue.key)
        } else {
            self.present.remove(event.keyValue.key)
        }
    }

    private mutating func list(at revision: Revision?) async throws {
        var options = RangeOptions()
        options.keysOnly = true
        options.revision = revision
        var patience = Patience(self.client.configuration)
        while true {
            do {
                let result = try await self.client.range(self.range, options: options)
                self.present = Set(result.keyValues.map(\.key))
                self.seen = revision ?? result.revision
                return
            } catch let error as EtcdError where error.code == .compacted {
                options.revision = nil
            } catch {
                try await patience.wait(after: error)
            }
        }
    }
}
