extension Schemas {
    static let people: [String: Schema] = [
        "Session": .object(
            "Who asks, and what they may do.",
            [
                .always("user", .text()), .always("role", .choice("", Role.self)),
                .always("scopes", .array("", of: .choice("", Scope.self))),
                .always(
                    "csrfToken", .text("To be sent as `X-CSRF-Token` with every change; empty for a program's token.")),
            ]),
        "SignedIn": .object(
            "A browser in which one is signed in.",
            [
                .always("id", .text()), .maybe("agent", .text("What the browser calls itself.")),
                .maybe("address", .text()), .always("createdAt", .time("")), .always("expiresAt", .time("")),
                .always("isCurrent", .flag("Whether it is the one that asks.")),
            ]),
        "Token": .object(
            "A secret for a program.",
            [
                .always("id", .number64("")), .always("name", .text()),
                .always("scopes", .array("", of: .choice("", Scope.self))), .always("createdAt", .time("")),
                .always("expiresAt", .time("")), .maybe("lastUsedAt", .time("To the minute.")),
                .maybe("secret", .text("Only in the answer that makes it.")),
            ]),
        "User": .object(
            "Somebody with an account.",
            [
                .always("id", .number64("")), .always("name", .text()), .always("role", .choice("", Role.self)),
                .always("createdAt", .time("")), .always("sessions", .integer("Browsers that are signed in.")),
                .maybe("disabledAt", .time("Since when nobody can use the account.")),
            ]),
        "AccountLink": .object(
            "A link by which somebody makes an account, or a new password.",
            [
                .always("id", .number64("")), .always("role", .choice("What the account may do.", Role.self)),
                .always("madeBy", .text()),
                .always("expiresAt", .time("")), .maybe("url", .text("Only in the answer that makes it.")),
            ]),
        "UploadLink": .object(
            "A link with which somebody without an account adds photos to one album.",
            [
                .always("id", .number64("")), .always("label", .text()), .always("album", .number64("")),
                .always("albumName", .text()), .always("madeBy", .text()), .always("expiresAt", .time("")),
                .always("filesLeft", .integer("How many files may still come.")),
                .maybe("url", .text("Only in the answer that makes it.")),
            ]),
        "AuditEntry": .object(
            "Who did what.",
            [
                .always("id", .number64("")), .always("at", .time("")), .always("who", .text()),
                .always("through", .text("`browser`, or a token's name.")),
                .always("action", .text("Method and route.")), .always("subject", .text("The path.")),
                .always("address", .text()), .always("times", .integer("How often in a row.")),
                .always("text", .text("In words.")),
            ]),
    ]
}
