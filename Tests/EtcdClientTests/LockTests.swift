import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct LockTests {
        /// What the holders of a lock did, judged from outside.
        private struct Ledger {
            var inside = 0
            var mostInside = 0
            var tokens: [Revision] = []

            mutating func enter(_ token: FencingToken) {
                self.inside += 1
                self.mostInside = max(self.mostInside, self.inside)
                self.tokens.append(token.revision)
            }

            mutating func leave() { self.inside -= 1 }
        }

        @Test(arguments: EtcdBackend.allCases)
        func oneAtATimeHoldsALockAndTokensRise(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let ledger = Shared(Ledger())
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for contender in 0..<12 {
                            group.addTask {
                                // Some share a session, some have their own: neither may make a difference.
                                try await client.withSession(ttl: .seconds(10)) { session in
                                    for _ in 0..<(contender % 3 + 1) {
                                        try await session.withLock("/locks/album") { token in
                                            ledger.update { $0.enter(token) }
                                            try await token.check()
                                            ledger.update { $0.leave() }
                                        }
                                    }
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    let seen = ledger.get()
                    #expect(seen.mostInside == 1)
                    #expect(seen.tokens.count == 24)
                    #expect(seen.tokens == seen.tokens.sorted())
                    #expect(Set(seen.tokens).count == 24)
                    let left = try await client.range(.prefix("/locks/"))
                    #expect(left.keyValues.isEmpty)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aLockOfOneSessionIsNotEnteredTwice(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.withSession(ttl: .seconds(10)) { session in
                        let ledger = Shared(Ledger())
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<8 {
                                group.addTask {
                                    try await session.withLock("a") { token in
                                        ledger.update { $0.enter(token) }
                                        await Task.yield()
                                        ledger.update { $0.leave() }
                                    }
                                }
                            }
                            try await group.waitForAll()
                        }
                        #expect(ledger.get().mostInside == 1)
                        let taken: Bool? = try await session.withLock("a") { _ in
                            try await session.withLockIfFree("a") { _ in true }
                        }
                        #expect(taken == nil)
                        #expect(try await session.withLockIfFree("a") { _ in true } == true)
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func cancellingGivesUpWaitingAndReleases(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.withSession(ttl: .seconds(30)) { session in
                        let held = Shared(false)
                        let holder = Task {
                            try await session.withLock("a") { _ in
                                held.set(true)
                                try await Task.sleep(for: .seconds(60))
                            }
                        }
                        try await eventually("the lock being held") { held.get() }
                        let waiter = Task { try await session.withLock("a") { _ in _ = Issue.record("it was held") } }
                        try await eventually("two being in line") {
                            try await client.range(.prefix("a/")).count == 2
                        }
                        waiter.cancel()
                        await #expect(throws: CancellationError.self) { try await waiter.value }
                        #expect(try await client.range(.prefix("a/")).count == 1)
                        holder.cancel()
                        await #expect(throws: CancellationError.self) { try await holder.value }
                        #expect(try await client.range(.prefix("a/")).count == 0)
                        try await session.withLock("a") { _ in }
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func readersShareAndAWriterIsAlone(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.withSession(ttl: .seconds(30)) { session in
                        let inside = Shared((readers: 0, writers: 0, mostReaders: 0))
                        let order = Shared<[String]>([])
                        let isCrowded = Shared(false)
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<2 {
                                group.addTask {
                                    try await session.withReadLock("a") { _ in
                                        inside.update {
                                            $0.readers += 1
                                            $0.mostReaders = max($0.mostReaders, $0.readers)
                                        }
                                        try await eventually("two more being in line") { isCrowded.get() }
                                        #expect(inside.get().writers == 0)
                                        inside.update { $0.readers -= 1 }
                                    }
                                }
                            }
                            try await eventually("both readers holding") { inside.get().readers == 2 }
                            group.addTask {
                                try await session.withWriteLock("a") { _ in
                                    inside.update { $0.writers += 1 }
                                    order.update { $0.append("writer") }
                                    #expect(inside.get().readers == 0)
                                    inside.update { $0.writers -= 1 }
                                }
                            }
                            try await eventually("the writer being in line") {
                                try await client.range(.prefix("a/write-")).count == 1
                            }
                            group.addTask {
                                // It came after the writer: it may not starve it.
                                try await session.withReadLock("a") { _ in order.update { $0.append("reader") } }
                            }
                            try await eventually("all being in line") {
                                try await client.range(.prefix("a/")).count == 4
                            }
                            isCrowded.set(true)
                            try await group.waitForAll()
                        }
                        #expect(inside.get().mostReaders == 2)
                        #expect(order.get() == ["writer", "reader"])
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aSemaphoreLetsInAsManyAsItHasPermits(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.withSession(ttl: .seconds(30)) { session in
                        let ledger = Shared(Ledger())
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<15 {
                                group.addTask {
                                    try await session.withPermit(of: "pool", limit: 3) { token in
                                        ledger.update { $0.enter(token) }
                                        try await token.check()
                                        ledger.update { $0.leave() }
                                    }
                                }
                            }
                            try await group.waitForAll()
                        }
                        #expect(ledger.get().mostInside <= 3)
                        #expect(ledger.get().tokens.count == 15)
                        // Three do get in together.
                        let together = Shared(0)
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<3 {
                                group.addTask {
                                    try await session.withPermit(of: "pool", limit: 3) { _ in
                                        together.update { $0 += 1 }
                                        try await eventually("all permits being held") { together.get() == 3 }
                                    }
                                }
                            }
                            try await group.waitForAll()
                        }
                        await expectError(.invalidArgument) {
                            try await session.withPermit(of: "pool", limit: 0) { _ in }
                        }
                    }
                }
            }
        }

        /// Semantics 2.13: after the wait one looks again whether one's own key is still there.
        @Test(arguments: EtcdBackend.allCases)
        func whoseKeyVanishedWhileWaitingDoesNotGetTheLock(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.withSession(ttl: .seconds(30)) { session in
                        let release = Shared(false)
                        let held = Shared(false)
                        let holder = Task {
                            try await session.withLock("a") { _ in
                                held.set(true)
                                try await eventually("leave to go") { release.get() }
                            }
                        }
                        try await eventually("the lock being held") { held.get() }
                        let waiter = Task {
                            try await session.withLock("a") { _ in _ = Issue.record("its key was gone") }
                        }
                        let own = try await eventually("two being in line") { () -> Key? in
                            let line = try await client.range(.prefix("a/")).keyValues
                            guard line.count == 2 else { return nil }
                            return line.max { $0.createRevision < $1.createRevision }?.key
                        }
                        try await client.delete(.key(own))
                        release.set(true)
                        try await holder.value
                        await expectError(.leaseLost) { try await waiter.value }
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aLostLeaseCancelsTheWorkAndTheStoreRefusesItsWrites(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    try await client.withSession(ttl: .seconds(3)) { session in
                        let wasCancelled = Shared(false)
                        await expectError(.leaseLost) {
                            try await session.withLock("a") { token in
                                try await client.revokeLease(session.lease)
                                await expectError(.leaseLost) { try await token.put("protected", "late") }
                                do {
                                    try await Task.sleep(for: .seconds(60))
                                } catch {
                                    wasCancelled.set(true)
                                    throw error
                                }
                            }
                        }
                        #expect(wasCancelled.get())
                        let written = try await client.get("protected")
                        #expect(written == nil)
                        // The session has another lease, and can take the lock again.
                        try await eventually("the session having a new lease") {
                            try await session.withLock("a") { try await $0.put("protected", "2") }
                            return true
                        }
                    }
                }
            }
        }

        /// As Jepsen's test of etcd 3.4.3: many add to one number under a lock whose lease is too short for them. Without
        /// the token updates get lost; with it none does, whoever believes to hold the lock.
        @Test(arguments: [EtcdBackend.etcd35, .embedded])
        func fencingSavesFromLostUpdates(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    /// Adds 1 under the lock, pausing after the read as if the process had been stopped for longer than the
                    /// lease lives; for that, the lease is revoked by hand.
                    @Sendable func add(
                        _ number: Key, pausing: Bool, fenced: Bool, _ isPaused: Shared<Bool>
                    ) async throws -> Bool {
                        // The one that will be paused comes first.
                        if !pausing { try await eventually("the pause") { isPaused.get() } }
                        return try await client.withSession(ttl: .seconds(5)) { session in
                            try await session.withLock("lock") { token in
                                // A stopped process is not cancelled: it goes on where it was.
                                try await Task {
                                    let count = Int(try await client.get(number)?.value.string ?? "0") ?? 0
                                    if pausing {
                                        isPaused.set(true)
                                        try await client.revokeLease(token.lease)
                                        // Now somebody else gets the lock and adds, before this one goes on.
                                        try await eventually("somebody else adding") {
                                            try await client.get(number)?.value.string != "\(count)"
                                        }
                                    }
                                    if fenced {
                                        try await token.put(number, Value("\(count + 1)"))
                                    } else {
                                        try await client.put(number, Value("\(count + 1)"))
                                    }
                                    return true
                                }.value
                            }
                        }
                    }
                    for (number, fenced) in [("unsafe" as Key, false), ("safe", true)] {
                        try await client.put(number, "0")
                        let isPaused = Shared(false)
                        let added = try await withThrowingTaskGroup(of: Bool.self) { group in
                            for adder in 0..<6 {
                                group.addTask {
                                    do {
                                        return try await add(number, pausing: adder == 0, fenced: fenced, isPaused)
                                    } catch let error as EtcdError where error.code == .leaseLost {
                                        return false
                                    }
                                }
                            }
                            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                        }
                        let total = Int(try await client.get(number)?.value.string ?? "") ?? 0
                        if fenced {
                            // The late one was told, and nothing is missing.
                            #expect(added == 5)
                            #expect(total == 5)
                        } else {
                            // The late write went through, and undid others.
                            #expect(total < added)
                        }
                    }
                }
            }
        }
    }
}
