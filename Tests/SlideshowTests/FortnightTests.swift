import Glibc
import Testing

@testable import Slideshow

/// Two weeks of change times, second by second, against a plainer implementation: one that walks through the seconds
/// and looks at a clock on the wall.
struct FortnightTests {
    /// Vienna's clock over the changes of October 2026 and March 2027.
    struct Vienna: Sendable {
        static let autumn = 1_792_890_000  // 2026-10-25 01:00 UTC: 03:00 becomes 02:00
        static let spring = 1_806_195_600  // 2027-03-28 01:00 UTC: 02:00 becomes 03:00

        static func offset(at second: Int) -> Int { second >= self.autumn && second < self.spring ? 3600 : 7200 }
        static func offset(at wall: Duration) -> Duration { .seconds(self.offset(at: Int(wall.components.seconds))) }
        /// Seconds since 1970 as the clock on the wall counts them.
        static func label(_ second: Int) -> Int { second + self.offset(at: second) }
    }

    enum Season: Int, CaseIterable, Sendable {
        case autumn, spring, winter

        /// A week before the clock changes.
        var start: Int {
            switch self {
            case .autumn: Vienna.autumn - 7 * 86_400 + 4_711
            case .spring: Vienna.spring - 7 * 86_400 - 815
            case .winter: 1_800_000_000
            }
        }
        var end: Int { self.start + 14 * 86_400 }
    }

    struct Mode: Sendable, CustomStringConvertible {
        var base: String
        var interval: Int
        var description: String { "\(self.base) every \(self.interval) s" }
    }

    static let modes = [
        Mode(base: "*:*", interval: 90), Mode(base: "*:*", interval: 86_400),
        Mode(base: "*:00", interval: 3600), Mode(base: "*:15", interval: 1500), Mode(base: "*:30", interval: 3 * 3600),
        Mode(base: "06:00", interval: 600), Mode(base: "06:00", interval: 5 * 3600),
        Mode(base: "06:00", interval: 43_200), Mode(base: "02:30", interval: 86_400),
        Mode(base: "02:00", interval: 86_400), Mode(base: "23:45", interval: 2 * 86_400),
    ]

    @Test(arguments: Season.allCases, modes)
    func changesHappenWhenAClockOnTheWallSaysSo(season: Season, mode: Mode) throws {
        let timing = ChangeTiming(interval: .seconds(mode.interval), base: try #require(IntervalBase(mode.base)))
        #expect(self.slideshow(season, timing).map { $0.rounded() } == self.reference(season, timing).map(Double.init))
    }

    @Test(arguments: [(ChangeTiming(interval: .seconds(300), variancePercent: 40), 4_000.0...4_065.0)])
    func varianceIsSpreadOverTheInterval(timing: ChangeTiming, count: ClosedRange<Double>) {
        var generator = SeededGenerator(seed: 3)
        var expected: [Double] = []
        var next = 0.0
        while true {
            next += 300 * (1 + 0.4 * Double.random(in: -1...1, using: &generator))
            if next > Double(14 * 86_400) { break }
            expected.append(next + Double(Season.autumn.start))
        }
        self.expectAlike(self.slideshow(.autumn, timing), expected)
        #expect(count.contains(Double(expected.count)))
    }

    @Test func halfLivesAreThoseOfDecay() {
        var generator = SeededGenerator(seed: 3)
        var expected: [Double] = []
        var next = 0.0
        while true {
            next += 600 * max(-log2(Double.random(in: 0x1p-10..<1, using: &generator)), 0.1)
            if next > Double(14 * 86_400) { break }
            expected.append(next + Double(Season.spring.start))
        }
        self.expectAlike(
            self.slideshow(.spring, ChangeTiming(interval: .seconds(600), base: .minuteOfHour(5), usesHalfLife: true)),
            expected)
    }

    @Test(arguments: Season.allCases)
    func onAGridVarianceOnlyDelays(season: Season) {
        let timing = ChangeTiming(interval: .seconds(1200), base: .minuteOfHour(5), variancePercent: 50)
        let changes = self.slideshow(season, timing)
        let points = self.reference(season, ChangeTiming(interval: .seconds(1200), base: .minuteOfHour(5)))
        #expect(abs(changes.count - points.count) <= 1)
        for (change, point) in zip(changes, points) {
            #expect((0.0...600.0).contains(change - Double(point)), "\(change) for \(point)")
        }
    }

    /// Half a millisecond here or there is rounding.
    private func expectAlike(_ changes: [Double], _ expected: [Double]) {
        #expect(changes.count == expected.count)
        for (change, wanted) in zip(changes, expected) { #expect(abs(change - wanted) < 0.001) }
    }

    /// When the slideshow changes, in seconds since 1970, ticking when it asks for it and every minute besides.
    private func slideshow(_ season: Season, _ timing: ChangeTiming) -> [Double] {
        var show = Show(
            ["a", "b", "c"], settings: SlideshowSettings(timing: timing, order: .asListed, seed: 3),
            at: .seconds(season.start) - Show.midnight, zone: { Vienna.offset(at: $0) })
        var changes: [Double] = []
        while true {
            let toMinute = 60 - Int(show.now.wall.components.seconds) % 60
            show.move(min(show.slideshow.delay(from: show.now) ?? .seconds(60), .seconds(toMinute)))
            guard show.now.wall <= .seconds(season.end) else { return changes }
            let shown = show.shown.count
            show.handle(.tick)
            if show.shown.count > shown { changes.append(show.now.wall / .seconds(1)) }
        }
    }

    /// Walks through the seconds.
    private func reference(_ season: Season, _ timing: ChangeTiming) -> [Int] {
        let interval = Int(timing.interval.components.seconds)
        var last = season.start
        var changes: [Int] = []
        for second in (season.start + 1)...season.end {
            let isDue =
                switch timing.base {
                case .lastChange: second - last == interval
                case .minuteOfHour(let minute): self.isHourly(second, last, minute * 60, interval)
                case .minuteOfDay(let minute): self.isDaily(second, last, minute * 60, interval)
                }
            guard isDue else { continue }
            changes.append(second)
            last = second
        }
        return changes
    }

    /// In every hour from its base on; or every so many hours from the base of the last change's hour.
    private func isHourly(_ second: Int, _ last: Int, _ base: Int, _ interval: Int) -> Bool {
        let sinceBase = (second - base + 86_400) % 3600
        guard interval >= 3600 else { return sinceBase % interval == 0 }
        let lastBase = last - (last - base + 86_400) % 3600
        return second == lastBase + interval
    }

    /// By the label on the clock. Photos that change at least hourly go by every label they meet; those that stay longer
    /// ignore a label that comes again and make up for one that is left out.
    private func isDaily(_ second: Int, _ last: Int, _ base: Int, _ interval: Int) -> Bool {
        let (label, lastLabel) = (Vienna.label(second), Vienna.label(last))
        func sinceBase(_ label: Int) -> Int { (label - base) % 86_400 }
        if interval < 3600 { return sinceBase(label) % interval == 0 }
        let day = lastLabel - sinceBase(lastLabel)
        let steps = sinceBase(lastLabel) / interval + 1
        let point = interval < 86_400 ? min(day + steps * interval, day + 86_400) : day + interval
        return label >= point
    }
}
