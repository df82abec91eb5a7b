/// Keys under one prefix, in the order of their creation: those who hold something, then those who wait for it.
struct WaitingLine: Sendable {
    /// Whose turn it is.
    struct Rule: Sendable {
        /// Those created earlier in here are waited for.
        let blockers: KeyRange
        /// How many of them may remain.
        let tolerated: Int
    }

    let client: EtcdClient
    let tenure: Tenure
    let key: Key
    let value: Value

    /// Takes a place in the line. Returns the revision that stands for it.
    ///
    /// Can be repeated when an answer was lost: the key is this place's alone.
    func join() async throws -> Revision {
        let transaction = Transaction(
            compares: [.version(of: self.key, .equal, 0)],
            success: [.put(self.key, self.value, lease: self.tenure.lease.id)], failure: [.range(.key(self.key))])
        var patience = Patience(self.client.configuration)
        while true {
            do {
                let result = try await self.client.transaction(transaction)
                if result.succeeded { return result.revision }
                if case .range(let range)? = result.responses.first, let own = range.keyValues.first {
                    return own.createRevision
                }
                throw EtcdError(.badResponse, "a transaction does not answer with the key that made it fail")
            } catch let error as EtcdError where error.code == .leaseNotFound {
                throw Tenure.error(.notFound, self.tenure.lease.id)
            } catch {
                try await patience.wait(after: error)
            }
        }
    }

    /// Waits for the turn of the place of this revision.
    func waitForTurn(_ revision: Revision, _ rule: Rule) async throws {
        var patience = Patience(self.client.configuration)
        while true {
            do {
                let (earlier, seenAt) = try await self.blockers(before: revision, rule)
                guard earlier.count > rule.tolerated else { return }
                patience.reset()
                try await self.waitForDeparture(of: earlier, after: seenAt, rule)
            } catch let error as EtcdError where error.code == .compacted {
                // Whatever has happened meanwhile shows when one looks again.
                continue
            } catch {
                try await patience.wait(after: error)
            }
        }
    }

    /// Whether it is the turn of the place of this revision now.
    func isTurn(_ revision: Revision, _ rule: Rule) async throws -> Bool {
        try await self.blockers(before: revision, rule).keys.count <= rule.tolerated
    }

    /// Gives up the place, held or not. The caller must not be cancelled meanwhile.
    ///
    /// Tries for as long as the lease lives: the place would block the others while it does.
    func leave() async throws {
        var patience = Patience(self.client.configuration)
        while self.tenure.loss.value == nil {
            do {
                try await self.client.delete(.key(self.key))
                return
            } catch {
                try await patience.wait(after: error)
            }
        }
    }

    /// The own key and those before it, as of one revision: ownership is looked at again after every wait, since a lease
    /// may be lost while one waits.
    private func blockers(before revision: Revision, _ rule: Rule) async throws -> (keys: [Key], seenAt: Revision) {
        var options = RangeOptions()
        options.keysOnly = true
        options.maxCreateRevision = Revision(revision.rawValue - 1)
        if rule.tolerated == 0 {
            // Only the one right before: it is enough to wait for that, and nobody else wakes when it goes.
            options.sort = (.createRevision, .descending)
            options.limit = 1
        }
        let result = try await self.client.transaction(
            Transaction(
                compares: [.createRevision(of: self.key, .equal, revision)],
                success: [.range(rule.blockers, options)]))
        guard result.succeeded, case .range(let range)? = result.responses.first else {
            throw EtcdError(.leaseLost, "\(self.key) is gone: its lease was lost or somebody deleted it")
        }
        return (range.keyValues.map(\.key), result.revision)
    }

    private func waitForDeparture(of earlier: [Key], after seenAt: Revision, _ rule: Rule) async throws {
        var options = WatchOptions()
        options.excludesPuts = true
        var remaining = Set(earlier)
        let range: KeyRange = rule.tolerated == 0 ? earlier.first.map { .key($0) } ?? rule.blockers : rule.blockers
        for try await batch in self.client.watch(range, from: seenAt.next, options: options) {
            for event in batch.events { remaining.remove(event.keyValue.key) }
            if remaining.count <= rule.tolerated { return }
        }
        throw CancellationError()
    }
}

extension Session {
    /// Holds a place in a line, when its turn has come, for as long as `body` runs.
    func withTurn<Result: Sendable>(
        in name: Key, as kind: String = "", value: Value = "", _ rule: WaitingLine.Rule,
        _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result {
        let tenure = self.tenure
        let line = WaitingLine(
            client: self.client, tenure: tenure, key: name.line + Key(kind + self.uniqueName()), value: value)
        return try await line.withPlace { revision in
            try await line.waitForTurn(revision, rule)
            return try await body(line.token(revision))
        }
    }

    /// As ``withTurn(in:as:value:_:_:)``, but `nil` at once if somebody is before.
    func withTurnIfFree<Result: Sendable>(
        in name: Key, as kind: String = "", _ rule: WaitingLine.Rule,
        _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result? {
        let tenure = self.tenure
        let line = WaitingLine(
            client: self.client, tenure: tenure, key: name.line + Key(kind + self.uniqueName()), value: "")
        return try await line.withPlace { revision in
            guard try await line.isTurn(revision, rule) else { return nil }
            return try await body(line.token(revision))
        }
    }
}

extension WaitingLine {
    /// What the holder of the place shows.
    func token(_ revision: Revision) -> FencingToken {
        FencingToken(key: self.key, lease: self.tenure.lease.id, revision: revision, client: self.client)
    }

    /// Leaves the line however `body` ends, before this returns.
    func withPlace<Result: Sendable>(
        _ body: @escaping @Sendable (Revision) async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await self.tenure.whileHeld { try await body(try await self.join()) }
            try await withoutCancellation { try await self.leave() }
            return result
        } catch {
            // The first error tells more; a place that cannot be given up goes with the lease.
            try? await withoutCancellation { try await self.leave() }
            throw error
        }
    }
}

extension Key {
    /// The prefix of the keys of a line, as etcd's own tools make it.
    var line: Key { self + "/" }

    static func + (left: Key, right: Key) -> Key { Key(left.bytes + right.bytes) }
}
