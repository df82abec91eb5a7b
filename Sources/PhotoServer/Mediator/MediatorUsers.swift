import EtcdClient

/// The users of the mediator, as its root administers them: each with a role of the same name that says what it may do.
/// Everything here may be done again after it was interrupted, and comes out the same.
struct MediatorUsers: Sendable {
    private let client: EtcdClient
    private let credentials: EtcdClient.Credentials?

    /// - Parameters:
    ///   - client: Connected as a user with the role root.
    ///   - credentials: What it connects with.
    init(client: EtcdClient, credentials: EtcdClient.Credentials?) {
        self.client = client
        self.credentials = credentials
    }

    /// Whether the mediator asks its clients for a login.
    ///
    /// - Throws: `EtcdError`; `permissionDenied` if the server's own user has not the role root, `authenticationFailed`
    ///   if its password is wrong.
    func areAskedFor() async throws -> Bool {
        do {
            return try await self.client.auth.status().isEnabled
        } catch let error as EtcdError where error.code == .unimplemented {
            // etcd before 3.5 can only be asked by a login.
            guard let credentials else { return false }
            do {
                _ = try await self.client.auth.authenticate(credentials)
                return true
            } catch let error as EtcdError where error.code == .authNotEnabled {
                return false
            }
        } catch let error as EtcdError where self.credentials == nil && error.meansLogin {
            return true
        }
    }

    /// The names of all users.
    ///
    /// - Throws: `EtcdError`.
    func names() async throws -> [String] { try await self.client.auth.users() }

    /// Makes a user that may do this and nothing else, or makes one that is there so. Another password ends its logins.
    ///
    /// - Throws: `EtcdError`.
    func set(_ name: String, password: String, permissions: [Permission]) async throws {
        // The role before the user: nobody is ever let in who may do what was not meant.
        try await self.setRole(name, permissions)
        let roles = try await self.roles(of: name)
        if roles == nil {
            do {
                try await self.client.auth.addUser(name, password: password)
            } catch let error as EtcdError where error.code == .userExists {
                // An answer that was lost: it was this call.
            }
        } else if !(try await self.accepts(name, password)) {
            // The same one again would cut off who is connected.
            try await self.client.auth.changePassword(of: name, to: password)
        }
        for role in roles ?? [] where role != name { try await self.client.auth.revokeRole(role, from: name) }
        if roles?.contains(name) != true { try await self.client.auth.grantRole(name, to: name) }
    }

    /// Nil when there is no such user.
    private func roles(of name: String) async throws -> [String]? {
        do {
            return try await self.client.auth.roles(of: name)
        } catch let error as EtcdError where error.code == .userNotFound {
            return nil
        }
    }

    /// Removes a user and its role; its logins end. What is not there is fine.
    ///
    /// - Throws: `EtcdError`.
    func remove(_ name: String) async throws {
        do {
            try await self.client.auth.deleteUser(name)
        } catch let error as EtcdError where error.code == .userNotFound {
            // Removed before, perhaps without its role.
        }
        do {
            try await self.client.auth.deleteRole(name)
        } catch let error as EtcdError where error.code == .roleNotFound {
            // Removed before.
        }
    }

    private func accepts(_ name: String, _ password: String) async throws -> Bool {
        do {
            _ = try await self.client.auth.authenticate(.init(user: name, password: password))
            return true
        } catch let error as EtcdError where error.code == .authenticationFailed || error.code == .authNotEnabled {
            return false
        }
    }

    private func setRole(_ name: String, _ permissions: [Permission]) async throws {
        do {
            try await self.client.auth.addRole(name)
        } catch let error as EtcdError where error.code == .roleExists {
            for old in try await self.client.auth.permissions(of: name) where !permissions.contains(old) {
                try await self.client.auth.revokePermission(on: old.range, from: name)
            }
        }
        for permission in permissions { try await self.client.auth.grant(permission, to: name) }
    }
}

extension EtcdError {
    /// Refused for want of a login.
    fileprivate var meansLogin: Bool {
        self.code == .unauthenticated || self.code == .permissionDenied || self.code == .invalidArgument
    }
}
