import EtcdStore
import Testing

struct LeaseTests {
    @Test(arguments: [(1, 2), (0, 2), (-7, 2), (2, 2), (60, 60), (9_000_000_000, 9_000_000_000)] as [(Int64, Int64)])
    func aShortTimeToLiveIsRaised(asked: Int64, granted: Int64) throws {
        var store = Store.empty()
        #expect(try store.grantLease(LeaseID(-4), seconds: asked, now: .zero) == granted)
    }

    @Test func aBadGrantIsRefused() throws {
        var store = Store.empty()
        _ = try store.grantLease(LeaseID(5), seconds: 60, now: .zero)
        #expect(throws: StoreError.leaseExists) { try store.grantLease(LeaseID(5), seconds: 60, now: .zero) }
        #expect(throws: StoreError.leaseTTLTooLarge) {
            try store.grantLease(LeaseID(6), seconds: 9_000_000_001, now: .zero)
        }
        #expect(throws: StoreError.leaseNotFound) { try store.revokeLease(LeaseID(6)) }
    }

    @Test func anExpiredLeaseTakesAllItsKeysInOneRevision() throws {
        var store = Store.empty()
        _ = try store.grantLease(LeaseID(5), seconds: 10, now: .zero)
        for key in ["c", "a", "b"] as [Bytes] { try store.set(key, "v", lease: 5) }  // 2, 3, 4
        try store.set("d")  // 5
        #expect(store.expireLeases(now: .seconds(9), limit: 10) == 0)
        #expect(store.expireLeases(now: .seconds(10), limit: 10) == 1)
        store.commitAll()
        #expect(store.head == Revision(6))
        #expect(try store.keys() == ["d"])
        #expect(store.leaseIDs().isEmpty)
    }

    @Test func aRenewedLeaseLivesOnAndAnExpiredOneNeverComesBack() throws {
        var store = Store.empty()
        _ = try store.grantLease(LeaseID(5), seconds: 10, now: .zero)
        #expect(store.renewLease(LeaseID(5), now: .seconds(9)) == 10)
        #expect(store.expireLeases(now: .seconds(15), limit: 10) == 0)
        #expect(store.leaseStatus(LeaseID(5), wantsKeys: false, now: .seconds(15))?.remainingSeconds == 4)
        #expect(store.renewLease(LeaseID(5), now: .seconds(19)) == nil)
        #expect(store.expireLeases(now: .seconds(19), limit: 10) == 1)
        #expect(store.renewLease(LeaseID(5), now: .seconds(19)) == nil)
    }

    @Test func aKeyLeavesItsLeaseWhenItIsPutWithoutOrDeleted() throws {
        var store = Store.empty()
        _ = try store.grantLease(LeaseID(5), seconds: 10, now: .zero)
        _ = try store.grantLease(LeaseID(6), seconds: 20, now: .zero)
        try store.set("a", "v", lease: 5)
        try store.set("b", "v", lease: 5)
        try store.set("c", "v", lease: 5)
        try store.set("a")
        try store.set("b", "v", lease: 6)
        try store.remove(.single("c"))
        #expect(store.leaseStatus(LeaseID(5), wantsKeys: true, now: .zero)?.keys == [])
        #expect(store.leaseStatus(LeaseID(6), wantsKeys: true, now: .zero)?.keys == ["b"])
        #expect(store.expireLeases(now: .seconds(10), limit: 10) == 1)
        store.commitAll()
        #expect(try store.keys() == ["a", "b"])
    }

    @Test func leasesAreListedByExpiryAndExpireInThatOrderAtMostSoManyAtOnce() throws {
        var store = Store.empty()
        for (id, seconds) in [(1, 30), (2, 10), (3, 20)] as [(Int64, Int64)] {
            _ = try store.grantLease(LeaseID(id), seconds: seconds, now: .zero)
        }
        #expect(store.leaseIDs().map(\.number) == [2, 3, 1])
        #expect(store.expireLeases(now: .seconds(40), limit: 2) == 2)
        #expect(store.leaseIDs().map(\.number) == [1])
        #expect(store.expireLeases(now: .seconds(40), limit: 2) == 1)
    }
}
