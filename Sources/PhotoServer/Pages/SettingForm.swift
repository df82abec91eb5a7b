import DisplayChannel
import Planning

/// What the page says about each setting: the only place with labels, explanations and steps. What a value may be comes
/// from ``DisplaySettings/Limits`` and the types, by which the server checks too.
enum SettingForm {
    enum Kind: Sendable {
        /// A slider over `slider`, and a number over all of `range`.
        case slider(range: ClosedRange<Double>, slider: ClosedRange<Double>, step: Double, unit: String)
        case number(range: ClosedRange<Double>, unit: String)
        case choice([(value: String, label: String)])
        case toggle
        case text(limit: Int, suggestions: [String])
        /// Any of them, in the order given.
        case parts([(value: String, label: String)])
    }

    struct Field: Sendable {
        let name: String
        let label: String
        let help: String
        let kind: Kind
    }

    struct Section: Sendable {
        let title: String
        let fields: [Field]
    }

    private typealias Limits = DisplaySettings.Limits

    static let sections: [Section] = [
        Section(
            title: "Change",
            fields: [
                Field(
                    name: "interval_time", label: "Every", help: "How long a photo stays.",
                    kind: .number(range: Limits.intervalTime, unit: "")),
                Field(
                    name: "interval_units", label: "Unit", help: "Of that time.",
                    kind: .choice([
                        ("seconds", "seconds"), ("minutes", "minutes"), ("hours", "hours"), ("days", "days"),
                    ])),
                Field(
                    name: "interval_base", label: "Counted from",
                    help: "*:* from the last change; *:00 from the full hour; 08:30 from half past eight.",
                    kind: .text(limit: 5, suggestions: ["*:*", "*:00", "*:15", "*:30", "00:00", "08:00"])),
                Field(
                    name: "variance_pct", label: "Variance", help: "How far one interval may differ from the next.",
                    kind: .slider(range: Limits.variancePercent, slider: Limits.variancePercent, step: 1, unit: "%")),
                Field(
                    name: "use_halflife", label: "At random moments",
                    help: "The interval becomes a half-life, so that screens side by side do not tick together.",
                    kind: .toggle),
                Field(
                    name: "order", label: "Order", help: "Shuffled shows every photo before any comes again.",
                    kind: .choice([
                        ("shuffle", "Shuffled"), ("as_listed", "As in the album"), ("newest_first", "Newest first"),
                    ])),
                Field(
                    name: "shuffle_seed", label: "Shuffle number",
                    help: "Another number is another order; 0 is one of the display's own.",
                    kind: .number(range: 0...Double(Limits.shuffleSeed), unit: "")),
                Field(
                    name: "transition", label: "Transition", help: "How one photo follows another.",
                    kind: .choice([
                        ("crossfade", "Crossfade"), ("fade_through_black", "Fade through black"), ("cut", "Cut"),
                    ])),
                Field(
                    name: "transition_ms", label: "It takes",
                    help: "Long fades are gentle, and work for a small board.",
                    kind: .slider(
                        range: Limits.transitionMilliseconds, slider: 0...5000, step: 100, unit: "ms")),
            ]),
        Section(
            title: "Picture",
            fields: [
                Field(
                    name: "fit", label: "Fit", help: "Whole, or cut to fill the screen.",
                    kind: .choice([("contain", "Whole photo"), ("cover", "Fill the screen")])),
                Field(
                    name: "background", label: "Around it", help: "What is seen beside a whole photo.",
                    kind: .choice([("black", "Black"), ("blur", "The photo, blurred"), ("mat", "A mat")])),
                Field(
                    name: "pair_portraits", label: "Pair upright photos",
                    help: "Two upright photos share a screen that lies.", kind: .toggle),
                Field(
                    name: "motion", label: "Motion", help: "A slow drift over the photo while it is shown.",
                    kind: .choice([("none", "None"), ("ken_burns", "Slow drift")])),
                Field(
                    name: "rotation", label: "Turned", help: "How the screen is mounted.",
                    kind: .choice([
                        ("0", "Upright"), ("90", "90° clockwise"), ("180", "Upside down"),
                        ("270", "90° counter-clockwise"),
                    ])),
                Field(
                    name: "orientation", label: "Meant for", help: "What older servers and displays call the screen.",
                    kind: .choice([("H", "Landscape"), ("V", "Portrait"), ("S", "Square")])),
            ]),
        Section(
            title: "Light",
            fields: [
                Self.adjustment("brightness", "Brightness", "1 leaves the photo as it is."),
                Self.adjustment("contrast", "Contrast", "1 leaves the photo as it is."),
                Self.adjustment("saturation", "Saturation", "1 leaves the photo as it is, 0 makes it grey."),
            ]),
        Section(
            title: "Words",
            fields: [
                Field(
                    name: "caption", label: "Below the photo", help: "In this order, as far as it is known.",
                    kind: .parts([("title", "Title"), ("date", "Date"), ("place", "Place"), ("album", "Album")])),
                Field(name: "clock", label: "Time of day", help: "In a corner of the screen.", kind: .toggle),
            ]),
        Section(
            title: "About",
            fields: [
                Field(
                    name: "description", label: "Description", help: "For you: where it hangs, who has the key.",
                    kind: .text(limit: Limits.descriptionCharacters, suggestions: [])),
                Field(
                    name: "time_zone", label: "Time zone",
                    help: "Where it hangs, such as Europe/Vienna. Empty: where the server is.",
                    kind: .text(limit: 64, suggestions: [])),
                Field(
                    name: "log_level", label: "Log", help: "How much the display writes down.",
                    kind: .text(limit: 20, suggestions: ["error", "warning", "info", "debug"])),
            ]),
    ]

    private static func adjustment(_ name: String, _ label: String, _ help: String) -> Field {
        Field(
            name: name, label: label, help: help,
            kind: .slider(range: Limits.adjustment, slider: 0...2, step: 0.05, unit: ""))
    }

    /// What is set elsewhere on the page, or for a group.
    private static let others = [
        "name": "Name", "album": "Album", "power": "Screen", "schedule": "Schedule", "group": "Group",
        "sleep": "Sleeping hours", "dim": "Dimming hours", "mode": "Sharing", "inStep": "In step",
        "displays": "Displays", "group_clock": "In step",
    ]

    static func field(_ name: String) -> Field? { self.sections.flatMap(\.fields).first { $0.name == name } }

    /// What people call a member of the settings.
    static func label(of name: String) -> String {
        name == "interval_units" ? "Unit of the interval" : self.field(name)?.label ?? self.others[name] ?? name
    }

    static func choiceLabel(_ value: String, of name: String) -> String? {
        switch self.field(name)?.kind {
        case .choice(let choices): choices.first { $0.value == value }?.label
        default: ["split": "Each photo on one", "same": "Same photo on all"][value]
        }
    }

    /// Without ".0" where there is nothing after the point.
    static func plain(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }
}
