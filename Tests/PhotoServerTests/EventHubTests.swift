import Foundation
import Testing

@testable import PhotoServer

struct EventHubTests {
    @Test func `of each subject only the newest event is told, in the order in which they came`() {
        var log = EventLog()
        for (name, subject) in [("a", "1"), ("b", "2"), ("c", "1")] {
            log.append(.event(ServerEvent(name)), subject: subject)
        }
        #expect(log.items(after: 0) == [.event(ServerEvent("b")), .event(ServerEvent("c"))])
        #expect(log.items(after: 2) == [.event(ServerEvent("c"))])
        #expect(log.items(after: 3) == [])
        #expect(log.items(after: 4) == nil)
    }

    @Test func `whatever happened while somebody was away is told once when it is back`() {
        var log = EventLog(capacity: 100)
        var newest: [String: Int] = [:]
        var generator = SystemRandomNumberGenerator()
        var marks: [(number: UInt64, newest: [String: Int])] = []
        for turn in 0..<5_000 {
            let subject = "\(Int.random(in: 0..<40, using: &generator))"
            log.append(.display("\(subject) \(turn)"), subject: subject)
            newest[subject] = turn
            if turn % 97 == 0 { marks.append((log.number, newest)) }
        }
        for mark in marks {
            let told = log.items(after: mark.number)
            let missed = newest.filter { mark.newest[$0.key] != $0.value }.map {
                EventBatch.Item.display("\($0.key) \($0.value)")
            }
            #expect(told.map { Set($0.map { "\($0)" }) } == Set(missed.map { "\($0)" }))
        }
    }

    @Test func `who was away for too many subjects gets everything anew`() {
        var log = EventLog(capacity: 100)
        for subject in 0..<1_000 { log.append(.display("\(subject)"), subject: "\(subject)") }
        #expect(log.items(after: 1) == nil)
        #expect(log.items(after: 999) == [.display("999")])
    }

    @Test func `a place of another process, or none, means a snapshot`() throws {
        let hub = EventHub()
        hub.post(ServerEvent("albums"), subject: "albums")
        #expect(hub.events(after: nil).needsSnapshot)
        #expect(hub.events(after: EventCursor(process: "other", number: 0)).needsSnapshot)
        let place = try #require(EventCursor(hub.cursor.text))
        hub.postDisplay("hall")
        let batch = hub.events(after: place)
        #expect(!batch.needsSnapshot && batch.items == [.display("hall")])
        #expect(EventCursor("no place") == nil && EventCursor("a-b-1") == nil && EventCursor("a--1") == nil)
    }

    @Test func `an event is one block of lines whatever is in its names`() throws {
        let event = try ServerEvent("display", ["name": "a\n\ndata: forged\r\nevent: x"])
        #expect(event.wire.split(separator: "\n", omittingEmptySubsequences: false).count == 4)
    }

    @Test func `one follower too many is refused, and a bell rings only for its display`() async throws {
        let hub = EventHub(capacity: 1)
        try await hub.withBell(display: "hall") { bell in
            #expect(hub.subscriberCount == 1)
            await #expect(throws: Problem.self) { try await hub.withBell { _ in () } }
            hub.postDisplay("attic")
            hub.postDisplay("hall")
            var rings = bell.makeAsyncIterator()
            await rings.next()
            #expect(hub.events(after: nil).cursor.number == 2)
        }
        #expect(hub.subscriberCount == 0)
    }
}
