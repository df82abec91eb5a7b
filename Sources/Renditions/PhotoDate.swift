/// When a photo was taken, as the camera's clock said: local time, and its distance from UTC where the camera knew it.
///
/// Kept as the camera wrote it (EXIF DateTimeOriginal and OffsetTimeOriginal): without an offset there is no instant,
/// and guessing one would move evenings into other days.
package struct PhotoDate: Hashable, Codable, Sendable {
    /// `yyyy-MM-ddTHH:mm:ss`: sorts as text.
    package let localText: String
    /// Minutes east of UTC, or `nil` where the camera did not say.
    package let offsetMinutes: Int?

    /// Reads EXIF's `2026:05:01 19:30:00` and `+02:00`.
    ///
    /// - Returns: `nil` for a date that is not one (cameras without a set clock write zeros or blanks).
    package init?(exif text: String, offset: String?) {
        let digits = text.utf8.map { (0x30...0x39).contains($0) ? Int($0) - 0x30 : nil }
        guard digits.count >= 19 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            range.reduce(Int?(0)) { sum, index in
                guard let sum, let digit = digits[index] else { return nil }
                return sum * 10 + digit
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            year >= 1800, (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        func padded(_ value: Int, _ width: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        self.localText =
            "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(padded(hour)):\(padded(minute)):\(padded(min(second, 59)))"
        self.offsetMinutes = offset.flatMap(Self.minutes(fromOffset:))
    }

    /// Takes what ``localText`` and ``offsetMinutes`` gave.
    package init(localText: String, offsetMinutes: Int?) {
        self.localText = localText
        self.offsetMinutes = offsetMinutes
    }

    /// The same moment by a clock that is `seconds` ahead; `nil` outside the years 1800 through 9999.
    package func shifted(bySeconds seconds: Int) -> PhotoDate? {
        guard let days = Self.dayNumber(self.localText), let second = Self.secondOfDay(self.localText) else {
            return nil
        }
        let total = days * 86_400 + second + seconds
        let day = total >= 0 ? total / 86_400 : (total - 86_399) / 86_400
        let (year, month, date) = Self.civil(day)
        guard (1800...9999).contains(year) else { return nil }
        let rest = total - day * 86_400
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return PhotoDate(
            localText:
                "\(year)-\(padded(month))-\(padded(date))T\(padded(rest / 3_600)):\(padded(rest / 60 % 60)):\(padded(rest % 60))",
            offsetMinutes: self.offsetMinutes)
    }

    private static func secondOfDay(_ text: String) -> Int? {
        let parts = text.dropFirst(11).prefix(8).split(separator: ":").compactMap { Int($0) }
        return parts.count == 3 ? parts[0] * 3_600 + parts[1] * 60 + parts[2] : nil
    }

    /// Days since 1970-01-01 in the Gregorian calendar.
    private static func dayNumber(_ text: String) -> Int? {
        let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        // The year begins in March, so that the leap day is its last.
        let year = parts[1] <= 2 ? parts[0] - 1 : parts[0]
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (parts[1] + (parts[1] > 2 ? -3 : 9)) + 2) / 5 + parts[2] - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let number = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (number <= 2 ? 1 : 0), number, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    /// ISO 8601, with the offset where it is known: `2026-05-01T19:30:00+02:00`.
    package var iso8601: String {
        guard let offsetMinutes else { return self.localText }
        let minutes = abs(offsetMinutes)
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(self.localText)\(offsetMinutes < 0 ? "-" : "+")\(padded(minutes / 60)):\(padded(minutes % 60))"
    }

    private static func minutes(fromOffset text: String) -> Int? {
        let bytes = Array(text.utf8.prefix(6))
        if bytes.first == UInt8(ascii: "Z") { return 0 }
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            let hours = Int(String(decoding: bytes[1...2], as: UTF8.self)), (0...14).contains(hours),
            let minutes = Int(String(decoding: bytes[4...5], as: UTF8.self)), (0..<60).contains(minutes)
        else { return nil }
        return (bytes[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
