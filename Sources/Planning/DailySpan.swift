/// Hours of a day, such as `08:00` to `18:30`. When `to` is not after `from` it ends on the next day.
package struct DailySpan: Hashable, Sendable {
    package var from: MinuteOfDay
    package var to: MinuteOfDay

    /// Equal times mean a whole day, from that time to that time.
    package init(from: MinuteOfDay, to: MinuteOfDay) {
        self.from = from
        self.to = to
    }

    package static let wholeDay = DailySpan(from: .midnight, to: MinuteOfDay(minutes: 1440) ?? .midnight)

    /// The instants of the span that begins on `date`. Empty when the clock skips it.
    package func instants(on date: LocalDate, clock: LocalClock) -> Range<Int> {
        let start = clock.firstInstant(of: date, self.from)
        let end = clock.firstInstant(of: self.to > self.from ? date : date.advanced(by: 1), self.to)
        return start..<max(start, end)
    }
}
