/// Users, roles and what they permit: etcd's rules, without a clock, a password or a connection.
package struct AuthTable: Sendable {
    package private(set) var isEnabled = false
    /// Rises by one with every change of a user, a role or a permission.
    package private(set) var revision: UInt64 = 1
    private var users: [String: AuthUser] = [:]
    private var roles: [String: AuthRole] = [:]
    /// What each user's roles add up to; kept so that a request costs one search.
    private var permitted: [String: (read: PermittedKeys, write: PermittedKeys)] = [:]

    package init() {}

    package func user(_ name: String) -> AuthUser? { self.users[name] }
    package func role(_ name: String) -> AuthRole? { self.roles[name] }
    package var userNames: [String] { self.users.keys.sorted { Bytes($0) < Bytes($1) } }
    package var roleNames: [String] { self.roles.keys.sorted { Bytes($0) < Bytes($1) } }
    package var hasUsers: Bool { !self.users.isEmpty }

    /// The changes that make an empty table like this one.
    package var contents: [AuthChange] {
        self.roleNames.compactMap { self.roles[$0].map { .role($0) } }
            + self.userNames.compactMap { self.users[$0].map { .user($0) } } + [.enabled(self.isEnabled)]
    }

    // MARK: Changing

    /// What `command` changes, and the revision after it. No changes: it is fulfilled already.
    ///
    /// - Throws: What etcd refuses, in etcd's order.
    func changes(for command: AuthCommand) throws(StoreError) -> (changes: [AuthChange], revision: UInt64) {
        let next = self.revision + 1
        switch command {
        case .enable:
            if self.isEnabled { return ([], self.revision) }
            guard let root = self.users[AuthUser.root] else { throw .rootUserMissing }
            guard root.isRoot else { throw .rootRoleMissing }
            return ([.enabled(true)], self.revision)  // etcd does not count this one
        case .disable:
            return self.isEnabled ? ([.enabled(false)], next) : ([], self.revision)
        case .addUser(let name, let passwordHash):
            if name.isEmpty { throw .userNameEmpty }
            if self.users[name] != nil { throw .userExists }
            return ([.user(AuthUser(name: name, passwordHash: passwordHash))], next)
        case .deleteUser(let name):
            if self.isEnabled, name == AuthUser.root { throw .invalidAuthManagement }
            guard self.users[name] != nil else { throw .userNotFound }
            return ([.userRemoved(name)], next)
        case .changePassword(let name, let hash):
            guard var user = self.users[name] else { throw .userNotFound }
            if user.passwordHash != nil { user.passwordHash = hash }
            return ([.user(user)], next)
        case .grantRole(let name, let role):
            guard var user = self.users[name] else { throw .userNotFound }
            // The root role need not be made.
            if role != AuthUser.root, self.roles[role] == nil { throw .roleNotFound }
            if user.roles.contains(role) { return ([], self.revision) }
            user.roles = (user.roles + [role]).sorted { Bytes($0) < Bytes($1) }
            return ([.user(user)], next)
        case .revokeRole(let name, let role):
            if self.isEnabled, name == AuthUser.root, role == AuthUser.root { throw .invalidAuthManagement }
            guard var user = self.users[name] else { throw .userNotFound }
            guard user.roles.contains(role) else { throw .roleNotGranted }
            user.roles.removeAll { $0 == role }
            return ([.user(user)], next)
        case .addRole(let name):
            if name.isEmpty { throw .roleNameEmpty }
            if self.roles[name] != nil { throw .roleExists }
            return ([.role(AuthRole(name: name))], next)
        case .deleteRole(let name):
            return (try self.deletion(ofRole: name), next)
        case .grantPermission(let name, let permission):
            if !permission.range.isValidPermission { throw .invalidAuthManagement }
            guard let role = self.roles[name] else { throw .roleNotFound }
            return ([.role(role.granting(permission))], next)
        case .revokePermission(let name, let range):
            guard var role = self.roles[name] else { throw .roleNotFound }
            guard role.permissions.contains(where: { $0.range == range }) else { throw .permissionNotGranted }
            role.permissions.removeAll { $0.range == range }
            return ([.role(role)], next)
        }
    }

    private func deletion(ofRole name: String) throws(StoreError) -> [AuthChange] {
        if self.isEnabled, name == AuthUser.root { throw .invalidAuthManagement }
        guard self.roles[name] != nil else { throw .roleNotFound }
        let holders = self.users.values.filter { $0.roles.contains(name) }.map { holder in
            var holder = holder
            holder.roles.removeAll { $0 == name }
            return holder
        }
        return [.roleRemoved(name)] + holders.sorted { $0.name < $1.name }.map { .user($0) }
    }

    mutating func apply(_ changes: [AuthChange], revision: UInt64) {
        self.revision = revision
        for change in changes {
            switch change {
            case .enabled(let isEnabled):
                self.isEnabled = isEnabled
            case .user(let user):
                self.users[user.name] = user
                self.merge(user)
            case .userRemoved(let name):
                self.users[name] = nil
                self.permitted[name] = nil
            case .role(let role):
                self.roles[role.name] = role
                self.mergeHolders(of: role.name)
            case .roleRemoved(let name):
                self.roles[name] = nil
                self.mergeHolders(of: name)
            }
        }
    }

    private mutating func mergeHolders(of role: String) {
        for user in self.users.values where user.roles.contains(role) { self.merge(user) }
    }

    private mutating func merge(_ user: AuthUser) {
        let permissions = user.roles.flatMap { self.roles[$0]?.permissions ?? [] }
        self.permitted[user.name] = (
            PermittedKeys(permissions.filter { $0.access.includes(.read) }.map(\.range)),
            PermittedKeys(permissions.filter { $0.access.includes(.write) }.map(\.range))
        )
    }

    // MARK: Asking

    /// - Throws: `userNameEmpty` for nobody, `permissionDenied` for somebody who may not.
    package func checkRead(_ range: KeyRange, by user: String?) throws(StoreError) {
        guard let permitted = try self.permitted(of: user) else { return }
        if !permitted.read.contains(range) { throw .permissionDenied }
    }

    /// See ``checkRead(_:by:)``.
    package func checkWrite(_ range: KeyRange, by user: String?) throws(StoreError) {
        guard let permitted = try self.permitted(of: user) else { return }
        if !permitted.write.contains(range) { throw .permissionDenied }
    }

    /// - Throws: `userNameEmpty`, `userNotFound`, or `permissionDenied` for all but those with the root role.
    package func checkRoot(_ name: String?) throws(StoreError) {
        guard self.isEnabled else { return }
        guard let name, !name.isEmpty else { throw .userNameEmpty }
        guard let user = self.users[name] else { throw .userNotFound }
        if !user.isRoot { throw .permissionDenied }
    }

    /// - Throws: `userNameEmpty` for nobody.
    package func checkAnybody(_ name: String?) throws(StoreError) {
        if self.isEnabled, name == nil { throw .userNameEmpty }
    }

    /// Whether the user passes every check.
    func isRoot(_ name: String?) -> Bool {
        guard self.isEnabled else { return true }
        return name.flatMap { self.users[$0] }?.isRoot == true
    }

    /// What the user may; `nil` is everything.
    private func permitted(of name: String?) throws(StoreError) -> (read: PermittedKeys, write: PermittedKeys)? {
        guard self.isEnabled else { return nil }
        guard let name else { throw .userNameEmpty }
        guard let user = self.users[name], let permitted = self.permitted[name] else { throw .permissionDenied }
        return user.isRoot ? nil : permitted
    }
}

extension AuthRole {
    /// This role with one more permission, or with another kind of access to the same range.
    fileprivate func granting(_ permission: AuthPermission) -> AuthRole {
        var role = self
        // As etcd: of several ranges that begin with the same key only the first is looked at.
        let first = role.permissions.firstIndex { permission.range.start <= $0.range.start }
        if let first, role.permissions[first].range == permission.range {
            role.permissions[first].access = permission.access
        } else {
            let place =
                role.permissions.firstIndex { permission.range.start < $0.range.start } ?? role.permissions.count
            role.permissions.insert(permission, at: place)
        }
        return role
    }
}

extension KeyRange {
    /// Whether a permission may be for this range: it has a key, and its end is after it.
    fileprivate var isValidPermission: Bool { !self.start.isEmpty && !self.isEmpty }
}
