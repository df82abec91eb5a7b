import EtcdClient
import TestSupport
import Testing

extension RealServers {
    /// Software transactions, barriers and queues.
    @Suite struct CoordinationTests {
        @Test(arguments: EtcdBackend.allCases)
        func transfersKeepTheSumAndReadersSeeItWhole(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let accounts = (0..<4).map { Key("/account/\($0)") }
                    for account in accounts { try await client.put(account, "100") }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for worker in 0..<6 {
                            group.addTask {
                                var generator = SeededGenerator(seed: UInt64(worker) + 1)
                                for _ in 0..<15 {
                                    let pair = accounts.shuffled(using: &generator)
                                    let amount = Int.random(in: 1...30, using: &generator)
                                    try await client.atomically { transaction in
                                        let from = Int(try await transaction.get(pair[0])?.string ?? "") ?? 0
                                        let to = Int(try await transaction.get(pair[1])?.string ?? "") ?? 0
                                        guard from >= amount else { return }
                                        transaction.put(pair[0], Value("\(from - amount)"))
                                        transaction.put(pair[1], Value("\(to + amount)"))
                                    }
                                }
                            }
                            group.addTask {
                                for _ in 0..<15 {
                                    let sum = try await client.atomically { transaction in
                                        var sum = 0
                                        for account in accounts {
                                            sum += Int(try await transaction.get(account)?.string ?? "") ?? 0
                                        }
                                        return sum
                                    }
                                    #expect(sum == 400)
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    let left = try await client.range(.prefix("/account/")).keyValues
                    let values = left.map { Int($0.value.string) ?? -1 }
                    #expect(values.reduce(0, +) == 400)
                    #expect(values.allSatisfy { $0 >= 0 })
                }
            }
        }

        /// Two who each check that somebody else is on call before they leave: with anything less than serialisability
        /// both leave.
        @Test(arguments: EtcdBackend.allCases)
        func noWriteSkewAndNoPhantoms(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    for round in 0..<10 {
                        let prefix = Key("/\(round)/")
                        let (ada, bob) = (prefix.appending("ada"), prefix.appending("bob"))
                        try await client.put(ada, "on")
                        try await client.put(bob, "on")
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for person in [ada, bob] {
                                group.addTask {
                                    try await client.atomically { transaction in
                                        let present = try await transaction.range(.prefix(prefix))
                                        if present.count > 1 { transaction.delete(person) }
                                    }
                                }
                            }
                            try await group.waitForAll()
                        }
                        #expect(try await client.range(.prefix(prefix)).count == 1)
                    }
                    // A key that comes into a range that was read counts as a change, also if the range was empty.
                    let attempts = Shared(0)
                    try await client.atomically { transaction in
                        let found = try await transaction.range(.prefix("/guests/"))
                        attempts.update { $0 += 1 }
                        if attempts.get() == 1 { try await client.put("/guests/1", "x") }
                        transaction.put("/count", Value("\(found.count)"))
                    }
                    #expect(attempts.get() == 2)
                    #expect(try await client.get("/count")?.value == "1")
                }
            }
        }

        @Test func anAttemptSeesItsOwnWritesAndOneRevision() async throws {
            try await withEmbeddedServer { endpoint in
                try await withClient(endpoint) { client in
                    try await client.put("/k/a", "1")
                    try await client.put("/k/b", "1")
                    try await client.atomically { transaction in
                        transaction.put("/k/c", "3")
                        transaction.delete("/k/a")
                        #expect(try await transaction.get("/k/c") == "3")
                        #expect(try await transaction.get("/k/a") == nil)
                        let found = try await transaction.range(.prefix("/k/"))
                        #expect(found.map(\.key) == ["/k/b", "/k/c"])
                    }
                    let attempts = Shared(0)
                    let read = try await client.atomically { transaction in
                        attempts.update { $0 += 1 }
                        let first = try await transaction.get("/k/b")
                        try await client.put("/k/d", "later")
                        let second = try await transaction.get("/k/d")
                        return (first, second)
                    }
                    // Reading alone needs no commit: both are of the revision of the first read.
                    #expect(read.0 == "1")
                    #expect(read.1 == nil)
                    #expect(attempts.get() == 1)
                    let error = await expectError(.conflict) {
                        try await client.atomically(maxAttempts: 3) { transaction in
                            let value = try await transaction.get("/k/b")
                            try await client.put("/k/b", "again")
                            transaction.put("/k/e", value ?? "")
                        }
                    }
                    #expect(error?.attempts == 3)
                    #expect(try await client.get("/k/e") == nil)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aBarrierHoldsUpUntilItOpens(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let barrier = client.barrier("gate")
                    try await barrier.wait()
                    #expect(try await barrier.hold())
                    #expect(try await !barrier.hold())
                    let passed = Shared(0)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<5 {
                            group.addTask {
                                try await barrier.wait()
                                passed.update { $0 += 1 }
                            }
                        }
                        let revision = try await client.put("other", "1").revision
                        _ = try await client.range(.key("gate"))
                        try await client.compact(to: revision)
                        #expect(passed.get() == 0)
                        try await barrier.release()
                        try await group.waitForAll()
                    }
                    #expect(passed.get() == 5)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aDoubleBarrierGathersAndDismissesAllTogetherRoundAfterRound(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let inside = Shared<[Int]>([0, 0, 0])
                    let left = Shared<[Int]>([0, 0, 0])
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<4 {
                            group.addTask {
                                try await client.withSession(ttl: .seconds(10)) { session in
                                    for round in 0..<3 {
                                        if round > 0 { #expect(left.get()[round - 1] == 4) }
                                        try await session.withDoubleBarrier("team", count: 4) {
                                            inside.update { $0[round] += 1 }
                                            try await eventually("all being inside") { inside.get()[round] == 4 }
                                            left.update { $0[round] += 1 }
                                        }
                                        #expect(left.get()[round] == 4)
                                    }
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(try await client.range(.prefix("team")).count == 0)
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aQueueGivesEachValueToOneInOrder(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let queue = client.queue("jobs")
                    for number in 0..<5 { try await queue.enqueue(Value("\(number)")) }
                    #expect(try await queue.count() == 5)
                    for number in 0..<5 { #expect(try await queue.dequeue().value.string == "\(number)") }

                    let taken = Shared<[String]>([])
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<4 {
                            group.addTask {
                                for _ in 0..<5 {
                                    let element = try await queue.dequeue()
                                    taken.update { $0.append(element.value.string) }
                                }
                            }
                        }
                        // They wait first: each arrival must wake somebody.
                        for number in 0..<20 { try await queue.enqueue(Value("\(number)")) }
                        try await group.waitForAll()
                    }
                    #expect(taken.get().sorted() == (0..<20).map { "\($0)" }.sorted())

                    let urgent = client.priorityQueue("urgent")
                    for (value, priority) in [("c", 9), ("a", 1), ("d", 300), ("b", 1)] as [(Value, UInt16)] {
                        try await urgent.enqueue(value, priority: priority)
                    }
                    var order: [String] = []
                    for _ in 0..<4 { order.append(try await urgent.dequeue().value.string) }
                    #expect(order == ["a", "b", "c", "d"])
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func workThatFailsGoesToSomebodyElse(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint) { client in
                    let queue = client.queue("jobs")
                    try await queue.enqueue("1")
                    try await queue.enqueue("2")
                    struct Mishap: Error {}
                    try await client.withSession(ttl: .seconds(2)) { session in
                        await #expect(throws: Mishap.self) {
                            try await session.withElement(of: queue) { _, _ in throw Mishap() }
                        }
                        try await session.withElement(of: queue) { element, _ in
                            #expect(element.value == "1")
                            // Under work: others get the next one.
                            try await session.withElement(of: queue) { other, _ in #expect(other.value == "2") }
                            #expect(try await queue.count() == 1)
                        }
                        #expect(try await queue.count() == 0)
                        // A worker whose lease is lost has lost the element, too.
                        try await queue.enqueue("3")
                        await expectError(.leaseLost) {
                            try await session.withElement(of: queue) { _, token in
                                try await client.revokeLease(token.lease)
                                try await Task.sleep(for: .seconds(60))
                            }
                        }
                        try await eventually("the element being worked on after all") {
                            try await session.withElement(of: queue) { element, _ in #expect(element.value == "3") }
                            return true
                        }
                    }
                    #expect(try await client.range(.prefix("jobs")).count == 0)
                }
            }
        }
    }
}

extension Key {
    fileprivate func appending(_ text: String) -> Key { Key(self.bytes + Array(text.utf8)) }
}
