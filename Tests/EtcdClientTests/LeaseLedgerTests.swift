import Testing

@testable import EtcdClient

extension LeaseLedger {
    fileprivate mutating func add(_ lease: LeaseID) -> Int {
        let ticket = self.makeTicket()
        self.add(lease, as: ticket)
        return ticket
    }
}

/// Which answer belongs to which renewal.
@Suite struct LeaseLedgerTests {
    private let now = ContinuousClock.now
    private func lease(_ number: Int64) throws -> LeaseID { try #require(LeaseID(number)) }

    @Test func anAnswerIsTheOldestRenewalsOfItsLease() throws {
        let (a, b) = (try self.lease(1), try self.lease(2))
        var ledger = LeaseLedger()
        let first = ledger.add(a)
        let other = ledger.add(b)
        #expect(ledger.takeUnsent(now: self.now) == [a, b])
        let second = ledger.add(a)
        let later = self.now + .seconds(1)
        #expect(ledger.takeUnsent(now: later) == [a])
        #expect(ledger.answered(b)?.ticket == other)
        let answer = ledger.answered(a)
        #expect(answer?.ticket == first)
        #expect(answer?.sent == self.now)
        #expect(ledger.answered(a)?.ticket == second)
        #expect(ledger.answered(a) == nil)
        #expect(!ledger.isWaitedFor)
    }

    /// Else a late answer would count from when the next renewal was sent, and the lease be believed in for too long.
    @Test func anAnswerThatNobodyWaitsForIsNotTakenForTheNext() throws {
        let lease = try self.lease(1)
        var ledger = LeaseLedger()
        let given = ledger.add(lease)
        _ = ledger.takeUnsent(now: self.now)
        ledger.abandon(given)
        #expect(!ledger.isWaitedFor)
        let next = ledger.add(lease)
        let later = self.now + .seconds(1)
        #expect(ledger.takeUnsent(now: later) == [lease])
        #expect(ledger.answered(lease) == nil)
        let answer = ledger.answered(lease)
        #expect(answer?.ticket == next)
        #expect(answer?.sent == later)
    }

    @Test func whatWasNotSentAndIsNotWantedIsForgotten() throws {
        let lease = try self.lease(1)
        var ledger = LeaseLedger()
        let given = ledger.add(lease)
        ledger.abandon(given)
        #expect(ledger.takeUnsent(now: self.now) == [])
    }

    @Test func afterABrokenStreamAllIsSentAgain() throws {
        let (a, b) = (try self.lease(1), try self.lease(2))
        var ledger = LeaseLedger()
        let first = ledger.add(a)
        let unwanted = ledger.add(b)
        _ = ledger.takeUnsent(now: self.now)
        ledger.abandon(unwanted)
        #expect(ledger.streamEnded(isVerdict: false) == nil)
        #expect(ledger.sent(first) == nil)
        #expect(ledger.takeUnsent(now: self.now) == [a])
    }

    @Test func aVerdictIsOnTheOldestUnansweredRenewal() throws {
        let (a, b, c) = (try self.lease(1), try self.lease(2), try self.lease(3))
        var ledger = LeaseLedger()
        _ = ledger.add(a)
        let judged = ledger.add(b)
        _ = ledger.add(c)
        _ = ledger.takeUnsent(now: self.now)
        _ = ledger.answered(a)
        #expect(ledger.streamEnded(isVerdict: true) == judged)
        #expect(ledger.takeUnsent(now: self.now) == [c])
    }
}
