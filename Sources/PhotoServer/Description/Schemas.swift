/// The shapes that several routes share, by the names under which the description has them.
enum Schemas {
    static let all: [String: Schema] = {
        let parts = [Self.common, Self.library, Self.displays, Self.plans, Self.people]
        return parts.reduce(into: [:]) { all, part in all.merge(part) { first, _ in first } }
    }()

    private static let common: [String: Schema] = [
        "Problem": .object(
            "What went wrong and what to do about it: problem details (RFC 9457).",
            [
                .always("type", .text("Always `about:blank`: `code` says what it is.")),
                .always("title", .text("The status in words.")), .always("status", .integer("The HTTP status.")),
                .always("code", .text("A stable word for programs, such as `album-not-found`.")),
                .always("detail", .text("What happened, in one sentence for people.")),
                .maybe("remedy", .text("What to do about it.")),
            ]),
        "Edit": .object(
            "A change of the library that can be undone.",
            [
                .always("id", .number64("For `POST edits/{id}/undo`.")), .always("at", .time("When it was made.")),
                .always("summary", .text("In words.")), .always("undone", .flag("Whether it was taken back.")),
            ]),
        "EditResult": .object(
            "What a change can be undone by.", [.maybe("edit", .reference("Edit"))]),
        "PhotoNumbers": .array("Numbers of photos.", of: .number64(""), 0...RequestLimits.photosPerRequest),
    ]
}
