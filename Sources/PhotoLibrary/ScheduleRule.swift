import Foundation
import Planning

/// One line of a display's or group's schedule: an album, and when it is shown.
///
/// As JSON: `{"album": 3, "days": ["sat", "sun"], "from": "08:00", "to": "18:00", "priority": 0}`, and `"firstDay"` and
/// `"lastDay"` (`2026-12-24`, either may be left out), or with `"everyYear": true` both of them as `12-24`.
package struct ScheduleRule: Hashable, Sendable {
    package var album: AlbumID
    /// Those on which the hours begin.
    package var days: Set<Weekday>
    /// In the display's own time zone; where `to` is not after `from`, to the next day.
    package var hours: DailySpan
    /// On which of the days.
    package var dates: DateSpan
    /// ``priorities``; the highest wins, among equals the one listed last.
    package var priority: Int

    package static let priorities = -100...100
    /// How many rules a schedule may have.
    package static let countMaximum = 50

    package init(
        _ album: AlbumID, days: Set<Weekday> = Set(Weekday.allCases), hours: DailySpan = .wholeDay,
        dates: DateSpan = .always, priority: Int = 0
    ) {
        self.album = album
        self.days = days
        self.hours = hours
        self.dates = dates
        self.priority = priority
    }

    /// In words, without the album: `Sat and Sun, 08:00 to 18:00, from 2026-12-01`.
    package var sentence: String {
        var parts: [String] = []
        let named = Weekday.allCases.filter(self.days.contains)
        if named.count == 7 {
            parts.append("every day")
        } else if named == Array(Weekday.allCases.prefix(5)) {
            parts.append("Monday to Friday")
        } else if named == Array(Weekday.allCases.suffix(2)) {
            parts.append("Saturday and Sunday")
        } else {
            parts.append(named.map(\.name).joined(separator: ", "))
        }
        if self.hours != .wholeDay { parts.append("\(self.hours.from) to \(self.hours.to)") }
        switch self.dates {
        case .always: break
        case .between(let first?, let last?): parts.append("\(first) to \(last)")
        case .between(let first?, nil): parts.append("from \(first)")
        case .between(nil, let last?): parts.append("until \(last)")
        case .between(nil, nil): break
        case .everyYear(let first, let last): parts.append("every year \(first) to \(last)")
        }
        return parts.joined(separator: ", ")
    }
}

extension Weekday {
    /// In English: `Monday`.
    package var name: String {
        switch self {
        case .monday: "Monday"
        case .tuesday: "Tuesday"
        case .wednesday: "Wednesday"
        case .thursday: "Thursday"
        case .friday: "Friday"
        case .saturday: "Saturday"
        case .sunday: "Sunday"
        }
    }
}

extension ScheduleRule: Codable {
    private enum CodingKeys: String, CodingKey { case album, days, from, to, firstDay, lastDay, everyYear, priority }

    /// - Throws: ``PhotoLibraryError`` with code `invalidChange`, naming the rule, the member and what it may be.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let number = decoder.codingPath.last?.intValue.map { "Rule \($0 + 1)" } ?? "The rule"
        func refuse(_ member: CodingKeys, _ what: String) -> PhotoLibraryError {
            PhotoLibraryError(.invalidChange, "\(number): “\(member.stringValue)” must be \(what).")
        }
        func value<Value: Decodable>(_ key: CodingKeys, _ what: String, _ type: Value.Type = Value.self) throws
            -> Value?
        {
            do {
                return try container.decodeIfPresent(type, forKey: key)
            } catch is DecodingError {
                throw refuse(key, what)
            }
        }
        guard let album = try value(.album, "an album's number", AlbumID.self) else {
            throw refuse(.album, "an album's number")
        }
        self.album = album
        let days = "a list of mon, tue, wed, thu, fri, sat and sun, one at least"
        self.days = Set(try value(.days, days, [Weekday].self) ?? Weekday.allCases)
        guard !self.days.isEmpty else { throw refuse(.days, days) }
        func minute(_ key: CodingKeys, _ missing: MinuteOfDay) throws -> MinuteOfDay {
            guard let text = try value(key, "a time from 00:00 to 24:00", String.self) else { return missing }
            guard let time = MinuteOfDay(text) else { throw refuse(key, "a time from 00:00 to 24:00") }
            return time
        }
        self.hours = DailySpan(
            from: try minute(.from, DailySpan.wholeDay.from), to: try minute(.to, DailySpan.wholeDay.to))
        let first = try value(.firstDay, "a day such as 2026-12-24", String.self)
        let last = try value(.lastDay, "a day such as 2026-12-24", String.self)
        if try value(.everyYear, "true or false", Bool.self) ?? false {
            func yearly(_ key: CodingKeys, _ text: String?) throws -> YearlyDate {
                let parts = text.map { LocalDate($0)?.parts } ?? nil
                let date = parts.flatMap { YearlyDate(month: $0.month, day: $0.day) } ?? text.flatMap { YearlyDate($0) }
                guard let date else { throw refuse(key, "month and day such as 12-24") }
                return date
            }
            self.dates = .everyYear(try yearly(.firstDay, first), try yearly(.lastDay, last))
        } else {
            func day(_ key: CodingKeys, _ text: String?) throws -> LocalDate? {
                guard let text else { return nil }
                guard let date = LocalDate(text) else { throw refuse(key, "a day such as 2026-12-24") }
                return date
            }
            let (from, to) = (try day(.firstDay, first), try day(.lastDay, last))
            if let from, let to, to < from { throw refuse(.lastDay, "the first day or later") }
            self.dates = from == nil && to == nil ? .always : .between(from, to)
        }
        let range = Self.priorities
        let priority = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        self.priority = try value(.priority, priority, Int.self) ?? 0
        guard range.contains(self.priority) else { throw refuse(.priority, priority) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.album, forKey: .album)
        try container.encode(Weekday.allCases.filter(self.days.contains), forKey: .days)
        try container.encode(self.hours.from.description, forKey: .from)
        try container.encode(self.hours.to.description, forKey: .to)
        switch self.dates {
        case .always: break
        case .between(let first, let last):
            try container.encodeIfPresent(first?.description, forKey: .firstDay)
            try container.encodeIfPresent(last?.description, forKey: .lastDay)
        case .everyYear(let first, let last):
            try container.encode(first.description, forKey: .firstDay)
            try container.encode(last.description, forKey: .lastDay)
            try container.encode(true, forKey: .everyYear)
        }
        try container.encode(self.priority, forKey: .priority)
    }

    static func stored(_ rules: [ScheduleRule]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(rules), as: UTF8.self)
    }
}
