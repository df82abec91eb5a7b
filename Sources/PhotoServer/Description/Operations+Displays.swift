extension Operations {
    private static let display = Operation.Answer.json("The display.", .reference("Display"))
    private static let group = Operation.Answer.json("The group.", .reference("Group"))
    private static let invalid = "A value is not allowed."

    static let displays: [Operation] =
        [
            Operation(
                "GET displays", "listDisplays", "All displays, and how they are",
                .json("By their names.", Self.list("displays", of: "Display"))),
            Operation("GET displays/{id}", "getDisplay", "A display, and how it is", Self.display),
            Operation(
                "PATCH displays/{id}", "changeDisplay", "Change a display",
                "The change is kept and reaches the display as soon as it can be reached: see `deliveryState`.",
                body: .json(.reference("DisplayChange")), Self.display, problems: [422: Self.invalid]),
            Operation(
                "DELETE displays/{id}", "removeDisplay", "Remove a display",
                "Its id is never used again; to have it back it is paired anew.", .none("Done.")),
        ] + Self.orders + [
            Operation(
                "POST displays/{id}/show", "showPhoto", "Have a display show a photo now",
                body: .json(.request("", [.always("photo", .number64("One that the display has; see its photos."))])),
                Self.sent, problems: Self.sentProblems),
            Operation(
                "POST displays/{id}/identify", "identifyDisplay", "Have a display show its name",
                body: .json(.request("", [.maybe("seconds", .integer("10 unless said.", 1...300))])), Self.sent,
                problems: Self.sentProblems.merging([422: Self.invalid]) { _, new in new }),
            Operation(
                "GET displays/{id}/photos", "listDisplayPhotos", "What a display can show now, in its order",
                query: [
                    Self.limit, .init("after", .integer("The `next` of the page before.", 0...1_000_000_000)),
                    .init("text", .text("Words to look for.", 0...RequestLimits.nameCharacters)),
                ],
                .json(
                    "A page.",
                    .object(
                        "",
                        [
                            .always("photos", .array("", of: .reference("Photo"))),
                            .maybe("next", .integer("To be given as `after` for more.")),
                        ]))),
            Operation(
                "POST displays/{id}/picture", "askForPicture", "Ask a display for a picture of its screen", Self.sent,
                problems: Self.sentProblems),
            Operation(
                "GET displays/{id}/picture/{request}", "getPicture", "The picture that was asked for",
                "Waits until it is there, at most 10 s. Each can be had once.", .media("The picture.", "image/jpeg"),
                problems: [504: "The display did not answer."]),
            Operation(
                "GET displays/{id}/plan", "getPlan", "What a display shows at a moment",
                query: [
                    .init(
                        "at",
                        .text(
                            "Now, unless said: `2026-11-29T08:00` on the display's clock, or `2026-11-29T07:00:00Z`.",
                            1...40))
                ],
                .json("The moment.", .reference("Moment")), problems: [422: "`at` is no moment."]),
            Operation(
                "GET displays/{id}/why", "explainPhoto", "Why a photo is on a display",
                query: [.init("photo", .text("Its name; what is shown now, unless said.", 1...255))],
                .json("Sentences.", .reference("Why")), problems: [409: "It shows no photo at present."]),
        ] + Self.planned("displays", "Display") + Self.planned("groups", "Group") + [
            Operation(
                "GET groups", "listGroups", "All groups of displays",
                .json("By their names.", Self.list("groups", of: "Group"))),
            Operation(
                "POST groups", "makeGroup", "Make a group of displays",
                body: .json(.reference("NewGroup")),
                .json(201, "The group; its address is in `Location`.", .reference("Group")),
                problems: [
                    404: "A display or the album is not there.", 409: "Another group has the name.", 422: Self.invalid,
                ]),
            Operation("GET groups/{id}", "getGroup", "A group", Self.group),
            Operation(
                "PATCH groups/{id}", "changeGroup", "Change a group", body: .json(.reference("GroupChange")),
                Self.group,
                problems: [409: "Another group has the name.", 422: Self.invalid]),
            Operation("DELETE groups/{id}", "deleteGroup", "Delete a group", "Its displays stay.", .none("Done.")),
            Operation(
                "GET pairings/{code}", "findDisplayByCode", "Which display shows a code",
                .json(
                    "The display.",
                    .object(
                        "",
                        [
                            .always("code", .text()), .maybe("name", .text("What it calls itself.")),
                            .always("kind", .choice("", ["viewer", "browser"])), .always("width", .integer("Pixels.")),
                            .always("height", .integer("Pixels.")), .always("address", .text()),
                        ])),
                problems: [422: "That is no code.", 429: "Too many wrong codes were tried."]),
            Operation(
                "POST pairings", "pairDisplay", "Let in the display that shows a code",
                body: .json(
                    .request(
                        "",
                        [
                            .always("code", .text("As the screen shows it.", 1...64)),
                            .maybe("name", .text("", 0...100)), .maybe("album", .number64("What it shows.")),
                            .maybe("replaces", .text("The id of the display whose place it takes.", 1...64)),
                        ])),
                .json(201, "The display.", .reference("Display")),
                problems: [
                    404: "No screen shows this code, or the album or the display is not there.",
                    409: "It cannot take that place.", 410: "Its id was removed.", 422: "That is no code.",
                    429: "Too many wrong codes were tried.",
                ]),
        ]

    private static let sent = Operation.Answer.json(202, "It is on its way.", .reference("SentCommand"))
    private static let sentProblems = [409: "A display of the older system does not know this."]

    private static let orders = [
        ("next", "nextPhoto", "Go on to the next photo"), ("previous", "previousPhoto", "Go back to the photo before"),
        ("pause", "pauseDisplay", "Stay at this photo"), ("resume", "resumeDisplay", "Go on by itself again"),
        ("restart-screen", "restartScreen", "Start the display's program anew"),
        ("reboot", "rebootDisplay", "Start the display anew"),
    ].map { order, id, summary in
        Operation("POST displays/{id}/\(order)", id, summary, Self.sent, problems: Self.sentProblems)
    }

    /// What displays and groups have alike.
    private static func planned(_ thing: String, _ name: String) -> [Operation] {
        [
            Operation(
                "GET \(thing)/{id}/schedule", "get\(name)Schedule", "Which album when",
                .json("The schedule.", .reference("Schedule"))),
            Operation(
                "PUT \(thing)/{id}/schedule", "set\(name)Schedule", "Set which album when",
                body: .json(
                    .request(
                        "All of it anew.",
                        [.always("rules", .array("", of: .reference("ScheduleRule"), 0...50))])),
                .json("The schedule.", .reference("Schedule")), problems: [422: "A rule is not allowed."]),
            Operation(
                "GET \(thing)/{id}/week", "get\(name)Week", "What is shown in a week",
                query: [.init("from", .text("A day of it; today, unless said.", 10...10, format: "date"))],
                .json("The week.", .reference("Week")), problems: [422: "`from` is no day."]),
            Operation(
                "GET \(thing)/{id}/history", "get\(name)History", "Who set what when",
                .json("The history.", .reference("History"))),
            Operation(
                "POST \(thing)/{id}/history/{edit}/revert", "revert\(name)Edit", "Set everything of an edit back",
                .json("The history.", .reference("History")),
                problems: [409: "What it was is not free any more.", 422: "What it was is not allowed any more."]),
        ]
    }
}
