import DisplayChannel
import Foundation
import Planning
import Slideshow
import Synchronization
import TestSupport
import Testing

@testable import PhotoViewer

struct DayRhythmTests {
    private static func hours(_ from: String, _ to: String) throws -> DailySpan {
        DailySpan(from: try #require(MinuteOfDay(from)), to: try #require(MinuteOfDay(to)))
    }

    private static func wall(_ text: String) throws -> Duration {
        .seconds(try Date(text, strategy: .iso8601).timeIntervalSince1970)
    }

    @Test func itSleepsAndDimsByTheClockOfItsPlace() throws {
        var settings = DisplaySettings()
        settings.timeZone = "Europe/Vienna"
        settings.sleep = [SleepHours(hours: try Self.hours("23:00", "06:30"))]
        settings.dim = [DimHours(hours: try Self.hours("20:00", "23:00"), brightness: 0.4)]
        var rhythm = DayRhythm(settings)
        // The night in which the clock goes back: it is 25 hours long.
        for (time, isAsleep, light) in [
            ("2026-10-24T17:59:59Z", false, 1), ("2026-10-24T18:00:00Z", false, 0.4), ("2026-10-24T21:00:00Z", true, 1),
            ("2026-10-25T05:29:59Z", true, 1), ("2026-10-25T05:30:00Z", false, 1),
        ] {
            #expect(rhythm.phase(at: try Self.wall(time)) == .init(isAsleep: isAsleep, light: light), "\(time)")
        }
        #expect(rhythm.rest(from: try Self.wall("2026-10-24T17:00:00Z")) == .seconds(3600))
    }

    @Test func withoutHoursItIsAlwaysDay() throws {
        var rhythm = DayRhythm(DisplaySettings())
        #expect(rhythm.phase(at: try Self.wall("2026-11-23T03:00:00Z")) == .init())
        #expect(rhythm.rest(from: try Self.wall("2026-11-23T03:00:00Z")) >= .seconds(60))
    }

    @Test func aClockThatStartsInThePastIsReplacedByTheLastKnownTime() throws {
        let known = try Self.wall("2026-11-23T20:00:00Z")
        var clock = TrustedClock(
            lastKnown: known, now: Moment(uptime: .seconds(5), wall: .zero), isSynchronised: { false })
        #expect(clock.read(Moment(uptime: .seconds(65), wall: .seconds(60))).wall == known + .seconds(60))
        #expect(clock.isWrong)
        // The time server answers.
        let right = known + .seconds(7200)
        #expect(clock.read(Moment(uptime: .seconds(70), wall: right)).wall == right)
        #expect(!clock.isWrong)
        #expect(clock.read(Moment(uptime: .seconds(80), wall: right - .seconds(600))).wall == right - .seconds(600))
        #expect(!clock.isWrong, "a correction of minutes is none of our business")
    }

    @Test func aSynchronisedClockIsBelievedEvenWhenItGoesBack() throws {
        let known = try Self.wall("2036-11-23T20:00:00Z")
        let now = try Self.wall("2026-11-23T20:00:00Z")
        var clock = TrustedClock(
            lastKnown: known, now: Moment(uptime: .zero, wall: now), isSynchronised: { true })
        #expect(clock.read(Moment(uptime: .zero, wall: now)).wall == now)
        #expect(!clock.isWrong)
    }

    @Test func aCaptionIsWrittenInTheReadersLanguage() {
        let caption = PhotoCaption(
            title: "Sunrise", date: "2026-11-23T07:45:00+01:00", place: nil, album: "Winter")
        #expect(
            caption.text([.title, .date, .place, .album], locale: Locale(identifier: "en_GB"))
                == "Sunrise · 23 November 2026 · Winter")
        #expect(caption.text([.date], locale: Locale(identifier: "de_AT")) == "23. November 2026")
        #expect(
            PhotoCaption(date: "sometime").text([.date, .title], locale: Locale(identifier: "en_GB")) == "sometime")
        #expect(PhotoCaption().text([.title], locale: Locale(identifier: "en_GB")).isEmpty)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct DisplayDayTests {
    @Test func aDisplaySleepsAtItsHourAndWakes() async throws {
        let night = Duration.seconds(try Date("2026-11-23T21:59:58Z", strategy: .iso8601).timeIntervalSince1970)
        let start = Moment.current().uptime
        let jump = LockedDuration()
        let clocks: @Sendable () -> Moment = {
            let uptime = Moment.current().uptime
            return Moment(uptime: uptime, wall: night + (uptime - start) + jump.value)
        }
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let playlist = house.addPlaylist(["a"])
            try await withDisplay(in: folder, house: house, now: clocks) { display in
                let settings =
                    #"{"interval_time":1,"interval_units":"hours","transition_ms":20,"time_zone":"UTC","sleep":[{"from":"22:00","to":"07:00"}],"dim":[{"from":"07:00","to":"08:00","brightness":0.5}],"caption":["title"],"clock":true}"#
                try await display.link().say([.settings: Array(settings.utf8), .playlist: playlist.json], revision: 1)
                try await display.shows("a")
                let asleep = try await display.status("asleep") { $0.power == .asleep }
                #expect(asleep.nextDue == nil && asleep.showing == nil)
                #expect(display.stage.scene.current == nil && display.stage.scene.light == 0)
                // A change that comes at night is applied by remembering it.
                try await display.link().say([.settings: Array(settings.utf8)], revision: 2)
                _ = try await display.status("applied asleep") { $0.appliedRevision == 2 && $0.power == .asleep }
                jump.value = .seconds(9 * 3600)
                try await display.link().say([.settings: Array(settings.utf8)], revision: 3)
                _ = try await display.status("awake") { $0.power == .on && $0.appliedRevision == 3 }
                try await display.shows("a")
                #expect(display.stage.scene.light == 0.5)
                #expect(
                    display.stage.scene.notes.contains {
                        $0.card.placement == .topRight && $0.card.lines[0].contains("7:00")
                    })
            }
        }
    }
}

/// A duration that tests change while a display reads it.
private final class LockedDuration: Sendable {
    private let stored = Mutex(Duration.zero)
    var value: Duration {
        get { self.stored.withLock { $0 } }
        set { self.stored.withLock { $0 = newValue } }
    }
}
