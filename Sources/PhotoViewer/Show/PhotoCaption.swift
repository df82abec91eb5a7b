import DisplayChannel
import Foundation

/// What can be written below a photo.
struct PhotoCaption: Hashable, Sendable {
    var title: String?
    /// ISO 8601, with or without an offset.
    var date: String?
    var place: String?
    var album: String?

    /// The parts that are known, on one line.
    func text(_ parts: [DisplaySettings.CaptionPart], locale: Locale) -> String {
        let texts = parts.compactMap { part -> String? in
            switch part {
            case .title: self.title
            case .date: self.date.map { Self.day($0, locale: locale) }
            case .place: self.place
            case .album: self.album
            }
        }
        return texts.filter { !$0.isEmpty }.joined(separator: " · ")
    }

    /// The day as people of the locale write it. A camera's date has no zone: it is the day where the photo was taken.
    private static func day(_ text: String, locale: Locale) -> String {
        let digits = text.prefix(10).split(separator: "-").map { Int($0) }
        guard digits.count == 3, let year = digits[0], let month = digits[1], let day = digits[2],
            let zone = TimeZone(secondsFromGMT: 0)
        else { return String(text.prefix(10)) }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        guard let date = calendar.date(from: DateComponents(year: year, month: month, day: day)) else {
            return String(text.prefix(10))
        }
        return date.formatted(
            Date.FormatStyle(date: .long, time: .omitted, locale: locale, calendar: calendar, timeZone: zone))
    }
}

/// The time of day as people of a locale write it.
enum ClockFace {
    static func text(at wall: Duration, in zone: TimeZone, locale: Locale) -> String {
        Date(timeIntervalSince1970: wall / .seconds(1))
            .formatted(Date.FormatStyle(date: .omitted, time: .shortened, locale: locale, timeZone: zone))
    }
}

/// The language of what is written beside photos.
enum ScreenLanguage {
    /// The setting's, else the one this machine was set to by LC_ALL, LC_TIME or LANG. Foundation does not look at
    /// these by itself on Linux.
    ///
    /// - Parameter setting: A BCP 47 tag, or empty.
    static func locale(
        setting: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Locale {
        guard setting.isEmpty else { return Locale(identifier: setting) }
        let names = ["LC_ALL", "LC_TIME", "LANG"].compactMap { environment[$0] }.filter { !$0.isEmpty }
        // As in de_AT.UTF-8@euro.
        let name = names.first.map { String($0.prefix { $0 != "." && $0 != "@" }) } ?? "C"
        return Locale(identifier: name == "C" || name == "POSIX" ? "en_001" : name)
    }
}
