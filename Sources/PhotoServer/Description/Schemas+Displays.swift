import DisplayChannel
import PhotoLibrary
import Planning

extension Schemas {
    private static let power = Schema.choice("Whether its screen is to be on.", ["on", "off"])
    private static let hour = Schema.text("`22:00`, on the display's own clock.", pattern: "^[0-9]{1,2}:[0-9]{2}$")
    private static let days = Schema.array("On which days.", of: .choice("", Weekday.self))

    private static let settingMembers: [Schema.Member] = {
        typealias Limits = DisplaySettings.Limits
        return [
            .maybe("name", .text("", 0...Limits.nameCharacters)),
            .maybe("description", .text("", 0...Limits.descriptionCharacters)),
            .maybe("orientation", .choice("", DisplaySettings.Orientation.self)),
            .maybe("interval_base", .text("When the first change of an hour or day falls: `*:*`, `HH:MM` or `*:MM`.")),
            .maybe("interval_time", .number("How long a photo stays.", Limits.intervalTime)),
            .maybe("interval_units", .choice("Of `interval_time`.", DisplaySettings.IntervalUnits.self)),
            .maybe("variance_pct", .number("How far one interval may differ.", Limits.variancePercent)),
            .maybe("use_halflife", .flag("Changes at random moments, whose half-life is the interval.")),
            .maybe("brightness", Self.adjustment), .maybe("contrast", Self.adjustment),
            .maybe("saturation", Self.adjustment), .maybe("log_level", .text("", 0...20)),
            .maybe("transition", .choice("", DisplaySettings.Transition.self)),
            .maybe("transition_ms", .number("", Limits.transitionMilliseconds)),
            .maybe("fit", .choice("", DisplaySettings.Fit.self)),
            .maybe("background", .choice("", DisplaySettings.Background.self)),
            .maybe("order", .choice("", DisplaySettings.Order.self)),
            .maybe("shuffle_seed", .integer("0 for one of the display's own.", 0...Int(Limits.shuffleSeed))),
            .maybe("pair_portraits", .flag("Whether two upright photos share a screen that lies.")),
            .maybe("motion", .choice("", DisplaySettings.Motion.self)),
            .maybe("rotation", .integer("0, 90, 180 or 270 degrees clockwise.", 0...270)),
            .maybe("caption", .array("", of: .choice("", DisplaySettings.CaptionPart.self), 0...4)),
            .maybe("clock", .flag("Whether the time is shown.")),
            .maybe("time_zone", .text("Such as `Europe/Vienna`; empty for the display's own.")),
            .maybe("language", .text("Such as `de-AT`; empty for the display's own.", 0...35)),
            .maybe(
                "sleep",
                .array(
                    "When its screen is off.",
                    of: .object(
                        "", [.maybe("days", Self.days), .always("from", Self.hour), .always("to", Self.hour)]),
                    0...Limits.hours)),
            .maybe(
                "dim",
                .array(
                    "When its screen is darker.",
                    of: .object(
                        "",
                        [
                            .always("from", Self.hour), .always("to", Self.hour),
                            .always("brightness", .number("", 0...1)),
                        ]), 0...Limits.hours)),
        ]
    }()

    private static let adjustment = Schema.either(
        "1 leaves the photo as it is, 4 is the most; as a number or as a decimal in a text.",
        [.number("", 0...4), .text()])

    private static let photo = Schema.object(
        "A photo on the screen, if the library has it.",
        [
            .always("id", .number64("Its number.")), .always("name", .text()),
            .always("version", .text("Another after it was turned.")),
        ])

    static let displays: [String: Schema] = [
        "Settings": .object(
            "How a display shows photos. A value that is not allowed is refused with its name.", Self.settingMembers
        ).checkedByRoute,
        "CurrentSettings": .object(
            "How a display shows photos.",
            Self.settingMembers + [
                .maybe("group", .text("Its group's name. To change it, change the group.")),
                .maybe("group_clock", .flag("Whether its group is in step. To change it, change the group.")),
            ]),
        "DisplayChange": .request(
            "What is to be changed about a display. What is left out stays as it is.",
            [
                .maybe("name", .text("", 1...100)), .maybe("album", .number64("`null` for none.")),
                .maybe("power", Self.power), .maybe("settings", .reference("Settings")),
            ]),
        "SentCommand": .object(
            "An order that is on its way. What becomes of it is in the display's `command`.",
            [
                .always("revision", .number64("The order's id.")),
                .maybe("request", .text("For `GET displays/{id}/picture/{request}`.")),
            ]),
        "CommandResult": .object(
            "What a display says of an order.",
            [
                .always("topic", .choice("", Topic.self)), .always("revision", .number64("The order's id.")),
                .always("result", .choice("", ["done", "skipped", "failed"])), .maybe("reason", .text()),
            ]),
        "Display": .object(
            "A display, and how it is.",
            [
                .always("id", .text("Its id; never another display's.")), .always("name", .text()),
                .always("kind", .choice("", ["viewer", "browser", "legacy"])),
                .always("liveness", .choice("How it is.", Liveness.self)), .always("livenessText", .text("In words.")),
                .always(
                    "deliveryState",
                    .choice("Where its newest change is.", ["waiting", "sent", "applied", "unknown"])),
                .always("deliveryText", .text("In words.")), .maybe("album", .number64("Its own album.")),
                .maybe("shownAlbum", .number64("What it shows now, which its schedule or group may decide.")),
                .maybe("group", .number64("The group that it is in.")), .always("power", Self.power),
                .always("width", .integer("Pixels.")), .always("height", .integer("Pixels.")),
                .always("size", .text("In words.")), .always("settings", .reference("CurrentSettings")),
                .maybe("lastSeen", .seconds("When it was last heard of.")),
                .always("waiting", .integer("Changes that the store does not have yet.")),
                .always("behind", .integer("Changes that were sent and are not in effect.")),
                .maybe("arrivalMilliseconds", .integer("How long the newest change took.")),
                .always("isTurned", .flag("Whether it hangs upright.")),
                .maybe("showingName", .text("Name of the photo on the screen.")), .maybe("photo", Self.photo),
                .maybe("showingThumbnail", .address("Where its thumbnail is.")),
                .maybe("showingSince", .seconds("When it came up.")),
                .maybe("nextName", .text("The photo that it means to show next.")),
                .maybe("nextDue", .seconds("When.")), .always("screenNote", .text("What it shows, in words.")),
                .always("paused", .flag()), .maybe("lastCommand", .text("In words.")),
                .maybe(
                    "command",
                    .object(
                        "The newest order that this server sent.",
                        [
                            .always("topic", .choice("", Topic.self)), .always("revision", .number64("Its id.")),
                            .always("state", .choice("", ["sent", "done", "skipped", "failed", "unanswered"])),
                            .maybe("ms", .integer("Milliseconds from the order to the display's report.")),
                            .maybe("reason", .text()),
                        ])),
                .always("commands", .array("The newest last.", of: .reference("CommandResult"))),
                .maybe("receivedRevision", .number64("What it has heard of.")),
                .maybe("appliedRevision", .number64("What is in effect.")),
                .maybe("publishedRevision", .number64("What was sent to it.")),
                .maybe("presentedFrames", .number64("Since it started.")), .maybe("memoryBytes", .number64("In use.")),
                .maybe("freeBytes", .number64("Free on its disk.")),
                .maybe("cacheBytes", .number64("Photos on its disk.")),
                .maybe("transport", .text("Over what it hears changes: etcd or events.")),
                .maybe("connector", .text("Of its screen.")), .maybe("mode", .text("Of its screen.")),
                .maybe("temperatureCelsius", .number("Of its processor.")),
                .maybe("throttled", .flag("Whether its processor is slowed down.")),
                .maybe("clockOffsetMilliseconds", .number("How far its clock is ahead of the server's.")),
                .maybe("version", .text("Of its program.")),
                .maybe("ip", .text("Its address.")), .always("warnings", .array("", of: .text())),
            ]),
        "Group": .object(
            "Displays that hang together.",
            [
                .always("id", .number64("Its number.")), .always("name", .text()),
                .maybe("album", .number64("Its album.")),
                .maybe("albumName", .text()),
                .always("mode", .choice("Whether they share the album out or all show it.", DisplayGroup.Mode.self)),
                .always("inStep", .flag("Whether all change at the same moment.")),
                .always("settings", .reference("GroupSettings")),
                .always(
                    "displays",
                    .array(
                        "",
                        of: .object(
                            "",
                            [
                                .always("id", .text()), .always("name", .text()),
                                .maybe("photos", .integer("Its share of the album.")),
                            ]))),
                .always("ruleCount", .integer("Lines of its schedule.")), .always("text", .text("All of it in words.")),
            ]),
        "GroupSettings": .object(
            "What holds for all displays of a group while they are in step.",
            Self.settingMembers.filter { GroupSettings.names.contains($0.name) }
        ).checkedByRoute,
        "GroupChange": .request(
            "What is to be changed about a group. What is left out stays as it is.",
            Self.groupMembers + [.maybe("name", .text("", 1...100))]),
        "NewGroup": .request("A new group.", Self.groupMembers + [.always("name", .text("", 1...100))]),
    ]

    private static let groupMembers: [Schema.Member] = [
        .maybe("album", .number64("`null` for none.")), .maybe("mode", .choice("", DisplayGroup.Mode.self)),
        .maybe("inStep", .flag("Whether all change at the same moment.")),
        .maybe(
            "displays",
            .array("Ids of all its displays, in their order on the wall.", of: .text(), 0...GroupChange.displaysMaximum)
        ),
        .maybe("settings", .reference("GroupSettings")),
    ]
}
