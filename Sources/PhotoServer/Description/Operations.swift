/// What every route of `/api/v1` is for: the one table. A route without a row here fails a test, and so does a row without
/// a route.
enum Operations {
    static let all: [Operation] = Self.library + Self.uploads + Self.displays + Self.people + Self.devices + Self.server

    private static let server: [Operation] = [
        Operation(
            "GET openapi.json", "getDescription", "This description",
            "OpenAPI 3.1, made from the routes of the server that answers.",
            .media("The description.", "application/json")),
        Operation(
            "GET events", "followEvents", "What changes, as it changes",
            """
            Server-sent events, without end. The first is `snapshot`; who comes back with the id of the last event that \
            it had hears what became of everything since. Then: `display` with a display, `display-removed` with its \
            id, `library` and others that only say "look again", and `alive` every 15 s.
            """,
            query: [
                .init(
                    "view",
                    .choice(
                        "`displays` as they are here, `cards` as the wall needs them, or not at all.",
                        ["displays", "cards", "library"])),
                .init("display", .text("Only this display.", 0...64)),
                .init(
                    "after",
                    .text("The id of the last event that was had; the header `Last-Event-ID` does the same.", 0...64)),
            ],
            .media("Events.", "text/event-stream"),
            problems: [429: "Too many follow this server."]),
    ]

    /// Pieces that several rows share.
    static let limit = Operation.Query("limit", .integer("How many at most.", 1...RequestLimits.photosPerPage))
    static let editResult = Operation.Answer.json(
        "What the change can be undone by; without `edit` where nothing differed.", .reference("EditResult"))

    static func list(_ name: String, of schema: String) -> Schema {
        .object("", [.always(name, .array("", of: .reference(schema)))])
    }
}
