import EtcdWire

extension EtcdClient {
    /// Users, roles and what they may do.
    public var auth: Auth { Auth(client: self) }

    /// Administers who may do what; from ``EtcdClient/auth``.
    ///
    /// ```swift
    /// try await client.auth.addRole("hall")
    /// try await client.auth.grant(Permission(.readWrite, .prefix("/hall:")), to: "hall")
    /// try await client.auth.addUser("alice", password: secret)
    /// try await client.auth.grantRole("hall", to: "alice")
    /// ```
    ///
    /// Once authentication is enabled, all of this needs a user with role `root`, except that every user may look up
    /// itself and its own roles. Each change raises the auth revision by one; the tokens of other clients may have to be
    /// renewed then, which clients like this one do by themselves.
    ///
    /// Everything here throws ``EtcdError``, or `CancellationError` when the task is cancelled.
    public struct Auth: Sendable {
        let client: EtcdClient

        /// Whether users are asked for, and how often users, roles and permissions have changed.
        ///
        /// - Throws: ``EtcdError``; `unimplemented` by etcd before 3.5, `permissionDenied` unless the user is root
        ///   while authentication is enabled (up to etcd 3.6).
        public func status() async throws -> AuthStatus {
            let response: Etcdserverpb_AuthStatusResponse = try await self.client.call(
                .authStatus, Etcdserverpb_AuthStatusRequest(), retry: .always)
            return AuthStatus(isEnabled: response.enabled, revision: response.authRevision)
        }

        /// From now on every call needs a user. Does nothing if that is so already.
        ///
        /// - Throws: ``EtcdError``; `rootUserMissing` unless a user `root` exists, `rootRoleMissing` unless it has the
        ///   role `root`.
        public func enable() async throws {
            let _: Etcdserverpb_AuthEnableResponse = try await self.client.call(
                .authEnable, Etcdserverpb_AuthEnableRequest(), retry: .ifUnsent)
        }

        /// From now on anybody may do everything. All tokens are void. Users and roles stay.
        public func disable() async throws {
            let _: Etcdserverpb_AuthDisableResponse = try await self.client.call(
                .authDisable, Etcdserverpb_AuthDisableRequest(), retry: .ifUnsent)
        }

        /// A token for a user, as other programs may send it in the header `token`. A client that has credentials in its
        /// configuration fetches and renews its token by itself and does not need this.
        ///
        /// - Returns: A secret. By default it lives 300 s after its last use, in the memory of the server.
        /// - Throws: ``EtcdError``; `authenticationFailed`, or `authNotEnabled` if the server asks for no users.
        public func authenticate(_ credentials: Credentials) async throws -> String {
            try await EtcdClient.token(for: credentials, over: self.client.context)
        }
    }
}

/// Whether a store asks for users.
public struct AuthStatus: Hashable, Sendable {
    /// Whether every call needs a user.
    public var isEnabled: Bool
    /// Rises by one with each change of a user, a role or a permission. Starts at 1.
    public var revision: UInt64

    /// A status of these members.
    public init(isEnabled: Bool, revision: UInt64) {
        self.isEnabled = isEnabled
        self.revision = revision
    }
}

extension Method {
    static let authStatus = Method(path: "/etcdserverpb.Auth/AuthStatus")
    static let authEnable = Method(path: "/etcdserverpb.Auth/AuthEnable")
    static let authDisable = Method(path: "/etcdserverpb.Auth/AuthDisable")
}
