import Testing

@testable import EtcdClient

struct WatchBufferTests {
    private func put(_ key: Key, _ value: Value, _ revision: Int64, previous: Value? = nil) -> WatchEvent {
        let keyValue = KeyValue(
            key: key, value: value, createRevision: Revision(1), modRevision: Revision(revision), version: 1)
        var before = keyValue
        before.value = previous ?? ""
        return WatchEvent(kind: .put, keyValue: keyValue, previous: previous == nil ? nil : before)
    }

    private func batch(_ events: WatchEvent..., revision: Int64? = nil) -> WatchBatch {
        WatchBatch(
            events: events, revision: events.last?.keyValue.modRevision ?? Revision(revision ?? 0),
            createdRevision: Revision(1), clusterID: ClusterID(1))
    }

    @Test func backPressureTakesTheBatchThatFillsIt() {
        var buffer = WatchBuffer(WatchBufferOptions(.backPressure, events: 4))
        for revision in 1...4 {
            #expect(!buffer.isFull)
            let taken = buffer.append(self.batch(self.put("k", "v", Int64(revision))))
            #expect(taken)
        }
        #expect(buffer.isFull)
        #expect(!buffer.hasRoom)
        #expect(buffer.popFirst()?.revision == Revision(1))
        #expect(!buffer.isFull)
        #expect(!buffer.hasRoom)
        #expect(buffer.popFirst()?.revision == Revision(2))
        #expect(buffer.hasRoom)
    }

    @Test func bytesCountToo() {
        var buffer = WatchBuffer(WatchBufferOptions(.backPressure, events: 100, bytes: 10))
        #expect(buffer.append(self.batch(self.put("key", "1234567", 1))) == true)
        #expect(buffer.isFull)
        #expect(buffer.popFirst() != nil)
        #expect(buffer.hasRoom)
        #expect(buffer.popFirst() == nil)
    }

    @Test func failRefusesWhatDoesNotFit() {
        var buffer = WatchBuffer(WatchBufferOptions(.fail, events: 2))
        #expect(buffer.append(self.batch(self.put("a", "1", 1), self.put("b", "1", 1))) == true)
        #expect(buffer.append(self.batch(self.put("a", "2", 2))) == false)
        // A report takes no room.
        #expect(buffer.append(self.batch(revision: 3)) == true)
        #expect(buffer.popFirst()?.events.count == 2)
        #expect(buffer.popFirst()?.events.isEmpty == true)
    }

    @Test func coalescingKeepsTheNewestEventOfEachKeyInOneBatch() throws {
        var buffer = WatchBuffer(WatchBufferOptions(.coalesceByKey, events: 4))
        #expect(buffer.append(self.batch(self.put("a", "1", 1, previous: "0"))) == true)
        #expect(buffer.append(self.batch(self.put("b", "1", 2), self.put("a", "2", 2, previous: "1"))) == true)
        #expect(buffer.append(self.batch(self.put("b", "2", 3, previous: "1"))) == true)
        #expect(!buffer.isFull)
        let popped = buffer.popFirst()
        let batch = try #require(popped)
        #expect(batch.events.map(\.keyValue.key) == ["a", "b"])
        #expect(batch.events.map(\.keyValue.value) == ["2", "2"])
        #expect(batch.events.map { $0.previous?.value } == ["0", nil])
        #expect(batch.revision == Revision(3))
        #expect(buffer.popFirst() == nil)
        // More keys than there is room for fill the buffer all the same.
        for key in 0..<4 { #expect(buffer.append(self.batch(self.put(Key("k\(key)"), "1", Int64(10 + key)))) == true) }
        #expect(buffer.isFull)
    }

    @Test func aReportMakesTheReportBeforeItSuperfluous() {
        var buffer = WatchBuffer(WatchBufferOptions(.backPressure, events: 1))
        #expect(buffer.append(self.batch(revision: 5)) == true)
        #expect(buffer.append(self.batch(revision: 6)) == true)
        #expect(buffer.popFirst()?.revision == Revision(6))
        #expect(buffer.popFirst() == nil)
    }
}
