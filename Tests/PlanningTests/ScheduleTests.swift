import Foundation
import Planning
import TestSupport
import Testing

struct ScheduleTests {
    private static func time(_ text: String) throws -> MinuteOfDay { try #require(MinuteOfDay(text)) }

    private static func span(_ from: String, _ to: String) throws -> DailySpan {
        DailySpan(from: try Self.time(from), to: try Self.time(to))
    }

    private static func instant(_ text: String) throws -> Int {
        Int(try Date(text, strategy: .iso8601).timeIntervalSince1970)
    }

    @Test func datesAreCountedAsFoundationCountsThem() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        // The Gregorian calendar began in 1582; Foundation's is Julian before.
        for day in stride(from: -141_000, through: 200_000, by: 37) {
            let date = LocalDate(dayNumber: day)
            let parts = calendar.dateComponents(
                [.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            #expect(date.parts.year == parts.year && date.parts.month == parts.month && date.parts.day == parts.day)
            #expect(Weekday.allCases.firstIndex(of: date.weekday) == ((parts.weekday ?? 0) + 5) % 7)
            #expect(LocalDate(date.description) == date)
        }
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "2026-01-00", "", "2026-01-01x"])
    func whatIsNoDateIsRefused(text: String) { #expect(LocalDate(text) == nil) }

    @Test(arguments: ["24:01", "7", "07:60", "-1:00", "07:3", "a:bc", ""])
    func whatIsNoTimeIsRefused(text: String) { #expect(MinuteOfDay(text) == nil) }

    @Test(arguments: ["Nowhere/Town", "CET", "", "GMT+2"])
    func whatIsNoTimeZoneIsRefused(identifier: String) { #expect(LocalClock(identifier: identifier) == nil) }

    @Test func aTimeThatTheClockSkipsIsTheInstantOfTheSkip() throws {
        let vienna = try #require(LocalClock(identifier: "Europe/Vienna"))
        let spring = try #require(LocalDate("2026-03-29"))
        let skip = try Self.instant("2026-03-29T01:00:00Z")
        #expect(vienna.firstInstant(of: spring, try Self.time("02:00")) == skip)
        #expect(vienna.firstInstant(of: spring, try Self.time("02:59")) == skip)
        #expect(vienna.firstInstant(of: spring, try Self.time("03:00")) == skip)
        #expect(vienna.firstInstant(of: spring, try Self.time("03:01")) == skip + 60)
    }

    @Test func ofATimeThatComesTwiceTheFirstCounts() throws {
        let vienna = try #require(LocalClock(identifier: "Europe/Vienna"))
        let autumn = try #require(LocalDate("2026-10-25"))
        #expect(
            vienna.firstInstant(of: autumn, try Self.time("02:30")) == (try Self.instant("2026-10-25T00:30:00Z")))
        let night = try Self.span("22:00", "02:30").instants(on: autumn.advanced(by: -1), clock: vienna)
        #expect(night.count == 4 * 3600 + 1800, "it does not begin again when the clock goes back")
    }

    @Test func aDayThatAPlaceLeftOutIsSkippedAsAWhole() throws {
        // Samoa went from 2011-12-29 to 2011-12-31 to be on Australia's side of the date line.
        let apia = try #require(LocalClock(identifier: "Pacific/Apia"))
        let missing = try #require(LocalDate("2011-12-30"))
        let hours = try Self.span("08:00", "18:00").instants(on: missing, clock: apia)
        #expect(hours.isEmpty)
        #expect(hours.lowerBound == (try Self.instant("2011-12-30T10:00:00Z")))
    }

    @Test func theHighestPriorityWinsAndAmongEqualsTheLastListed() throws {
        let clock = try #require(LocalClock(identifier: "UTC"))
        var schedule = Schedule<String>(fallback: "default")
        schedule.rules = [
            .init("mornings", hours: try Self.span("06:00", "12:00")),
            .init("always important", hours: try Self.span("11:00", "11:30"), priority: 1),
            .init("late mornings", hours: try Self.span("10:00", "12:00")),
        ]
        let day = try Self.instant("2026-11-23T00:00:00Z")
        let segments = schedule.segments(in: day..<(day + 86_400), clock: clock)
        #expect(
            segments.map(\.choice) == [
                "default", "mornings", "late mornings", "always important", "late mornings", "default",
            ])
        #expect(segments.map(\.rule) == [nil, 0, 2, 1, 2, nil])
        #expect(segments.map { ($0.instants.lowerBound - day) / 1800 } == [0, 12, 20, 22, 23, 24])
        #expect(schedule.nextChange(after: day, within: 86_400, clock: clock) == day + 6 * 3600)
        #expect(schedule.nextChange(after: day, within: 3600, clock: clock) == nil)
    }

    @Test func hoursOverMidnightBelongToTheDayTheyBeginOn() throws {
        let clock = try #require(LocalClock(identifier: "UTC"))
        let party = Schedule(
            rules: [.init("party", weekdays: [.saturday], hours: try Self.span("20:00", "03:00"))], fallback: "calm")
        // 2026-11-21 is a Saturday.
        #expect(party.decision(at: try Self.instant("2026-11-21T02:00:00Z"), clock: clock).choice == "calm")
        #expect(party.decision(at: try Self.instant("2026-11-21T23:00:00Z"), clock: clock).choice == "party")
        #expect(party.decision(at: try Self.instant("2026-11-22T02:59:59Z"), clock: clock).choice == "party")
        #expect(party.decision(at: try Self.instant("2026-11-22T03:00:00Z"), clock: clock).choice == "calm")
    }

    @Test func datesMayReachOverNewYear() throws {
        let winter = DateSpan.everyYear(try #require(YearlyDate("12-24")), try #require(YearlyDate("01-06")))
        for (text, isIn) in [("2026-12-23", false), ("2026-12-24", true), ("2027-01-06", true), ("2027-01-07", false)] {
            #expect(winter.contains(try #require(LocalDate(text))) == isIn, "\(text)")
        }
        let start: LocalDate = try #require(LocalDate("2026-05-01"))
        let open = DateSpan.between(start, nil)
        #expect(!open.contains(try #require(LocalDate("2026-04-30"))))
        #expect(open.contains(try #require(LocalDate("2031-01-01"))))
    }

    /// Places whose clocks change in every way there is: by an hour, by half an hour, at midnight, south of the equator,
    /// not at all.
    @Test(arguments: [
        "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns",
        "Asia/Kathmandu",
    ])
    func itAgreesWithTheWallClockReadMinuteByMinute(zone: String) throws {
        let cases = 10_000 / 6 + 1
        let clock = try #require(LocalClock(identifier: zone))
        let year = try Self.instant("2025-01-01T00:00:00Z") / 60
        let table = MinuteTable(zone: zone, start: year, count: 366 * 1440)
        let changes = (1..<table.local.count).filter { table.local[$0] - table.local[$0 - 1] != 1 }
        var generator = SeededGenerator(seed: 2025)
        for number in 0..<cases {
            let schedule = generator.schedule()
            // Half of them near a change of the clock, if there is one.
            var minute = generator.number(4 * 1440...361 * 1440)
            if let change = changes.randomElement(using: &generator), number % 2 == 0 {
                minute = min(max(change + generator.number(-2000...2000), 4 * 1440), 361 * 1440)
            }
            let found = schedule.decision(at: (year + minute) * 60 + generator.number(0...59), clock: clock)
            let expected = try Self.obvious(schedule, at: year + minute, table)
            #expect(found.rule == expected, "\(zone), case \(number), minute \(year + minute): \(schedule)")
        }
    }

    /// The rule that decides: looks at every rule and both days it may have begun on.
    private static func obvious(_ schedule: Schedule<Int>, at minute: Int, _ table: MinuteTable) throws -> Int? {
        var best: Int?
        let today = table.local[minute - table.start] / 1440
        for (index, rule) in schedule.rules.enumerated() {
            for day in [today - 1, today] {
                let date = LocalDate(dayNumber: day)
                guard rule.weekdays.contains(date.weekday), rule.dates.contains(date) else { continue }
                let endDay = rule.hours.to.minutes > rule.hours.from.minutes ? day : day + 1
                let start = try #require(table.firstMinute(showing: day * 1440 + rule.hours.from.minutes))
                let end = try #require(table.firstMinute(showing: endDay * 1440 + rule.hours.to.minutes))
                guard start <= minute, minute < end else { continue }
                if best.map({ rule.priority >= schedule.rules[$0].priority }) ?? true { best = index }
            }
        }
        return best
    }

    @Test func segmentsSayWhatEachInstantSays() throws {
        var generator = SeededGenerator(seed: 7)
        let clock = try #require(LocalClock(identifier: "Europe/Vienna"))
        let week = 7 * 86_400
        for _ in 0..<60 {
            let schedule = generator.schedule()
            // The week of the change in spring.
            let start = try Self.instant("2026-03-25T00:00:00Z") + generator.number(0...86_400)
            let segments = schedule.segments(in: start..<(start + week), clock: clock)
            #expect(segments.first?.instants.lowerBound == start)
            #expect(segments.last?.instants.upperBound == start + week)
            for (left, right) in zip(segments, segments.dropFirst()) {
                #expect(left.instants.upperBound == right.instants.lowerBound)
                #expect(left.rule != right.rule)
            }
            for _ in 0..<100 {
                let instant = start + generator.number(0...(week - 1))
                let segment = try #require(segments.first { $0.instants.contains(instant) })
                #expect(segment.rule == schedule.decision(at: instant, clock: clock).rule)
            }
        }
    }
}
