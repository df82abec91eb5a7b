import HTTPTypes

extension HTTPField.Name {
    /// Carries the session's CSRF token on every request that changes something.
    static let csrfToken = Self(known: "X-CSRF-Token")
    /// A name that a program gives a request, so that it has its effect once.
    static let idempotencyKey = Self(known: "Idempotency-Key")
    static let idempotencyReplayed = Self(known: "Idempotency-Replayed")
    static let secFetchSite = Self(known: "Sec-Fetch-Site")
    static let forwardedFor = Self(known: "X-Forwarded-For")
    static let permissionsPolicy = Self(known: "Permissions-Policy")
    static let referrerPolicy = Self(known: "Referrer-Policy")
    static let frameOptions = Self(known: "X-Frame-Options")
    static let accelBuffering = Self(known: "X-Accel-Buffering")
    static let lastEventID = Self(known: "Last-Event-ID")
    static let crossOriginOpenerPolicy = Self(known: "Cross-Origin-Opener-Policy")

    private init(known name: String) {
        guard let name = Self(name) else { preconditionFailure("\(name) is not a header name") }
        self = name
    }
}
