import DisplayChannel
import Foundation
import PhotoLibrary
import Testing

@testable import PhotoServer

struct LivenessTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    /// A display that has applied revision 10 and presented its last frame five seconds ago.
    private static func status(_ change: (inout DisplayStatus) -> Void = { _ in }) -> DisplayStatus {
        var status = DisplayStatus()
        status.showing = "dune.jpg"
        status.receivedRevision = 10
        status.appliedRevision = 10
        status.nextDue = Self.now.timeIntervalSince1970 + 25
        status.lastPresented = Self.now.timeIntervalSince1970 - 5
        change(&status)
        return status
    }

    private static func published(_ revision: Int64, secondsAgo: Double) -> Liveness.Publication {
        .init(revision: revision, at: Self.now.addingTimeInterval(-secondsAgo))
    }

    static let cases: [(String, DisplayStatus?, Bool, Liveness.Publication?, Liveness)] = [
        ("never seen", nil, false, nil, .new),
        ("gone", nil, true, nil, .offline),
        ("up to date", Self.status(), true, Self.published(10, secondsAgo: 60), .online),
        ("a change on its way", Self.status(), true, Self.published(11, secondsAgo: 9), .online),
        ("a change not heard", Self.status(), true, Self.published(11, secondsAgo: 11), .deaf),
        (
            "heard, not in effect", Self.status { $0.receivedRevision = 11 }, true, Self.published(11, secondsAgo: 60),
            .fetching
        ),
        ("asleep", Self.status { $0.power = .asleep }, true, Self.published(10, secondsAgo: 60), .dark),
        (
            "asleep and deaf", Self.status { $0.power = .off }, true, Self.published(11, secondsAgo: 60), .deaf
        ),
        (
            "late by less than it may", Self.status { $0.nextDue = Self.now.timeIntervalSince1970 - 29 }, true, nil,
            .online
        ),
        (
            "no frame since its own time",
            Self.status {
                $0.nextDue = Self.now.timeIntervalSince1970 - 31
                $0.lastPresented = Self.now.timeIntervalSince1970 - 60
            }, true, nil, .frozen
        ),
        (
            "presented since its own time, and said so late",
            Self.status { $0.nextDue = Self.now.timeIntervalSince1970 - 31 }, true, nil, .online
        ),
        ("paused", Self.status { $0.nextDue = nil }, true, Self.published(10, secondsAgo: 60), .online),
    ]

    @Test(arguments: Self.cases)
    func `a display's state follows from what it reports and what it should have heard`(
        name: String, status: DisplayStatus?, wasSeen: Bool, publication: Liveness.Publication?, expected: Liveness
    ) {
        let judged = Liveness.judge(status: status, wasSeen: wasSeen, publication: publication, now: Self.now)
        #expect(judged == expected, "\(name)")
    }

    @Test func `before the store was heard, silence means nothing`() {
        let judged = Liveness.judge(
            status: nil, wasSeen: true, isStoreHeard: false, publication: nil, now: Self.now)
        #expect(judged == .unknown)
    }

    @Test(arguments: [(5.0, "a moment"), (61, "1 minute"), (7300, "2 hours"), (90_000, "1 day")])
    func `a span of time is said by its largest unit`(seconds: Double, words: String) {
        #expect(Liveness.span(seconds) == words)
    }
}

struct FleetStateTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    /// A record as the database has it.
    private func record(_ id: String = "hall", published: Bool = true) throws -> DisplayRecord {
        let json = """
            {"id":"\(id)","name":"Hall","kind":"viewer","secretHash":"","width":1920,"height":1080,"fit":"contain",
             "rotation":0,"settings":"{}","power":"on","registeredAt":0,"generation":2,
             "publishedGeneration":\(published ? 2 : 1)}
            """
        return try JSONDecoder().decode(DisplayRecord.self, from: Data(json.utf8))
    }

    private func status(applied: Int64, resolution: DisplayStatus.Resolution? = nil) -> DisplayStatus {
        var status = DisplayStatus()
        status.receivedRevision = applied
        status.appliedRevision = applied
        status.resolution = resolution
        return status
    }

    @Test func `a change is waiting, then sent, then applied with the time it took`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(try self.record(published: false), id: "hall")
        fleet.set(self.status(applied: 4), id: "hall", now: self.now)
        #expect(fleet.view(of: "hall", now: self.now)?.deliveryState == .waiting)

        fleet.set(try self.record(), id: "hall")
        fleet.set(.init(display: "hall", revision: 5, putAt: self.now), now: self.now)
        #expect(fleet.view(of: "hall", now: self.now)?.deliveryState == .sent)

        fleet.set(self.status(applied: 5), id: "hall", now: self.now.addingTimeInterval(0.14))
        let view = try #require(fleet.view(of: "hall", now: self.now))
        #expect(view.deliveryState == .applied)
        #expect(view.deliveryText == "arrived after 140 ms")
    }

    @Test func `a report that is faster than the answer to the put counts too`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(try self.record(), id: "hall")
        fleet.set(self.status(applied: 5), id: "hall", now: self.now.addingTimeInterval(0.02))
        fleet.set(.init(display: "hall", revision: 5, putAt: self.now), now: self.now.addingTimeInterval(0.03))
        #expect(fleet.view(of: "hall", now: self.now)?.deliveryText == "arrived after 20 ms")
    }

    @Test func `of a state that was found in the store nobody claims to know how long it took`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(try self.record(), id: "hall")
        fleet.set(.init(display: "hall", revision: 5, putAt: nil), now: self.now)
        fleet.set(self.status(applied: 5), id: "hall", now: self.now.addingTimeInterval(1))
        #expect(fleet.view(of: "hall", now: self.now)?.deliveryText == "up to date")
    }

    @Test func `a display that reports another resolution is noticed, nonsense is not`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(try self.record(), id: "hall")
        fleet.set(self.status(applied: 1, resolution: .init(width: 1920, height: 1080)), id: "hall", now: self.now)
        #expect(fleet.newResolution(of: "hall") == nil)
        fleet.set(self.status(applied: 1, resolution: .init(width: 3840, height: 2160)), id: "hall", now: self.now)
        #expect(fleet.newResolution(of: "hall") == .init(width: 3840, height: 2160))
        fleet.set(self.status(applied: 1, resolution: .init(width: -1, height: 1 << 40)), id: "hall", now: self.now)
        #expect(fleet.newResolution(of: "hall") == nil)
    }

    @Test func `a status without a display is nobody's card, until the display is known`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(self.status(applied: 1), id: "hall", now: self.now)
        #expect(fleet.view(of: "hall", now: self.now) == nil)
        fleet.set(try self.record(), id: "hall")
        #expect(fleet.view(of: "hall", now: self.now)?.liveness == .online)
    }
}

struct EventMailboxTests {
    @Test func `only the newest event of a subject is kept, in the order of the subjects`() {
        let mailbox = EventMailbox()
        mailbox.put(ServerEvent("a"), subject: "1")
        mailbox.put(ServerEvent("b"), subject: "2")
        mailbox.put(ServerEvent("c"), subject: "1")
        #expect(mailbox.take().events.map(\.name) == ["c", "b"])
        #expect(mailbox.take().events.isEmpty)
    }

    @Test func `a browser that reads nothing costs a bounded amount, and gets everything anew`() {
        let mailbox = EventMailbox()
        for subject in 0...EventMailbox.capacity { mailbox.put(ServerEvent("x"), subject: "\(subject)") }
        let content = mailbox.take()
        #expect(content.isOverflowed)
        #expect(content.events.isEmpty)
        mailbox.put(ServerEvent("y"), subject: "1")
        #expect(mailbox.take().events.map(\.name) == ["y"])
    }

    @Test func `an event is one block of lines whatever is in its names`() throws {
        let event = try ServerEvent("display", ["name": "a\n\ndata: forged\r\nevent: x"])
        #expect(event.wire.split(separator: "\n", omittingEmptySubsequences: false).count == 4)
    }

    @Test func `one follower too many is refused`() async throws {
        let hub = EventHub(capacity: 1)
        _ = try await hub.withMailbox { _ in
            await #expect(throws: Problem.self) { try await hub.withMailbox { _ in () } }
        }
        try await hub.withMailbox { _ in #expect(hub.subscriberCount == 1) }
        #expect(hub.subscriberCount == 0)
    }
}
