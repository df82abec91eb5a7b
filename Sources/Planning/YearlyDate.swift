/// A day that comes every year, such as Christmas Eve. February 29 is March 1 in a year without it.
package struct YearlyDate: Hashable, Comparable, Sendable {
    package let month: Int
    package let day: Int

    /// - Returns: nil unless some year has such a day.
    package init?(month: Int, day: Int) {
        guard (1...12).contains(month), (1...LocalDate.days(inMonth: month, year: 2000)).contains(day) else {
            return nil
        }
        self.month = month
        self.day = day
    }

    /// - Parameter text: Month and day as ISO 8601 orders them: `12-24`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let month = digits(parts[0], 2), let day = digits(parts[1], 2) else { return nil }
        self.init(month: month, day: day)
    }

    package static func < (left: YearlyDate, right: YearlyDate) -> Bool {
        (left.month, left.day) < (right.month, right.day)
    }
}

extension YearlyDate: CustomStringConvertible {
    package var description: String { "\(padded(self.month, 2))-\(padded(self.day, 2))" }
}
