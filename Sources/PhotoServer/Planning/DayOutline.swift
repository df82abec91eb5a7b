import DisplayChannel
import Foundation
import PhotoLibrary
import Planning

/// What a display shows over time, in words and in a week's table. Pure.
struct DayOutline: Sendable {
    /// One stretch of a day, in minutes of the wall clock from its midnight.
    struct Stretch: Encodable, Sendable, Equatable {
        let start: Int
        let end: Int
        let from: String
        let to: String
        /// Absent where nothing is shown.
        let album: Int64?
        let name: String?
        let text: String
        /// Whether a line of a schedule decided.
        let isRule: Bool
    }

    /// A stretch in which the screen is dark or darker.
    struct Shade: Encodable, Sendable, Equatable {
        let start: Int
        let end: Int
        /// 0, asleep, to below 1.
        let brightness: Double
        let text: String
    }

    struct Day: Encodable, Sendable, Equatable {
        let date: String
        let weekday: String
        let isToday: Bool
        /// Whether the clock is set on this day.
        let hasClockChange: Bool
        let stretches: [Stretch]
        let shades: [Shade]
    }

    struct Week: Encodable, Sendable, Equatable {
        let timeZone: String
        let from: String
        let previous: String
        let next: String
        let days: [Day]
    }

    /// What holds at one moment.
    struct Moment: Encodable, Sendable, Equatable {
        let at: Date
        let local: String
        let timeZone: String
        let album: Int64?
        let albumName: String?
        let isAsleep: Bool
        let brightness: Double
        /// Why that album.
        let because: String
        /// When the next line of the schedule decides, if that is within eight days.
        let until: Date?
        let untilLocal: String?
        /// All of it in words.
        let text: String
    }

    let planner: DisplayPlanner
    let albumNames: [AlbumID: String]
    let groupName: String?
    let settings: DisplaySettings

    private var clock: LocalClock { self.planner.clock }
    private var sleep: Schedule<Bool> {
        Schedule(rules: self.settings.sleep.map { .init(true, weekdays: $0.days, hours: $0.hours) })
    }
    private var dim: Schedule<Double> {
        Schedule(rules: self.settings.dim.map { .init($0.brightness, hours: $0.hours) })
    }

    func moment(at instant: Int) -> Moment {
        let decision = self.planner.decision(at: instant)
        let until = self.planner.nextChange(after: instant, within: 8 * 86_400)
        let isAsleep = self.sleep.decision(at: instant, clock: self.clock).choice ?? false
        let light = self.dim.decision(at: instant, clock: self.clock).choice ?? 1
        let name = decision.album.flatMap { self.albumNames[$0] }
        let local = self.local(instant)
        var text = "\(local): " + (name.map { "“\($0)”" } ?? "no album") + ", \(self.because(decision))."
        if let until { text += " Until \(self.local(until))." }
        if isAsleep {
            text += " The screen is asleep then."
        } else if light < 1 {
            text += " The screen is dimmed to \(Int((light * 100).rounded())) %."
        }
        return Moment(
            at: Date(timeIntervalSince1970: TimeInterval(instant)), local: local,
            timeZone: self.clock.zone.identifier, album: decision.album?.rawValue, albumName: name, isAsleep: isAsleep,
            brightness: isAsleep ? 0 : light, because: self.because(decision),
            until: until.map { Date(timeIntervalSince1970: TimeInterval($0)) }, untilLocal: until.map(self.local),
            text: text)
    }

    /// Why an album is shown, as a part of a sentence.
    func because(_ decision: DisplayPlanner.Decision) -> String {
        let group = self.groupName.map { "the group “\($0)”" } ?? "the group"
        return switch (decision.source, decision.rule) {
        case (.display, nil) where decision.album == nil: "as nobody has chosen one"
        case (.display, nil): "this display's own album"
        case (.display, let rule?): "by this display's schedule: \(rule.sentence)"
        case (.group, nil): "the album of \(group)"
        case (.group, let rule?): "by the schedule of \(group): \(rule.sentence)"
        }
    }

    /// The seven days from the Monday on or before a date.
    func week(of date: LocalDate, now: Int) -> Week {
        let monday = date.advanced(by: -(Weekday.allCases.firstIndex(of: date.weekday) ?? 0))
        let today = self.clock.reading(at: now).date
        return Week(
            timeZone: self.clock.zone.identifier, from: monday.description,
            previous: monday.advanced(by: -7).description, next: monday.advanced(by: 7).description,
            days: (0..<7).map { self.day(monday.advanced(by: $0), isToday: monday.advanced(by: $0) == today) })
    }

    private func day(_ date: LocalDate, isToday: Bool) -> Day {
        let start = self.clock.firstInstant(of: date, .midnight)
        let end = self.clock.firstInstant(of: date.advanced(by: 1), .midnight)
        let day = start..<max(start, end)
        /// Where on the day's wall clock something lies. An hour that comes twice is shown once.
        func minutes(_ instants: Range<Int>) -> (start: Int, end: Int) {
            let from = self.clock.reading(at: instants.lowerBound).time.minutes
            let to = instants.upperBound >= end ? 1440 : self.clock.reading(at: instants.upperBound).time.minutes
            return (from, max(from, to))
        }
        func hour(_ minutes: Int) -> String { MinuteOfDay(minutes: minutes)?.description ?? "" }
        let stretches = self.planner.segments(in: day).map { segment in
            let place = minutes(segment.instants)
            let decision = segment.decision
            return Stretch(
                start: place.start, end: place.end, from: hour(place.start), to: hour(place.end),
                album: decision.album?.rawValue, name: decision.album.flatMap { self.albumNames[$0] },
                text: self.because(decision), isRule: decision.rule != nil)
        }
        var shades: [Shade] = []
        for segment in self.dim.segments(in: day, clock: self.clock) {
            guard let light = segment.choice, light < 1 else { continue }
            let place = minutes(segment.instants)
            shades.append(
                Shade(
                    start: place.start, end: place.end, brightness: light,
                    text: "\(hour(place.start)) to \(hour(place.end)) dimmed to \(Int((light * 100).rounded())) %"))
        }
        for segment in self.sleep.segments(in: day, clock: self.clock) where segment.choice == true {
            let place = minutes(segment.instants)
            shades.append(
                Shade(
                    start: place.start, end: place.end, brightness: 0,
                    text: "\(hour(place.start)) to \(hour(place.end)) asleep"))
        }
        return Day(
            date: date.description, weekday: date.weekday.name, isToday: isToday,
            hasClockChange: self.clock.offset(at: start) != self.clock.offset(at: day.upperBound),
            stretches: stretches, shades: shades)
    }

    /// `Sunday 2026-11-29, 08:00`.
    func local(_ instant: Int) -> String {
        let (date, time) = self.clock.reading(at: instant)
        return "\(date.weekday.name) \(date), \(time)"
    }
}
