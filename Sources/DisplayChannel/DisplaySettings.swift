import Planning

/// Everything about a display that its owner can set; one JSON object under `/<id>:settings`.
///
/// Reading is lenient, because older servers and people with `etcdctl` write it too: unknown members are ignored,
/// numbers may come as strings, and a value out of range is clamped and named in ``Reading/warnings``.
package struct DisplaySettings: Hashable, Sendable {
    package enum Orientation: String, Sendable, CaseIterable { case horizontal = "H", vertical = "V", square = "S" }
    package enum IntervalUnits: String, Sendable, CaseIterable { case seconds, minutes, hours, days }
    package enum Transition: String, Sendable, CaseIterable {
        case cut, crossfade, fadeThroughBlack = "fade_through_black"
    }
    package enum Fit: String, Sendable, CaseIterable { case contain, cover }
    package enum Background: String, Sendable, CaseIterable { case black, blur, mat }
    package enum CaptionPart: String, Sendable, CaseIterable { case title, date, place, album }
    package enum Order: String, Sendable, CaseIterable {
        case shuffle
        case asListed = "as_listed"
        case newestFirst = "newest_first"
    }

    // Members of the older system.
    package var name = ""
    package var description = ""
    package var orientation = Orientation.horizontal
    /// When the first change of an hour or day falls: `*:*` (any time), `HH:MM`, or `*:MM`.
    package var intervalBase = "*:*"
    /// 0.1 to 100,000, in ``intervalUnits``.
    package var intervalTime = 30.0
    package var intervalUnits = IntervalUnits.seconds
    /// 0 to 100: how far, in percent, one interval may differ from the next.
    package var variancePercent = 0.0
    /// Changes at random moments whose half-life is the interval, so that screens do not tick together.
    package var useHalflife = false
    /// 0 to 4; 1 leaves the photo as it is.
    package var brightness = 1.0
    /// 0 to 4; 1 leaves the photo as it is.
    package var contrast = 1.0
    /// 0 to 4; 1 leaves the photo as it is, 0 is grey.
    package var saturation = 1.0
    package var logLevel = "info"

    // Members of this system.
    package var transition = Transition.crossfade
    /// 0 to 60,000.
    package var transitionMilliseconds = 1000.0
    package var fit = Fit.contain
    package var background = Background.black
    package var order = Order.shuffle
    package var shuffleSeed: UInt64 = 0
    /// 0, 90, 180 or 270 degrees clockwise.
    package var rotation = 0
    /// What is written below each photo, in this order.
    package var caption: [CaptionPart] = []
    /// Whether the time of day is shown.
    package var showsClock = false
    /// Where the display hangs, as the IANA database names it; empty for the display's own setting.
    package var timeZone = ""
    /// At most ``hoursLimit``.
    package var sleep: [SleepHours] = []
    /// At most ``hoursLimit``; where they overlap the last counts.
    package var dim: [DimHours] = []

    package static let hoursLimit = 32

    package init() {}

    /// Settings, and what had to be ignored or clamped to get them.
    package struct Reading: Hashable, Sendable {
        package var settings: DisplaySettings
        package var warnings: [String]
    }
}
