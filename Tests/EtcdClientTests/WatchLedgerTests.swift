import EtcdWire
import Testing

@testable import EtcdClient

struct WatchLedgerTests {
    private func created(_ watchID: Int64) -> Etcdserverpb_WatchResponse {
        var response = Etcdserverpb_WatchResponse()
        response.created = true
        response.watchID = watchID
        return response
    }

    private func refused() -> Etcdserverpb_WatchResponse {
        var response = self.created(-1)
        response.canceled = true
        return response
    }

    private func canceled(_ watchID: Int64) -> Etcdserverpb_WatchResponse {
        var response = Etcdserverpb_WatchResponse()
        response.canceled = true
        response.watchID = watchID
        return response
    }

    private func event(_ watchID: Int64) -> Etcdserverpb_WatchResponse {
        var response = Etcdserverpb_WatchResponse()
        response.watchID = watchID
        return response
    }

    @Test func createsAreAnsweredOneByOne() {
        var ledger = WatchLedger()
        for watch in 1...3 { ledger.add(watch) }
        #expect(ledger.nextCreate() == 1)
        #expect(ledger.nextCreate() == nil)
        #expect(ledger.route(self.created(0)) == .created(1))
        #expect(ledger.nextCreate() == 2)
        #expect(ledger.route(self.refused()) == .refused(2))
        #expect(ledger.nextCreate() == 3)
        #expect(ledger.route(self.created(7)) == .created(3))
        #expect(ledger.route(self.event(7)) == .watch(3))
        #expect(ledger.route(self.event(0)) == .watch(1))
        #expect(ledger.nextCreate() == nil)
    }

    @Test func aCancelThatRacesWithCreatedIsSentOnceItIsKnownWhatToCancel() {
        var ledger = WatchLedger()
        ledger.add(1)
        ledger.add(2)
        #expect(ledger.nextCreate() == 1)
        #expect(ledger.remove(1) == nil)
        #expect(ledger.route(self.created(5)) == .unwanted(watchID: 5))
        // What the server sent before it heard of it is for nobody.
        #expect(ledger.route(self.event(5)) == .ignored)
        #expect(ledger.route(self.canceled(5)) == .ignored)
        #expect(ledger.nextCreate() == 2)
        #expect(ledger.route(self.created(6)) == .created(2))
        #expect(ledger.remove(2) == 6)
        #expect(ledger.remove(2) == nil)
    }

    @Test func aWatchThatLeavesTheQueueIsNeverCreated() {
        var ledger = WatchLedger()
        ledger.add(1)
        ledger.add(2)
        #expect(ledger.remove(1) == nil)
        #expect(ledger.nextCreate() == 2)
    }

    @Test func anUnknownWatchIsCancelledOnce() {
        var ledger = WatchLedger()
        #expect(ledger.route(self.event(9)) == .unwanted(watchID: 9))
        #expect(ledger.route(self.event(9)) == .ignored)
        #expect(ledger.route(self.created(3)) == .unwanted(watchID: 3))
    }

    @Test func aNewStreamCreatesAllAgain() {
        var ledger = WatchLedger()
        for watch in 1...4 { ledger.add(watch) }
        _ = ledger.nextCreate()
        _ = ledger.route(self.created(0))
        _ = ledger.nextCreate()
        _ = ledger.route(self.created(1))
        _ = ledger.nextCreate()
        _ = ledger.remove(2)
        ledger.streamOpened()
        var again: Set<Int> = []
        while let watch = ledger.nextCreate() {
            again.insert(watch)
            #expect(ledger.route(self.created(Int64(again.count))) == .created(watch))
        }
        #expect(again == [1, 3, 4])
        #expect(ledger.route(self.canceled(1)) != .ignored)
    }

    @Test func aWatchGivenUpDuringItsCreateIsNotCreatedAgain() {
        var ledger = WatchLedger()
        ledger.add(1)
        _ = ledger.nextCreate()
        _ = ledger.remove(1)
        ledger.streamOpened()
        #expect(ledger.nextCreate() == nil)
    }

    @Test func aBroadcastIsAboutTheWatchesThatWereThereWhenItWasAskedFor() {
        var ledger = WatchLedger()
        ledger.add(1)
        _ = ledger.nextCreate()
        _ = ledger.route(self.created(0))
        #expect(ledger.takeBroadcast() == [])
        #expect(ledger.requestProgress() == true)
        ledger.add(2)
        _ = ledger.nextCreate()
        _ = ledger.route(self.created(1))
        #expect(ledger.route(self.event(-1)) == .broadcast)
        #expect(ledger.takeBroadcast() == [1])
        #expect(ledger.requestProgress() == true)
        #expect(Set(ledger.takeBroadcast()) == [1, 2])
        for _ in 0..<16 { #expect(ledger.requestProgress() == true) }
        #expect(ledger.requestProgress() == false)
    }
}
