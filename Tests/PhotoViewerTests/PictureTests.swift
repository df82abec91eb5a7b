import DisplayChannel
import Foundation
import PhotoViewer
import Slideshow
import TestSupport
import Testing

/// What a whole display brings to its stage: pairs, motion, captions, and changes in step.
@Suite(.timeLimit(.minutes(1)))
struct PictureTests {
    private static func settings(_ members: String) -> [UInt8] {
        Array(
            #"{"interval_time":1,"interval_units":"hours","order":"as_listed","transition_ms":20,\#(members)}"#.utf8)
    }

    private static func id(_ names: String...) -> PictureID {
        PictureID(names.map { FakeHouse.rendition($0) }.joined(separator: "+"))
    }

    @Test func twoPortraitsStandSideBySide() async throws {
        try await withTemporaryFolder { folder in
            try await withDisplay(in: folder, house: FakeHouse()) { display in
                let playlist = display.house.addPlaylist(["l1", "p1", "p2", "l2"])
                let link = try await display.link()
                link.say(
                    [.settings: Self.settings(#""pair_portraits":true"#), .playlist: playlist.json], revision: 7)
                _ = try await display.showsOne(of: ["l1", "l2", "p1", "p2"])
                try await eventually("every photo in the cache") { display.house.ask { $0.downloads.count == 4 } }
                var seen: Set<PictureID> = []
                for _ in 0..<8 {
                    display.stage.eventSource.yield(.next)
                    let before = display.stage.scene.current
                    try await eventually("another picture") {
                        display.stage.scene.current != before && display.stage.scene.isSettled
                    }
                    display.stage.scene.current.map { _ = seen.insert($0) }
                }
                #expect(seen.isSuperset(of: [Self.id("p1", "p2"), Self.id("l1"), Self.id("l2")]))
                #expect(display.stage.peak <= 2)
                try await eventually("the pair") {
                    if display.stage.scene.current == Self.id("p1", "p2") { return true }
                    display.stage.eventSource.yield(.next)
                    return false
                }
                _ = try await display.status("the left one as showing") { $0.showing == "p1" }
            }
        }
    }

    @Test func aTurnedScreenHasNoRoomForPairs() async throws {
        try await withTemporaryFolder { folder in
            try await withDisplay(in: folder, house: FakeHouse()) { display in
                let playlist = display.house.addPlaylist(["p1", "p2"])
                try await display.link().say(
                    [.settings: Self.settings(#""pair_portraits":true,"rotation":90"#), .playlist: playlist.json],
                    revision: 7)
                _ = try await display.showsOne(of: ["p1", "p2"])
                try await eventually("every photo in the cache") { display.house.ask { $0.downloads.count == 2 } }
                display.stage.eventSource.yield(.next)
                display.stage.eventSource.yield(.next)
                _ = try await display.showsOne(of: ["p1", "p2"])
            }
        }
    }

    @Test func aPhotoMovesWhenTheSettingSaysSo() async throws {
        try await withTemporaryFolder { folder in
            try await withDisplay(in: folder, house: FakeHouse()) { display in
                let playlist = display.house.addPlaylist(["a"])
                let link = try await display.link()
                link.say([.settings: calmSettings, .playlist: playlist.json], revision: 7)
                try await display.shows("a")
                #expect(display.stage.scene.currentZoom == .none)
                link.say([.settings: Self.settings(#""motion":"ken_burns""#)], revision: 8)
                try await eventually("motion") {
                    display.stage.scene.currentZoom.scale > 1 && !display.stage.scene.isSettled
                }
                _ = try await display.status("revision 8 applied") { $0.appliedRevision == 8 }
                link.say([.settings: calmSettings], revision: 9)
                try await eventually("a still") { display.stage.scene.isSettled }
                #expect(display.stage.scene.currentZoom == .none)
            }
        }
    }

    @Test func displaysInStepChangeAtOneInstantOfTheServersClock() async throws {
        let names = (0..<9).map { "l\($0)" }
        let settings = Array(
            #"{"interval_time":1,"interval_units":"seconds","transition":"cut","group":"hall","group_clock":true}"#.utf8
        )
        let houses = [FakeHouse(), FakeHouse()]
        for house in houses { house.change { $0.clockOffset = .seconds(-86_400) } }
        @Sendable func join(_ display: FakeDisplay) async throws {
            let playlist = display.house.addPlaylist(names)
            try await display.link().say([.settings: settings, .playlist: playlist.json], revision: 7)
            try await eventually("every photo") { display.house.ask { $0.downloads.count == names.count } }
        }
        try await withTemporaryFolder { folder in
            try await withDisplay(in: "\(folder)/one", house: houses[0]) { one in
                // Its own clock is a minute ahead; the server's decides.
                try await withDisplay(
                    in: "\(folder)/other", house: houses[1],
                    now: {
                        var now = Moment.current()
                        now.wall += .seconds(60.3)
                        return now
                    }
                ) { other in
                    try await join(one)
                    try await join(other)
                    let status = try await other.status("the clock's offset") { $0.clockOffsetMilliseconds != nil }
                    #expect(abs((status.clockOffsetMilliseconds ?? 0) - 86_460_300) < 2000)
                    // Looked at between two instants.
                    var alike = 0
                    for _ in 0..<8 {
                        let part = Moment.current().wall.components.attoseconds / 1_000_000_000
                        try await Task.sleep(for: .nanoseconds(1_600_000_000 - part))
                        if one.stage.scene.current == other.stage.scene.current { alike += 1 }
                    }
                    // A busy machine may hold one up for a moment; by chance it would be one of nine.
                    #expect(alike >= 6, "\(alike) of 8")
                }
            }
        }
    }

    @Test func dateAndTimeAreWrittenInTheLanguageOfTheSettings() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            try await withDisplay(in: folder, house: house) { display in
                let playlist = house.addPlaylist(["a"], date: "2026-11-23T07:45:00")
                let link = try await display.link()
                for (language, date, mark) in [
                    ("de-AT", "23. November 2026", ":"), ("en-US", "November 23, 2026", "M"),
                    ("fr", "23 novembre 2026", ":"),
                ] {
                    link.say(
                        [
                            .settings: Self.settings(
                                #""caption":["date"],"clock":true,"time_zone":"Europe/Vienna","language":"\#(language)""#
                            ),
                            .playlist: playlist.json,
                        ], revision: 7)
                    try await eventually("\(date) in \(language)") {
                        display.stage.scene.notes.contains { $0.card.lines == [date] }
                    }
                    let time = display.stage.scene.notes.last?.card.lines.first ?? ""
                    #expect(time.contains(mark), "\(time)")
                }
            }
        }
    }
}
