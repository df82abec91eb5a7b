import Planning
import TestSupport

extension SeededGenerator {
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// A random schedule over 2025, whose choices are the rules' indices.
    mutating func schedule() -> Schedule<Int> {
        let rules = (0..<self.number(1...4)).map { index in
            Schedule<Int>.Rule(
                index, weekdays: Set(Weekday.allCases.filter { _ in self.number(0...3) > 0 }), hours: self.hours(),
                dates: self.dates(), priority: self.number(0...2))
        }
        return Schedule(rules: rules, fallback: self.number(0...1) == 0 ? nil : -1)
    }

    private mutating func hours() -> DailySpan {
        // Half of them in the small hours, where clocks are changed.
        let latest = self.number(0...1) == 0 ? 240 : 1440
        let times = (0..<2).map { _ in MinuteOfDay(minutes: self.number(0...latest)) ?? .midnight }
        return DailySpan(from: times[0], to: times[1])
    }

    private mutating func dates() -> DateSpan {
        let start = LocalDate(dayNumber: 20_089 + self.number(0...365))
        switch self.number(0...4) {
        case 0: return .between(start, start.advanced(by: self.number(0...200)))
        case 1: return .between(nil, start)
        case 2:
            let parts = [start, LocalDate(dayNumber: 20_089 + self.number(0...365))].map(\.parts)
            let ends = parts.compactMap { YearlyDate(month: $0.month, day: $0.day) }
            return .everyYear(ends[0], ends[1])
        default: return .always
        }
    }
}
