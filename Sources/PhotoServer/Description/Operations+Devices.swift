import DisplayChannel

/// What displays and guests ask. Displays have a protocol of their own, of which this is the part over HTTP: they send
/// members that this server may not know yet, and are not refused for it.
extension Operations {
    private static let registered: Schema = .object(
        "",
        [
            .always("state", .choice("", ["approved"])), .always("token", .text("For all that a display asks.")),
            .maybe(
                "etcd",
                .object(
                    "Where it finds the store; not for browsers.",
                    [
                        .always("endpoints", .array("", of: .text())), .maybe("user", .text()),
                        .maybe("password", .text()),
                        .maybe("ca", .text("Certificates to trust, PEM.")),
                    ])),
            .always("display", .object("", [.always("id", .text()), .always("name", .text())])),
        ])

    private static let waiting: Schema = .object(
        "",
        [
            .always("state", .choice("", ["pending"])), .always("registration", .text("Its id.")),
            .always("code", .text("For the screen.")), .always("expiresInSeconds", .integer("Until it ends.")),
            .always("pairingURL", .address("Where somebody types it; for a QR code.")),
        ])

    private static let registration: Schema = .object(
        "A display that wants to be let in.",
        [
            .always(
                "id", .text("Made by the display, once.", 1...DisplayID.maximumLength, pattern: "^[a-z0-9-]{1,64}$")),
            .always("secret", .text("Made by the display; proves that it is the same one.", 16...256)),
            .maybe("name", Schema.text("What it calls itself.").orNull),
            .maybe("kind", Schema.choice("A viewer, unless said.", ["viewer", "browser"]).orNull),
            .always("width", .integer("Pixels.", 16...16_384)), .always("height", .integer("Pixels.", 16...16_384)),
            .maybe("token", Schema.text("The local token, if it can read it.").orNull),
        ])

    private static let filename = Schema.text("What it is called.", 1...255)

    static let devices: [Operation] = [
        Operation(
            "POST display/registrations", "registerDisplay", "Ask to be let in as a display",
            body: .json(Self.registration),
            [
                .json("It is let in.", Self.registered),
                .json(202, "Its screen shows a code until somebody types it.", Self.waiting),
            ],
            problems: [
                403: "Another display has this id.", 409: "It is another kind of display now.",
                410: "This display was removed.",
                422: "A value is not allowed.",
            ]),
        Operation(
            "GET display/registrations/{id}", "waitForRegistration", "Wait to be let in",
            "The bearer token is the secret with which it registered. Waits up to 25 s.",
            [.json("It is let in.", Self.registered), .json(202, "Not yet.", Self.waiting)],
            problems: [429: "Too many wait."]),
        Operation(
            "GET display/playlists/{sha256}", "getPlaylist", "One of the display's playlists",
            .media("The playlist, as the display protocol has it.", "application/json")),
        Operation(
            "GET display/photos/{rendition}", "getRendition", "A photo, cut for the display",
            .file("The photo.", "image/jpeg"),
            problems: [416: "The file ends before the range.", 422: "The file is damaged."]),
        Operation(
            "GET display/photos/by-name/{name}", "getRenditionByName", "A photo by its name",
            .file("The photo.", "image/jpeg"),
            problems: [416: "The file ends before the range.", 422: "The file is damaged."]),
        Operation(
            "PUT display/screen/{request}", "sendScreen", "Send the picture of the screen that was asked for",
            body: .bytes(mediaTypes: ["image/jpeg"], about: "The picture."), .none("Taken."),
            problems: [413: "It is too large.", 415: "It is no JPEG."]),
        Operation(
            "GET display/events", "followDisplay", "What the display has to hold and do, as it changes",
            "Server-sent events, without end, for displays that do not follow the store themselves.",
            .media("Events.", "text/event-stream"), problems: [429: "Too many displays follow."]),
        Operation(
            "PUT display/status", "sendStatus", "Say how the display is",
            body: .json(.object("As the display protocol has it.", []).checkedByRoute), .none("Taken.")),
        Operation(
            "POST guest/uploads", "beginGuestUpload", "Begin to send a photo in parts",
            body: .json(
                .request(
                    "",
                    [
                        .always("filename", Self.filename),
                        .always("size", .integer("Bytes.", 1...RequestLimits.uploadBytes)),
                    ])),
            .json(201, "What the parts are sent to.", .reference("GuestUpload")),
            problems: [422: "It has no bytes.", 507: "The disk is full."]),
        Operation(
            "GET guest/uploads/{id}", "getGuestUpload", "How far a photo has come",
            .json("The upload.", .reference("GuestUpload"))),
        Operation(
            "PATCH guest/uploads/{id}", "continueGuestUpload", "Send the next part of a photo",
            query: [
                .init("offset", .integer("Where the part begins.", 0...RequestLimits.uploadBytes), isRequired: true)
            ],
            body: .bytes(mediaTypes: ["application/octet-stream"], about: "The part.", isRequired: false),
            .json("How far it has come.", .reference("GuestUpload")),
            problems: [
                409: "The part belongs elsewhere, or is too long.", 413: "It is too large.", 415: "It is no photo.",
                422: "It is damaged.", 507: "The disk is full.",
            ]),
    ]
}
