import Testing

@testable import Slideshow

struct ChangeTimeTests {
    static let bases: [(String, IntervalBase?)] = [
        ("*:*", .lastChange), ("*:05", .minuteOfHour(5)), ("06:30", .minuteOfDay(390)), ("23:59", .minuteOfDay(1439)),
        ("24:00", nil), ("*:60", nil), ("06", nil), ("", nil), ("6:*", nil), ("a:b", nil),
    ]

    @Test(arguments: ChangeTimeTests.bases)
    func anIntervalBaseIsRead(text: String, base: IntervalBase?) {
        #expect(IntervalBase(text) == base)
    }

    struct GridCase: Sendable {
        var base: String
        var intervalMinutes: Double
        var startMinutes: Double
        /// Minutes since midnight.
        var changes: [Double]
    }

    static let gridCases = [
        GridCase(base: "*:00", intervalMinutes: 10, startMinutes: 510, changes: [520, 530, 540]),
        GridCase(base: "*:05", intervalMinutes: 25, startMinutes: 480, changes: [485, 510, 535, 545]),
        GridCase(base: "*:30", intervalMinutes: 180, startMinutes: 480, changes: [630, 810]),
        GridCase(base: "06:00", intervalMinutes: 720, startMinutes: 480, changes: [1080, 1800]),
        GridCase(base: "06:00", intervalMinutes: 1440, startMinutes: 300, changes: [360, 1800]),
        GridCase(base: "08:00", intervalMinutes: 60, startMinutes: 480, changes: [540, 600]),
    ]

    @Test(arguments: ChangeTimeTests.gridCases)
    func changesFallOnTheGridOfTheBase(grid: GridCase) throws {
        let timing = ChangeTiming(
            interval: .seconds(grid.intervalMinutes * 60), base: try #require(IntervalBase(grid.base)))
        let settings = SlideshowSettings(timing: timing)
        var show = Show(["a", "b", "c"], settings: settings, at: .seconds(grid.startMinutes * 60))
        var times: [Double] = []
        for _ in grid.changes {
            show.passOneChange()
            times.append((show.now.wall - Show.midnight).inSeconds / 60)
        }
        #expect(times == grid.changes)
    }

    @Test func theGridIsInLocalTime() throws {
        let timing = ChangeTiming(interval: .seconds(86400), base: try #require(IntervalBase("06:00")))
        var show = Show(["a", "b"], settings: SlideshowSettings(timing: timing), offsetFromUTC: .seconds(3600 * 2))
        show.passOneChange()
        #expect(show.now.wall - Show.midnight == .seconds(3600 * 4))
    }

    @Test func aClockSetForwardBringsTheGridPointAtOnce() throws {
        let timing = ChangeTiming(interval: .seconds(86400), base: try #require(IntervalBase("06:00")))
        var show = Show(["a", "b"], settings: SlideshowSettings(timing: timing))
        show.now.wall += .seconds(3600 * 7)
        show.handle(.tick)
        #expect(show.shown.count == 1, "the point was passed by the clock only; the last change is as old as before")
        show.now.wall -= .seconds(3600 * 7)
        show.handle(.tick)
        #expect(show.slideshow.delay(from: show.now) == .seconds(3600 * 6))
    }

    @Test func aPlainIntervalIgnoresTheWallClock() {
        var show = Show(["a", "b"], settings: SlideshowSettings(timing: ChangeTiming(interval: .seconds(10))))
        show.now.wall += .seconds(86400 * 365)
        #expect(show.slideshow.delay(from: show.now) == .seconds(10))
        #expect(show.slideshow.nextDue(at: show.now) == show.now.wall + .seconds(10))
    }

    @Test func varianceStaysWithinItsPercentage() {
        let timing = ChangeTiming(interval: .seconds(100), variancePercent: 20)
        var show = Show(["a", "b", "c"], settings: SlideshowSettings(timing: timing, seed: 7))
        var waits: [Double] = []
        for _ in 0..<500 {
            let start = show.now.uptime
            show.passOneChange()
            waits.append((show.now.uptime - start).inSeconds)
        }
        #expect(waits.allSatisfy { (80...120).contains($0) })
        #expect(waits.contains { $0 < 85 } && waits.contains { $0 > 115 })
    }

    @Test func halfOfTheHalfLifeIntervalsAreLonger() {
        let timing = ChangeTiming(interval: .seconds(100), usesHalfLife: true)
        var show = Show(["a", "b", "c"], settings: SlideshowSettings(timing: timing, seed: 7))
        var longer = 0
        for _ in 0..<2000 {
            let start = show.now.uptime
            show.passOneChange()
            if (show.now.uptime - start).inSeconds > 100 { longer += 1 }
        }
        #expect((900...1100).contains(longer))
    }

    @Test(arguments: [(0.0, 1.0), (-5, 1), (0.2, 1), (3, 3)])
    func anIntervalHasAFloor(seconds: Double, effective: Double) {
        #expect(ChangeTiming(interval: .seconds(seconds)).interval == .seconds(effective))
    }

    @Test func aNewIntervalCountsFromTheLastChange() {
        var show = Show(["a", "b"], settings: SlideshowSettings(timing: ChangeTiming(interval: .seconds(60))))
        show.pass(.seconds(20))
        show.handle(.settings(SlideshowSettings(timing: ChangeTiming(interval: .seconds(30)))))
        #expect(show.slideshow.delay(from: show.now) == .seconds(10))
        show.handle(.settings(SlideshowSettings(timing: ChangeTiming(interval: .seconds(5)))))
        #expect(show.shown.count == 2, "already overdue under the new interval, so it changes at once")
        #expect(show.slideshow.delay(from: show.now) == .seconds(5))
    }

    @Test func settingsThatDoNotConcernTimeLeaveTheDueTimeAlone() {
        let timing = ChangeTiming(interval: .seconds(60), variancePercent: 50)
        var show = Show(["a", "b"], settings: SlideshowSettings(timing: timing))
        let due = show.slideshow.delay(from: show.now)
        show.handle(.settings(SlideshowSettings(timing: timing, order: .asListed)))
        #expect(show.slideshow.delay(from: show.now) == due)
    }
}
