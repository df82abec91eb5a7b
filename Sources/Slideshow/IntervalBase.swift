/// Where the grid of change times is anchored: the setting `interval_base`.
package enum IntervalBase: Hashable, Sendable {
    /// `*:*`: nowhere; an interval counts from the last change.
    case lastChange
    /// `*:MM`: at this minute of every hour, local time.
    case minuteOfHour(Int)
    /// `HH:MM`: at this minute of every day, local time.
    case minuteOfDay(Int)

    /// Reads `*:*`, `*:MM` or `HH:MM`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        if parts[0] == "*", parts[1] == "*" {
            self = .lastChange
            return
        }
        guard let minute = Int(parts[1]), (0..<60).contains(minute) else { return nil }
        if parts[0] == "*" {
            self = .minuteOfHour(minute)
            return
        }
        guard let hour = Int(parts[0]), (0..<24).contains(hour) else { return nil }
        self = .minuteOfDay(hour * 60 + minute)
    }
}
