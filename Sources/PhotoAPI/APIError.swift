/// Why a call to a photo server failed, in words for people.
package struct APIError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// Nobody answers at the address, or the line broke.
        case unreachable
        /// The server's certificate is not one that is trusted.
        case untrusted
        /// The server answered with this HTTP status.
        case refused(Int)
        /// What answered does not speak as a photo server does.
        case unintelligible
        /// The address, or a file that belongs to it, cannot be used.
        case badConfiguration
    }

    package var kind: Kind
    /// The server's own word for it, such as `album-not-found`; absent where the server said nothing.
    package var code: String?
    package var message: String
    package var remedy: String?
    /// How long the server asks to wait before the next try.
    package var retryAfterSeconds: Int?

    package init(
        _ kind: Kind, _ message: String, code: String? = nil, remedy: String? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.remedy = remedy
        self.retryAfterSeconds = retryAfterSeconds
    }

    package var description: String { self.code.map { "\(self.message) (\($0))" } ?? self.message }

    /// Whether the same call may do later.
    package var isPassing: Bool {
        switch self.kind {
        case .unreachable, .refused(429), .refused(502...504): true
        default: false
        }
    }
}
