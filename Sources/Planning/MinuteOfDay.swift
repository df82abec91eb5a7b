/// What a wall clock shows: `00:00` to `24:00`, the last being the next day's `00:00`.
package struct MinuteOfDay: Hashable, Comparable, Sendable {
    /// 0 to 1440.
    package let minutes: Int

    package static let midnight = MinuteOfDay(0)

    private init(_ minutes: Int) { self.minutes = minutes }

    /// - Returns: nil unless `minutes` is 0 to 1440.
    package init?(minutes: Int) {
        guard (0...1440).contains(minutes) else { return nil }
        self.init(minutes)
    }

    /// - Parameter text: `07:30`, or `7:30`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let hour = digits(parts[0], 2) ?? digits(parts[0], 1),
            let minute = digits(parts[1], 2), minute < 60
        else { return nil }
        self.init(minutes: hour * 60 + minute)
    }

    package static func < (left: MinuteOfDay, right: MinuteOfDay) -> Bool { left.minutes < right.minutes }
}

extension MinuteOfDay: CustomStringConvertible {
    package var description: String { "\(padded(self.minutes / 60, 2)):\(padded(self.minutes % 60, 2))" }
}
