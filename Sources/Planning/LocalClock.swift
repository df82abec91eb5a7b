import Foundation

/// The wall clock of a place: from instants to what it shows, and back.
///
/// Instants are whole seconds since 1970-01-01 00:00 UTC.
package struct LocalClock: Sendable {
    package let zone: TimeZone

    package init(_ zone: TimeZone) { self.zone = zone }

    /// - Parameter identifier: Of the IANA time zone database, such as `Europe/Vienna`.
    package init?(identifier: String) {
        // Foundation takes abbreviations too, which name different places in different countries.
        guard identifier == "UTC" || identifier.contains("/"), let zone = TimeZone(identifier: identifier) else {
            return nil
        }
        self.zone = zone
    }

    /// What the clock shows; the time's seconds are cut off.
    package func reading(at instant: Int) -> (date: LocalDate, time: MinuteOfDay) {
        let local = instant + self.offset(at: instant)
        let day = floorDivide(local, 86_400)
        // Always in range: a day has 1440 minutes.
        let time = MinuteOfDay(minutes: (local - day * 86_400) / 60) ?? .midnight
        return (LocalDate(dayNumber: day), time)
    }

    /// The first instant at which the clock shows `date` and `time`, or something later.
    ///
    /// So a time that the clock skips in spring is the instant of the skip, and of a time that comes twice in autumn the
    /// first counts.
    package func firstInstant(of date: LocalDate, _ time: MinuteOfDay) -> Int {
        let wanted = date.dayNumber * 86_400 + time.minutes * 60
        // No place is, or was, 16 hours from UTC.
        var start = wanted - 16 * 3600
        let end = wanted + 16 * 3600
        while start < end {
            let offset = self.offset(at: start)
            let next = self.nextChange(after: start, until: end)
            if next + offset > wanted { return max(start, wanted - offset) }
            start = next
        }
        return end
    }

    /// What the clock adds to UTC, in seconds.
    package func offset(at instant: Int) -> Int {
        self.zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant)))
    }

    /// The first instant after `start` with another offset, or `end` when there is none before it.
    private func nextChange(after start: Int, until end: Int) -> Int {
        let offset = self.offset(at: start)
        var probe = start
        while probe < end {
            // No place changes its clock to and fro within three hours.
            let next = min(probe + 3 * 3600, end)
            if self.offset(at: next) != offset {
                var (same, different) = (probe, next)
                while different - same > 1 {
                    let middle = (same + different) / 2
                    if self.offset(at: middle) == offset { same = middle } else { different = middle }
                }
                return different
            }
            probe = next
        }
        return end
    }
}

func floorDivide(_ dividend: Int, _ divisor: Int) -> Int {
    dividend >= 0 ? dividend / divisor : -((-dividend + divisor - 1) / divisor)
}
