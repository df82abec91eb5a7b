/// What changed in the table of users and roles: an effect, as the log keeps it.
package enum AuthChange: Hashable, Sendable {
    case enabled(Bool)
    /// The user as it is now.
    case user(AuthUser)
    case userRemoved(String)
    /// The role as it is now.
    case role(AuthRole)
    case roleRemoved(String)
}

/// A wish to change users, roles, or whether they count. Passwords arrive here as hashes.
package enum AuthCommand: Sendable {
    case enable
    case disable
    case addUser(String, passwordHash: String?)
    case deleteUser(String)
    /// A user without a password keeps none.
    case changePassword(user: String, hash: String?)
    case grantRole(user: String, role: String)
    case revokeRole(user: String, role: String)
    case addRole(String)
    case deleteRole(String)
    case grantPermission(role: String, AuthPermission)
    case revokePermission(role: String, KeyRange)
}
