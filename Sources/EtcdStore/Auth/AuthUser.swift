/// Somebody who may log in.
package struct AuthUser: Hashable, Sendable {
    package let name: String
    /// What the password is checked against, or `nil` for a user who comes with a certificate only.
    package var passwordHash: String?
    /// In order, each once.
    package var roles: [String]

    package init(name: String, passwordHash: String?, roles: [String] = []) {
        self.name = name
        self.passwordHash = passwordHash
        self.roles = roles
    }

    /// The user, and the role, that may do everything.
    package static let root = "root"

    package var isRoot: Bool { self.roles.contains(Self.root) }
}
