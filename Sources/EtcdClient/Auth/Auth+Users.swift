import EtcdWire

extension EtcdClient.Auth {
    /// The names of all users, in no promised order.
    public func users() async throws -> [String] {
        let response: Etcdserverpb_AuthUserListResponse = try await self.client.call(
            .userList, Etcdserverpb_AuthUserListRequest(), retry: .always)
        return response.users
    }

    /// Adds a user who shows a password.
    ///
    /// - Throws: ``EtcdError``; `userExists`, or `invalidArgument` for an empty name.
    public func addUser(_ name: String, password: String) async throws {
        var request = Etcdserverpb_AuthUserAddRequest()
        request.name = name
        request.password = password
        try await self.add(request)
    }

    /// Adds a user who shows no password, but a client certificate with its name as the common name. Needs a server that
    /// checks client certificates.
    ///
    /// - Throws: ``EtcdError``; `userExists`, or `invalidArgument` for an empty name.
    public func addUserWithoutPassword(_ name: String) async throws {
        var request = Etcdserverpb_AuthUserAddRequest()
        request.name = name
        request.options.noPassword = true
        try await self.add(request)
    }

    /// The roles of a user.
    ///
    /// - Throws: ``EtcdError``; `userNotFound`.
    public func roles(of user: String) async throws -> [String] {
        var request = Etcdserverpb_AuthUserGetRequest()
        request.name = user
        let response: Etcdserverpb_AuthUserGetResponse = try await self.client.call(.userGet, request, retry: .always)
        return response.roles
    }

    /// Removes a user; its tokens are void.
    ///
    /// - Throws: ``EtcdError``; `userNotFound`, or `invalidAuthManagement` for `root` while authentication is enabled.
    public func deleteUser(_ name: String) async throws {
        var request = Etcdserverpb_AuthUserDeleteRequest()
        request.name = name
        let _: Etcdserverpb_AuthUserDeleteResponse = try await self.client.call(.userDelete, request, retry: .ifUnsent)
    }

    /// Gives a user another password; its tokens are void.
    ///
    /// - Throws: ``EtcdError``; `userNotFound`.
    public func changePassword(of user: String, to password: String) async throws {
        var request = Etcdserverpb_AuthUserChangePasswordRequest()
        request.name = user
        request.password = password
        let _: Etcdserverpb_AuthUserChangePasswordResponse = try await self.client.call(
            .userChangePassword, request, retry: .ifUnsent)
    }

    /// Gives a user a role.
    ///
    /// - Throws: ``EtcdError``; `userNotFound` or `roleNotFound`.
    public func grantRole(_ role: String, to user: String) async throws {
        var request = Etcdserverpb_AuthUserGrantRoleRequest()
        request.user = user
        request.role = role
        let _: Etcdserverpb_AuthUserGrantRoleResponse = try await self.client.call(
            .userGrantRole, request, retry: .ifUnsent)
    }

    /// Takes a role from a user.
    ///
    /// - Throws: ``EtcdError``; `userNotFound`, `roleNotGranted`, or `invalidAuthManagement` for root's own role while
    ///   authentication is enabled.
    public func revokeRole(_ role: String, from user: String) async throws {
        var request = Etcdserverpb_AuthUserRevokeRoleRequest()
        request.name = user
        request.role = role
        let _: Etcdserverpb_AuthUserRevokeRoleResponse = try await self.client.call(
            .userRevokeRole, request, retry: .ifUnsent)
    }

    private func add(_ request: Etcdserverpb_AuthUserAddRequest) async throws {
        let _: Etcdserverpb_AuthUserAddResponse = try await self.client.call(.userAdd, request, retry: .ifUnsent)
    }
}

extension Method {
    fileprivate static let userList = Method(path: "/etcdserverpb.Auth/UserList")
    fileprivate static let userAdd = Method(path: "/etcdserverpb.Auth/UserAdd")
    fileprivate static let userGet = Method(path: "/etcdserverpb.Auth/UserGet")
    fileprivate static let userDelete = Method(path: "/etcdserverpb.Auth/UserDelete")
    fileprivate static let userChangePassword = Method(path: "/etcdserverpb.Auth/UserChangePassword")
    fileprivate static let userGrantRole = Method(path: "/etcdserverpb.Auth/UserGrantRole")
    fileprivate static let userRevokeRole = Method(path: "/etcdserverpb.Auth/UserRevokeRole")
}
