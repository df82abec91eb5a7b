import DisplayChannel
import Foundation
import HTTPTypes
import HummingbirdTesting
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
             "rotation":0,"settings":"{}","timeZone":"","power":"on","registeredAt":0,"generation":2,
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
        // It is counted once, however often the display says so.
        fleet.set(self.status(applied: 5), id: "hall", now: self.now.addingTimeInterval(9))
        let times = fleet.acknowledgements.changes
        #expect(times.count == 1 && abs(times.seconds - 0.14) < 0.001)
        #expect(times.buckets == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], "above 0.1 s and not above 0.25 s")
    }

    @Test func `acknowledgement times stand in the metrics as histograms`() async throws {
        try await withServer { server, client in
            let text = try await client.send(.get, "/metrics", try await server.signIn()).text
            #expect(text.contains("# TYPE vitrine_acknowledgement_seconds histogram\n"))
            for of in ["change", "order"] {
                #expect(text.contains("vitrine_acknowledgement_seconds_bucket{of=\"\(of)\",le=\"+Inf\"} 0\n"))
                #expect(text.contains("vitrine_acknowledgement_seconds_count{of=\"\(of)\"} 0\n"))
            }
        }
    }

    @Test func `a report that is faster than the answer to the put counts too`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(try self.record(), id: "hall")
        fleet.set(self.status(applied: 5), id: "hall", now: self.now.addingTimeInterval(0.02))
        fleet.set(.init(display: "hall", revision: 5, putAt: self.now), now: self.now.addingTimeInterval(0.03))
        #expect(fleet.view(of: "hall", now: self.now)?.deliveryText == "arrived after 20 ms")
        #expect(fleet.acknowledgements.changes.count == 1)
    }

    @Test func `of a state that was found in the store nobody claims to know how long it took`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(try self.record(), id: "hall")
        fleet.set(.init(display: "hall", revision: 5, putAt: nil), now: self.now)
        fleet.set(self.status(applied: 5), id: "hall", now: self.now.addingTimeInterval(1))
        #expect(fleet.view(of: "hall", now: self.now)?.deliveryText == "up to date")
        #expect(fleet.acknowledgements == Acknowledgements())
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

    @Test func `a display that does not apply what is published is so many changes behind`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(try self.record(), id: "hall")
        fleet.set(self.status(applied: 4), id: "hall", now: self.now)
        for revision in Int64(5)...16 {
            fleet.set(.init(display: "hall", revision: revision, putAt: self.now), now: self.now)
        }
        #expect(fleet.view(of: "hall", now: self.now)?.deliveryText == "12 changes behind")
        fleet.set(self.status(applied: 14), id: "hall", now: self.now)
        #expect(fleet.view(of: "hall", now: self.now)?.behind == 2)
        // The store was set back: what came before it counts no more.
        fleet.set(.init(display: "hall", revision: 3, putAt: self.now), now: self.now)
        #expect(fleet.view(of: "hall", now: self.now)?.behind == 1)
    }

    @Test func `a command is sent, then done after so long, or not answered in ten seconds`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        fleet.set(try self.record(), id: "hall")
        func command(_ revision: Int64) -> CommandProgress {
            CommandProgress(topic: .changePhoto, revision: revision, sentAt: self.now)
        }
        fleet.set(command(7), id: "hall", now: self.now)
        #expect(fleet.view(of: "hall", now: self.now)?.command?.state == .sent)

        var status = self.status(applied: 1)
        status.report(.init(topic: .changePhoto, revision: 7, result: .done))
        fleet.set(status, id: "hall", now: self.now.addingTimeInterval(0.09))
        #expect(fleet.view(of: "hall", now: self.now)?.lastCommand == "change photo: done after 90 ms")

        fleet.set(command(8), id: "hall", now: self.now)
        let told = fleet.view(of: "hall", now: self.now)
        #expect(fleet.judge(now: self.now.addingTimeInterval(9)) { _ in told } == [])
        #expect(fleet.judge(now: self.now.addingTimeInterval(11)) { _ in told } == ["hall"])
        #expect(fleet.view(of: "hall", now: self.now)?.lastCommand == "change photo: not answered in 10 s")

        // Late, but not never; and a report that is faster than the answer to the put counts too.
        status.report(.init(topic: .changePhoto, revision: 8, result: .skipped, reason: "the display is off"))
        status.report(.init(topic: .changePhoto, revision: 9, result: .done))
        fleet.set(status, id: "hall", now: self.now.addingTimeInterval(12))
        #expect(fleet.view(of: "hall", now: self.now)?.lastCommand == "change photo: not done, the display is off")
        fleet.set(command(9), id: "hall", now: self.now.addingTimeInterval(13))
        #expect(fleet.view(of: "hall", now: self.now)?.command?.state == .done)
    }

    @Test func `a thousand displays make a page of less than 200 KB, and nothing in it can end its data`() throws {
        var fleet = FleetState()
        fleet.isStoreHeard = true
        for number in 0..<1_000 {
            let id = "00000000-0000-4000-8000-" + String(format: "%012d", number)
            fleet.set(try self.record(id), id: id)
            var status = self.status(applied: 5, resolution: .init(width: 1920, height: 1080))
            status.showing = String(format: "IMG_%06d.jpg", number)
            status.next = String(format: "IMG_%06d.jpg", number + 1)
            status.nextDue = 1_800_000_060
            fleet.set(status, id: id, now: self.now)
            fleet.set(.init(display: id, revision: 5, putAt: self.now), now: self.now)
            fleet.setPhoto(.init(id: Int64(number), version: "0123456789ab", name: status.showing ?? ""), id: id)
        }
        let cards = try fleet.ids.compactMap { fleet.view(of: $0, now: self.now) }.map {
            String(decoding: try JSONEncoder.api.encode(WallCard($0)), as: UTF8.self)
        }
        let page = try WallPage(
            cards: "{\"displays\":[\(cards.joined(separator: ","))],\"name\":\"</script><!--\"}", notices: [],
            albums: [], groups: [],
            serverURL: "")
        #expect(cards.count == 1_000)
        #expect(page.data.utf8.count < 190_000)
        #expect(!page.data.contains("<"))
        let decoded = try JSONSerialization.jsonObject(with: Data(page.data.utf8)) as? [String: Any]
        #expect((decoded?["wall"] as? [String: Any])?["name"] as? String == "</script><!--")
    }
}
