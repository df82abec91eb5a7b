import Foundation

/// Values that each go to one taker, the oldest first, or the most urgent first; from ``EtcdClient/queue(_:)`` and
/// ``EtcdClient/priorityQueue(_:)``.
///
/// Enqueued values stay until they are taken, also when everybody has left. The store's limits bound a queue: it is for
/// hundreds of waiting values rather than for millions.
public struct Queue: Sendable {
    /// An element that was taken.
    public struct Element: Hashable, Sendable {
        /// What was enqueued.
        public var value: Value
        /// 0 is the most urgent; always 0 in a queue without priorities.
        public var priority: UInt16
        /// When it was enqueued.
        public var revision: Revision
    }

    let client: EtcdClient
    let name: Key
    let hasPriorities: Bool

    private var items: Key { self.name + "/items/" }
    private var claims: Key { self.name + "/claims/" }

    /// Adds a value.
    ///
    /// - Parameter priority: 0 is the most urgent. A queue without priorities ignores it.
    /// - Throws: ``EtcdError``; if it ``EtcdError/mayHaveHappened``, the value may be there, or may have been taken.
    public func enqueue(_ value: Value, priority: UInt16 = 0) async throws {
        let hexadecimal = String(self.hasPriorities ? priority : 0, radix: 16)
        let digits = String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        let key = self.items + Key("\(digits)/\(UUID().uuidString)")
        let put = Transaction(compares: [.version(of: key, .equal, 0)], success: [.put(key, value)])
        do {
            try await self.client.transaction(put)
        } catch let error as EtcdError where error.mayHaveHappened {
            // Looked for, and not added again: it may have been taken already.
            let found = try await self.client.range(.key(key))
            if found.keyValues.isEmpty { throw error }
        }
    }

    /// Takes the first value; waits for one. Gone when this returns: if the process then crashes, the value is lost. For
    /// work that must not be lost there is ``Session/withElement(of:_:)``.
    ///
    /// - Throws: ``EtcdError``; if it ``EtcdError/mayHaveHappened``, a value may have been taken that nobody has.
    ///   `CancellationError`.
    public func dequeue() async throws -> Element {
        while true {
            let (head, _) = try await self.waitForHead()
            let take = Transaction(
                compares: [
                    .modRevision(of: head.key, .equal, head.modRevision),
                    .version(of: self.claim(on: head), .equal, 0),
                ], success: [.delete(.key(head.key))])
            if try await self.client.transaction(take).succeeded { return self.element(head) }
        }
    }

    /// How many values wait, those under work included.
    public func count() async throws -> Int64 {
        var options = RangeOptions()
        options.countOnly = true
        return try await self.client.range(.prefix(self.items), options: options).count
    }

    // MARK: Heads

    /// The first element that nobody works on; waits for one.
    fileprivate func waitForHead() async throws -> (head: KeyValue, seenAt: Revision) {
        var patience = Patience(self.client.configuration)
        while true {
            do {
                let (head, seenAt) = try await self.head()
                if let head { return (head, seenAt) }
                patience.reset()
                // A new element, or one that was given back.
                for try await _ in self.client.watch(.prefix(self.name + "/"), from: seenAt.next) { break }
                try Task.checkCancellation()
            } catch let error as EtcdError where error.code == .compacted {
                continue
            } catch {
                try await patience.wait(after: error)
            }
        }
    }

    private func head() async throws -> (KeyValue?, Revision) {
        var keys = RangeOptions()
        keys.keysOnly = true
        let both = try await self.client.transaction(
            Transaction(success: [.range(.prefix(self.items), keys), .range(.prefix(self.claims), keys)]))
        guard case .range(let items)? = both.responses.first, case .range(let claims)? = both.responses.last else {
            throw EtcdError(.badResponse, "a transaction does not answer with what it was to read")
        }
        let claimed = Set(claims.keyValues.map(\.key))
        let free = items.keyValues.filter { !claimed.contains(self.claim(on: $0)) }
        // By urgency, which is in the key, then by age.
        guard
            let first = free.min(by: {
                (self.priority($0.key), $0.createRevision) < (self.priority($1.key), $1.createRevision)
            })
        else { return (nil, both.revision) }
        guard let whole = try await self.client.get(first.key) else {
            // Somebody was faster.
            return try await self.head()
        }
        return (whole, both.revision)
    }

    private func priority(_ key: Key) -> UInt16 {
        UInt16(String(decoding: key.bytes.dropFirst(self.items.bytes.count).prefix(4), as: UTF8.self), radix: 16) ?? 0
    }

    fileprivate func claim(on head: KeyValue) -> Key {
        self.claims + Key(Array(head.key.bytes.dropFirst(self.items.bytes.count)))
    }

    fileprivate func element(_ head: KeyValue) -> Element {
        Element(value: head.value, priority: self.priority(head.key), revision: head.createRevision)
    }
}

extension EtcdClient {
    /// A queue whose oldest value comes first.
    ///
    /// - Parameter name: Its keys are those that begin with this name and a slash.
    public func queue(_ name: Key) -> Queue { Queue(client: self, name: name, hasPriorities: false) }

    /// A queue whose most urgent value comes first, and among equals the oldest.
    ///
    /// - Parameter name: Its keys are those that begin with this name and a slash.
    public func priorityQueue(_ name: Key) -> Queue { Queue(client: self, name: name, hasPriorities: true) }
}

extension Session {
    /// Works on the first value of a queue; waits for one. It leaves the queue when `body` has returned. When `body`
    /// throws, the task is cancelled, the process crashes or the lease is lost, somebody else gets it: a value is worked
    /// on at least once, and by one at a time.
    ///
    /// - Parameter body: Gets the element and the token of its claim on it.
    /// - Throws: ``EtcdError``; `leaseLost` if the claim was lost before the end, so that somebody else may work on it.
    public func withElement<Result: Sendable>(
        of queue: Queue, _ body: @escaping @Sendable (Queue.Element, FencingToken) async throws -> Result
    ) async throws -> Result {
        while true {
            let (head, _) = try await queue.waitForHead()
            let claim = Claim(
                client: self.client, tenure: self.tenure, key: queue.claim(on: head), owner: Value(self.uniqueName()))
            let outcome: Result? = try await claim.withClaim(on: head) { token in
                let result = try await body(queue.element(head), token)
                try await token.transaction(Transaction(success: [.delete(.key(head.key))]))
                return result
            }
            if let outcome { return outcome }
        }
    }
}

/// The right to work on an element. Everybody claims it by the same key: there can be one claim only.
private struct Claim: Sendable {
    let client: EtcdClient
    let tenure: Tenure
    let key: Key
    let owner: Value

    /// `nil`, without running `body`, if somebody was faster. The claim is given back however `body` ends.
    func withClaim<Result: Sendable>(
        on head: KeyValue, _ body: @escaping @Sendable (FencingToken) async throws -> Result
    ) async throws -> Result? {
        do {
            let result: Result? = try await self.tenure.whileHeld {
                guard let revision = try await self.take(head) else { return nil }
                let token = FencingToken(
                    key: self.key, lease: self.tenure.lease.id, revision: revision, client: self.client)
                return .some(try await body(token))
            }
            try await withoutCancellation { try await self.giveBack() }
            return result
        } catch {
            // The first error tells more; a claim that cannot be given back goes with the lease.
            try? await withoutCancellation { try await self.giveBack() }
            throw error
        }
    }

    /// Can be repeated when an answer was lost: the value tells whose claim it is.
    private func take(_ head: KeyValue) async throws -> Revision? {
        let transaction = Transaction(
            compares: [
                .version(of: self.key, .equal, 0), .modRevision(of: head.key, .equal, head.modRevision),
            ], success: [.put(self.key, self.owner, lease: self.tenure.lease.id)], failure: [.range(.key(self.key))])
        var patience = Patience(self.client.configuration)
        while true {
            do {
                let result = try await self.client.transaction(transaction)
                if result.succeeded { return result.revision }
                guard case .range(let range)? = result.responses.first, let found = range.keyValues.first,
                    found.value == self.owner
                else { return nil }
                return found.createRevision
            } catch let error as EtcdError where error.code == .leaseNotFound {
                throw Tenure.error(.notFound, self.tenure.lease.id)
            } catch {
                try await patience.wait(after: error)
            }
        }
    }

    private func giveBack() async throws {
        let transaction = Transaction(
            compares: [.value(of: self.key, .equal, self.owner)], success: [.delete(.key(self.key))])
        var patience = Patience(self.client.configuration)
        while self.tenure.loss.value == nil {
            do {
                try await self.client.transaction(transaction)
                return
            } catch {
                try await patience.wait(after: error)
            }
        }
    }
}
