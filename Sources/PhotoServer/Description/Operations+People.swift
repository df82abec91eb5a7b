extension Operations {
    private static let scopes = Schema.array("No more than its owner has.", of: .choice("", Scope.self), 1...100)

    static let people: [Operation] = [
        Operation(
            "POST session", "signIn", "Sign in",
            "For programs that are browsers; all others are better off with a token. The session is in a cookie.",
            body: .json(.request("", [.always("name", .text("", 0...64)), .always("password", .text("", 0...200))])),
            .json(201, "Who is signed in. The cookie is in `Set-Cookie`.", .reference("Session")),
            problems: [
                401: "Name or password is wrong.",
                403: "It came from another site's page, or the account is disabled.",
                429: "Too many were wrong.",
            ]),
        Operation("GET session", "getSession", "Who asks, and what they may do", .json("Who.", .reference("Session"))),
        Operation("DELETE session", "signOut", "Sign out", .none("Done.")),
        Operation(
            "POST session/password", "changePassword", "Change one's password",
            "Not with a program's token. One is signed out everywhere else.",
            body: .json(
                .request(
                    "", [.always("present", .text("", 0...200)), .always("password", .text("The new one.", 10...200))])),
            .json("A new session.", .reference("Session")),
            problems: [422: "The new password is too short or too easy to guess.", 429: "Too many were wrong."]),
        Operation(
            "GET sessions", "listSessions", "Where one is signed in",
            .json("Browsers.", Self.list("sessions", of: "SignedIn"))),
        Operation("DELETE sessions/{id}", "endSession", "Sign a browser out", .none("Done.")),
        Operation(
            "GET tokens", "listTokens", "One's own tokens for programs",
            .json("The newest first.", Self.list("tokens", of: "Token"))),
        Operation(
            "POST tokens", "makeToken", "Make a token for a program",
            body: .json(
                .request(
                    "",
                    [
                        .always("name", .text("What it is for.", 1...100)), .always("scopes", Self.scopes),
                        .maybe("days", .integer("How long it lasts; 365 unless said.", 1...3650)),
                    ])),
            .json(201, "The token. Its secret is in this answer only.", .reference("Token")),
            problems: [422: "A value is not allowed."]),
        Operation("DELETE tokens/{id}", "deleteToken", "Delete a token", .none("Done, or there was none.")),
        Operation(
            "GET users", "listUsers", "Who has an account", .json("By their names.", Self.list("users", of: "User"))),
        Operation(
            "PATCH users/{id}", "changeUser", "Give somebody another role",
            body: .json(.request("", [.always("role", .choice("", Role.self))])), .json("Who.", .reference("User")),
            problems: [409: "The last administrator who can work stays one.", 422: "There is no such role."]),
        Operation(
            "DELETE users/{id}", "deleteUser", "Delete an account", .none("Done."),
            problems: [409: "The last administrator stays."]),
        Operation(
            "POST users/{id}/disable", "disableUser", "Take the use of an account from its owner",
            "Sessions end and tokens stop at once, and links to a new password are void. All else stays.",
            .json("Who.", .reference("User")), problems: [409: "The last administrator stays able to work."]),
        Operation(
            "POST users/{id}/enable", "enableUser", "Give a disabled account back",
            "Its tokens work again; its owner signs in anew.", .json("Who.", .reference("User"))),
        Operation("DELETE users/{id}/sessions", "endUserSessions", "Sign somebody out everywhere", .none("Done.")),
        Operation(
            "POST users/{id}/password-link", "makePasswordLink", "Make a link by which somebody sets a new password",
            .json(201, "The link. Its address is in this answer only.", .reference("AccountLink")),
            problems: [409: "The account is disabled."]),
        Operation(
            "GET invitations", "listInvitations", "Invitations that wait",
            .json("Links.", Self.list("invitations", of: "AccountLink"))),
        Operation(
            "POST invitations", "invite", "Make a link by which somebody makes an account",
            body: .json(.request("", [.always("role", .choice("", Role.self))])),
            .json(201, "The link. Its address is in this answer only.", .reference("AccountLink")),
            problems: [422: "There is no such role."]),
        Operation(
            "DELETE invitations/{id}", "takeInvitationBack", "Take an invitation back",
            .none("Done, or there was none.")),
        Operation(
            "GET audit", "listAudit", "Who did what",
            query: [
                .init("limit", .integer("How many at most.", 1...500)),
                .init("before", .number64("The `next` of the page before.")),
                .init("who", .text("Only by this user.", 0...RequestLimits.nameCharacters)),
            ],
            .json(
                "The newest first.",
                .object(
                    "",
                    [
                        .always("entries", .array("", of: .reference("AuditEntry"))),
                        .maybe("next", .number64("To be given as `before` for the next page.")),
                    ]))),
    ]
}
