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
    package enum Motion: String, Sendable, CaseIterable { case none, kenBurns = "ken_burns" }

    // Members of the older system.
    package var name = ""
    package var description = ""
    package var orientation = Orientation.horizontal
    /// When the first change of an hour or day falls: `*:*` (any time), `HH:MM`, or `*:MM`.
    package var intervalBase = "*:*"
    /// ``Limits/intervalTime``, in ``intervalUnits``.
    package var intervalTime = 30.0
    package var intervalUnits = IntervalUnits.seconds
    /// ``Limits/variancePercent``: how far, in percent, one interval may differ from the next.
    package var variancePercent = 0.0
    /// Changes at random moments whose half-life is the interval, so that screens do not tick together.
    package var useHalflife = false
    /// ``Limits/adjustment``; 1 leaves the photo as it is.
    package var brightness = 1.0
    /// ``Limits/adjustment``; 1 leaves the photo as it is.
    package var contrast = 1.0
    /// ``Limits/adjustment``; 1 leaves the photo as it is, 0 is grey.
    package var saturation = 1.0
    package var logLevel = "info"

    // Members of this system.
    package var transition = Transition.crossfade
    /// ``Limits/transitionMilliseconds``.
    package var transitionMilliseconds = 1000.0
    package var fit = Fit.contain
    package var background = Background.black
    package var order = Order.shuffle
    /// 0 for one of the display's own.
    package var shuffleSeed: UInt64 = 0
    /// Whether two upright photos share a screen that lies, where they fit.
    package var pairsPortraits = false
    /// Whether a photo moves while it is shown.
    package var motion = Motion.none
    /// 0, 90, 180 or 270 degrees clockwise.
    package var rotation = 0
    /// What is written below each photo, in this order.
    package var caption: [CaptionPart] = []
    /// Whether the time of day is shown.
    package var showsClock = false
    /// Where the display hangs, as the IANA database names it; empty for the display's own setting.
    package var timeZone = ""
    /// The language of dates and times on the screen, a BCP 47 tag such as `de-AT`; empty for the display's own setting.
    package var language = ""
    /// The name of the group that the display hangs in; empty for none.
    package var group = ""
    /// Whether photos change at the wall-clock instants that are whole multiples of the interval since 1970-01-01 00:00
    /// UTC, and which photo is shown follows from the number of that instant: displays with equal playlists, intervals
    /// and seeds then show the same photo at the same time. Variance, half-life and ``intervalBase`` have no effect.
    package var groupClock = false
    /// At most ``Limits/hours``.
    package var sleep: [SleepHours] = []
    /// At most ``Limits/hours``; where they overlap the last counts.
    package var dim: [DimHours] = []

    package init() {}

    /// What each member may be: for reading, and for the forms that write them.
    package enum Limits {
        package static let intervalTime = 0.1...100_000.0
        package static let variancePercent = 0.0...100.0
        /// Brightness, contrast and saturation.
        package static let adjustment = 0.0...4.0
        package static let transitionMilliseconds = 0.0...60_000.0
        /// Degrees clockwise.
        package static let rotations = [0, 90, 180, 270]
        package static let nameCharacters = 200
        package static let descriptionCharacters = 2000
        /// Entries of ``DisplaySettings/sleep`` and of ``DisplaySettings/dim``.
        package static let hours = 32
        /// Past 2^53 a JSON number is no longer exact, so that is where seeds end.
        package static let shuffleSeed: UInt64 = 1 << 53
    }

    /// Settings, and what had to be ignored or clamped to get them.
    package struct Reading: Hashable, Sendable {
        package var settings: DisplaySettings
        package var warnings: [String]
    }
}
