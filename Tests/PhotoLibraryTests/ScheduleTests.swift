import Foundation
import PhotoLibrary
import Planning
import Renditions
import Synchronization
import TestSupport
import Testing

/// A wall clock that stands until it is set.
final class ManualClock: Sendable {
    private let time: Mutex<Date>

    /// - Parameter text: `2026-03-28T12:00:00Z`.
    init(_ text: String) throws { self.time = Mutex(try Date(text, strategy: .iso8601)) }

    var now: Date { self.time.withLock { $0 } }

    func set(_ date: Date) { self.time.withLock { $0 = date } }

    func set(_ text: String) throws { self.set(try Date(text, strategy: .iso8601)) }
}

/// Which album when, on the database, by a clock that the test sets.
struct ScheduleTests {
    /// A library with two albums, a display in Vienna that shows the first, and the clock.
    private func withPlan(
        _ start: String, _ body: (PhotoLibrary, ManualClock, _ day: AlbumID, _ night: AlbumID) async throws -> Void
    ) async throws {
        let clock = try ManualClock(start)
        try await withTemporaryFolder { folder in
            let library = try await PhotoLibrary(
                directory: "\(folder)/data",
                renditions: RenditionPool(worker: .init(executable: try BuiltProgram.photoserver)),
                now: { clock.now }, timeZone: try #require(TimeZone(identifier: "UTC")), logger: quietLogger)
            defer { try? library.close() }
            let (day, night) = (
                try await library.createAlbum(named: "Day").id, try await library.createAlbum(named: "Night").id
            )
            _ = try await addDisplay(library, album: day)
            _ = try await library.updateDisplay("hall") { $0.timeZone = "Europe/Vienna" }
            try await body(library, clock, day, night)
        }
    }

    private func hours(_ from: String, _ to: String) throws -> DailySpan {
        DailySpan(from: try #require(MinuteOfDay(from)), to: try #require(MinuteOfDay(to)))
    }

    @Test func theAlbumChangesWhenTheClockSaysSoAcrossBothChangesOfTheYear() async throws {
        // In Vienna 02:00 becomes 03:00 on 2026-03-29, and 03:00 becomes 02:00 on 2026-10-25.
        for (start, edges) in [
            (
                "2026-03-27T12:00:00Z",
                [
                    "2026-03-27T21:00:00Z", "2026-03-28T05:00:00Z", "2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z",
                    "2026-03-29T20:00:00Z", "2026-03-30T04:00:00Z",
                ]
            ),
            (
                "2026-10-23T12:00:00Z",
                [
                    "2026-10-23T20:00:00Z", "2026-10-24T04:00:00Z", "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z",
                    "2026-10-25T21:00:00Z", "2026-10-26T05:00:00Z",
                ]
            ),
        ] {
            try await self.withPlan(start) { library, clock, day, night in
                try await library.setSchedule(
                    [ScheduleRule(night, hours: try self.hours("22:00", "06:00"))], of: .display("hall"))
                var expected = day
                #expect(try await library.display("hall")?.shownAlbumID == expected)
                for edge in edges {
                    let at = try Date(edge, strategy: .iso8601)
                    #expect(try await library.replan(everything: false) == at)
                    clock.set(at.addingTimeInterval(-1))
                    let before = try #require(try await library.display("hall"))
                    _ = try await library.replan(everything: false)
                    #expect(try await library.display("hall")?.generation == before.generation, "\(edge)")
                    clock.set(at)
                    _ = try await library.replan(everything: false)
                    expected = expected == day ? night : day
                    let after = try #require(try await library.display("hall"))
                    #expect(after.shownAlbumID == expected, "\(edge)")
                    #expect(after.generation == before.generation + 1 && after.needsPublishing, "\(edge)")
                }
            }
        }
    }

    @Test func aClockThatIsSetBackIsWorkedOutAgain() async throws {
        try await self.withPlan("2026-06-01T12:00:00Z") { library, clock, day, night in
            try await library.setSchedule(
                [ScheduleRule(night, hours: try self.hours("22:00", "06:00"))], of: .display("hall"))
            try clock.set("2026-06-03T23:00:00Z")
            _ = try await library.replan(everything: false)
            #expect(try await library.display("hall")?.shownAlbumID == night)
            try clock.set("2026-06-01T12:00:00Z")
            _ = try await library.replan(everything: true)
            #expect(try await library.display("hall")?.shownAlbumID == day)
            #expect(try await library.replan(everything: false) == Date("2026-06-01T20:00:00Z", strategy: .iso8601))
        }
    }

    @Test func theGroupsScheduleComesFirstThenItsAlbumThenTheDisplaysOwn() async throws {
        try await self.withPlan("2026-06-06T12:00:00Z") { library, clock, day, night in
            let (a, b) = (
                try await library.createAlbum(named: "Group").id, try await library.createAlbum(named: "Weekend").id
            )
            func shown() async throws -> AlbumID? { try await library.display("hall")?.shownAlbumID }
            try await library.setSchedule([ScheduleRule(night, priority: 100)], of: .display("hall"))
            #expect(try await shown() == night)
            let group = try await library.createGroup(named: "G", displays: ["hall"]).group.id
            #expect(try await shown() == night, "a group that says nothing")
            _ = try await library.updateGroup(group) { $0.albumID = a }
            #expect(try await shown() == a)
            try await library.setSchedule(
                [ScheduleRule(b, days: [.saturday, .sunday], priority: -100)], of: .group(group))
            #expect(try await shown() == b, "2026-06-06 is a Saturday")
            let planner = try #require(try await library.planner(of: "hall"))
            #expect(planner.decision(at: Int(clock.now.timeIntervalSince1970)).source == .group(group))
            try clock.set("2026-06-08T12:00:00Z")
            _ = try await library.replan(everything: false)
            #expect(try await shown() == a)
            _ = try await library.deleteAlbum(a)
            #expect(try await shown() == night)
            try await library.setSchedule([], of: .display("hall"))
            #expect(try await shown() == day)
        }
    }

    @Test func aLineWhoseAlbumIsGoneIsAsIfItWereNotThereUntilItIsBack() async throws {
        try await self.withPlan("2026-06-01T12:00:00Z") { library, _, day, night in
            try await library.setSchedule([ScheduleRule(night)], of: .display("hall"))
            let edit = try #require(try await library.deleteAlbum(night))
            #expect(try await library.display("hall")?.shownAlbumID == day)
            #expect(try await library.scheduleRules(of: .display("hall")).count == 1)
            _ = try await library.undoEdit(edit.id)
            #expect(try await library.display("hall")?.shownAlbumID == night)
        }
    }

    @Test func displaysInOtherPlacesGoByTheirOwnClocks() async throws {
        try await self.withPlan("2026-06-01T12:00:00Z") { library, _, day, night in
            _ = try await addDisplay(library, id: "tokyo", album: day)
            _ = try await library.updateDisplay("tokyo") { $0.timeZone = "Asia/Tokyo" }
            let group = try await library.createGroup(named: "G", displays: ["hall", "tokyo"]).group.id
            try await library.setSchedule(
                [ScheduleRule(night, hours: try self.hours("20:00", "06:00"))], of: .group(group))
            #expect(try await library.display("hall")?.shownAlbumID == day)
            #expect(try await library.display("tokyo")?.shownAlbumID == night)
        }
    }

    @Test(arguments: [
        (#"{"days":["mon"]}"#, "album"), (#"{"album":1,"days":[]}"#, "days"), (#"{"album":1,"days":["x"]}"#, "days"),
        (#"{"album":1,"from":"25:00"}"#, "from"), (#"{"album":1,"to":7}"#, "to"),
        (#"{"album":1,"firstDay":"2026-02-30"}"#, "firstDay"),
        (#"{"album":1,"firstDay":"2026-03-01","lastDay":"2026-02-01"}"#, "lastDay"),
        (#"{"album":1,"everyYear":true,"firstDay":"12-24"}"#, "lastDay"), (#"{"album":1,"priority":101}"#, "priority"),
    ])
    func whatALineCannotBeIsNamed(json: String, member: String) throws {
        let error = #expect(throws: PhotoLibraryError.self) {
            try JSONDecoder().decode([ScheduleRule].self, from: Data("[\(json)]".utf8))
        }
        #expect(error?.code == .invalidChange)
        #expect(error?.message.contains("Rule 1: “\(member)”") == true, "\(error?.message ?? "")")
    }

    @Test func everyLineIsTheSameAfterItsWayThroughJSON() throws {
        let december = try #require(YearlyDate("12-01")), january = try #require(YearlyDate("01-06"))
        let rules = [
            ScheduleRule(AlbumID(1)),
            ScheduleRule(
                AlbumID(2), days: [.monday, .sunday], hours: try self.hours("22:15", "06:00"),
                dates: .everyYear(december, january), priority: -3),
            ScheduleRule(AlbumID(3), dates: .between(LocalDate("2026-12-01"), nil)),
            ScheduleRule(AlbumID(4), dates: .between(LocalDate("2026-12-01"), LocalDate("2026-12-24"))),
        ]
        let again = try JSONDecoder().decode([ScheduleRule].self, from: JSONEncoder().encode(rules))
        #expect(again == rules)
        #expect(rules[1].sentence == "Monday, Sunday, 22:15 to 06:00, every year 12-01 to 01-06")
    }
}

/// Who set what when.
struct SettingHistoryTests {
    @Test func movesOfOneSliderAreOneEditAndOthersAreOthers() async throws {
        let clock = try ManualClock("2026-06-01T12:00:00Z")
        try await withTemporaryFolder { folder in
            let library = try await PhotoLibrary(
                directory: "\(folder)/data",
                renditions: RenditionPool(worker: .init(executable: try BuiltProgram.photoserver)),
                now: { clock.now }, logger: quietLogger)
            defer { try? library.close() }
            _ = try await addDisplay(library)
            for brightness in 1...9 {
                clock.set(clock.now.addingTimeInterval(1))
                _ = try await library.updateDisplay("hall", by: "ada") {
                    $0.settings = #"{"brightness":\#(brightness)}"#
                }
            }
            _ = try await library.updateDisplay("hall", by: "bob") { $0.settings = #"{"brightness":20}"# }
            clock.set(clock.now.addingTimeInterval(120))
            _ = try await library.updateDisplay("hall", by: "bob") { $0.name = "Hall" }
            // There and back again are two.
            _ = try await library.updateDisplay("hall", by: "bob") { $0.power = .off }
            _ = try await library.updateDisplay("hall", by: "bob") { $0.power = .on }
            // Nobody's change is not in it.
            _ = try await library.resizeDisplay("hall", width: 640, height: 480)
            let edits = try await library.settingEdits(of: .display("hall"))
            #expect(edits.map(\.who) == ["bob", "bob", "bob", "bob", "ada"])
            #expect(edits[4].changes == [.init(field: "brightness", before: "null", after: "9")])
            #expect(edits[3].changes == [.init(field: "brightness", before: "9", after: "20")])
            #expect(edits[2].changes == [.init(field: "name", before: #""hall""#, after: #""Hall""#)])
            #expect(try await library.settingEdit(edits[0].id, of: .display("other")) == nil)
        }
    }

    @Test func itIsBounded() async throws {
        try await withLibrary { (library, _) async throws in
            _ = try await addDisplay(library)
            for number in 0..<230 {
                // Two people in turn, so that nothing is put together.
                _ = try await library.updateDisplay("hall", by: "p\(number % 2)") { $0.name = "n\(number)" }
            }
            let edits = try await library.settingEdits(of: .display("hall"), limit: 1000)
            #expect(edits.count == 200)
            #expect(edits.first?.changes[0].after == #""n229""#)
        }
    }
}
