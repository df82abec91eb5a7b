import Foundation
import GRDB

/// Somebody who can sign in.
package struct UserRecord: Codable, Hashable, Sendable, FetchableRecord {
    package let id: UserID
    /// Unique without regard to case.
    package let name: String
    /// Salt, parameters and hash in one text; the server's matter.
    package let passwordHash: String
    package let role: String
    package let createdAt: Date
    /// Since when nobody can use the account; nil where it can be used.
    package let disabledAt: Date?
}

/// A browser that has signed in.
package struct SessionRecord: Codable, Hashable, Sendable, FetchableRecord {
    /// SHA-256 of the cookie's token, hexadecimal. The token itself is nowhere on disk.
    package let tokenHash: String
    package let userID: UserID
    package let csrfToken: String
    package let createdAt: Date
    package let expiresAt: Date
    /// What the browser calls itself, and where it signed in from.
    package let agent: String?
    package let address: String?
}
