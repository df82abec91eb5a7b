import PhotoLibrary
import Planning

extension Schemas {
    private static let hour = Schema.text("`08:00`, on the display's own clock.", pattern: "^[0-9]{1,2}:[0-9]{2}$")
    private static let span: [Schema.Member] = [
        .always("start", .integer("Minutes since the day's midnight.", 0...1440)),
        .always("end", .integer("Minutes since the day's midnight.", 0...1440)), .always("text", .text("In words.")),
    ]

    static let plans: [String: Schema] = [
        "ScheduleRule": .object(
            "An album, and when it is shown. Where several fit, the highest priority wins, and then the one listed last.",
            [
                .always("album", .number64("The album's number.")),
                .maybe("days", .array("All, unless said.", of: .choice("", Weekday.self), 1...7)),
                .maybe("from", Self.hour), .maybe("to", Self.hour),
                .maybe("firstDay", .text("`2026-12-24`, or `12-24` with `everyYear`.")),
                .maybe("lastDay", .text("`2026-12-24`, or `12-24` with `everyYear`.")),
                .maybe("everyYear", .flag("Whether both days come again each year.")),
                .maybe("priority", .integer("", ScheduleRule.priorities)),
            ]
        ).checkedByRoute,
        "Schedule": .object(
            "Which album when.",
            [.always("rules", .array("", of: .reference("ScheduleRule"), 0...ScheduleRule.countMaximum))]),
        "Week": .object(
            "What is shown in a week.",
            [
                .always("timeZone", .text()), .always("from", .text("Its Monday.", format: "date")),
                .always("previous", .text("The Monday before.", format: "date")),
                .always("next", .text("The Monday after.", format: "date")),
                .always("days", .array("", of: .reference("Day"), 7...7)),
            ]),
        "Day": .object(
            "",
            [
                .always("date", .text("", format: "date")), .always("weekday", .text()), .always("isToday", .flag()),
                .always("hasClockChange", .flag("Whether clocks are set on this day.")),
                .always(
                    "stretches",
                    .array(
                        "What is shown.",
                        of: .object(
                            "",
                            Self.span + [
                                .always("from", .text()), .always("to", .text()), .maybe("album", .number64("")),
                                .maybe("name", .text("The album's.")),
                                .always("isRule", .flag("Whether a line of a schedule decides.")),
                            ]))),
                .always(
                    "shades",
                    .array(
                        "When the screen is off or darker.",
                        of: .object("", Self.span + [.always("brightness", .number("0 is off.", 0...1))]))),
            ]),
        "Moment": .object(
            "What a display shows at one moment.",
            [
                .always("at", .time("The moment.")), .always("local", .text("The same on the display's clock.")),
                .always("timeZone", .text()), .maybe("album", .number64("")), .maybe("albumName", .text()),
                .always("isAsleep", .flag()), .always("brightness", .number("", 0...1)),
                .always("because", .text("Why this album.")),
                .maybe("until", .time("When that changes, within eight days.")),
                .maybe("untilLocal", .text()), .always("text", .text("All of it in words.")),
            ]),
        "Why": .object(
            "Why a photo is on a display.",
            [
                .always("photo", .text("Its name.")), .maybe("album", .number64("")),
                .always("sentences", .array("", of: .text())),
            ]),
        "History": .object(
            "Who set what when, the newest first.",
            [
                .always(
                    "edits",
                    .array(
                        "",
                        of: .object(
                            "",
                            [
                                .always("id", .number64("For `revert`.")), .always("at", .time("When.")),
                                .always("who", .text()),
                                .always(
                                    "changes",
                                    .array(
                                        "",
                                        of: .object(
                                            "",
                                            [
                                                .always("field", .text()), .always("label", .text("In words.")),
                                                .always("before", .any("")), .always("after", .any("")),
                                                .always("beforeText", .text()), .always("afterText", .text()),
                                            ]))),
                            ])))
            ]),
    ]
}
