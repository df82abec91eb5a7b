import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import SwiftProtobuf

/// `etcdserverpb.Auth`: users, roles and their permissions.
struct AuthService: GRPCService {
    static let name = "etcdserverpb.Auth"
    let context: ServiceContext

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.Auth/AuthEnable": self.enable
        case "/etcdserverpb.Auth/AuthDisable": self.disable
        case "/etcdserverpb.Auth/AuthStatus": self.status
        case "/etcdserverpb.Auth/Authenticate": self.authenticate
        case "/etcdserverpb.Auth/UserAdd": self.userAdd
        case "/etcdserverpb.Auth/UserGet": self.userGet
        case "/etcdserverpb.Auth/UserList": self.userList
        case "/etcdserverpb.Auth/UserDelete": self.userDelete
        case "/etcdserverpb.Auth/UserChangePassword": self.userChangePassword
        case "/etcdserverpb.Auth/UserGrantRole": self.userGrantRole
        case "/etcdserverpb.Auth/UserRevokeRole": self.userRevokeRole
        default: self.roleHandler(for: path)
        }
    }

    private func roleHandler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.Auth/RoleAdd": self.roleAdd
        case "/etcdserverpb.Auth/RoleGet": self.roleGet
        case "/etcdserverpb.Auth/RoleList": self.roleList
        case "/etcdserverpb.Auth/RoleDelete": self.roleDelete
        case "/etcdserverpb.Auth/RoleGrantPermission": self.roleGrantPermission
        case "/etcdserverpb.Auth/RoleRevokePermission": self.roleRevokePermission
        default: nil
        }
    }

    // MARK: Whether users count

    private var enable: GRPCMethod {
        self.change(Etcdserverpb_AuthEnableRequest.self, Etcdserverpb_AuthEnableResponse.self) { _ in .enable }
    }

    private var disable: GRPCMethod {
        let context = self.context
        return self.change(
            Etcdserverpb_AuthDisableRequest.self, Etcdserverpb_AuthDisableResponse.self,
            then: { _ in context.tokens.dropAll() }
        ) { _ throws(StoreError) in
            // Others can reach this server: without a login it would be everybody's.
            if context.keepsLogin { throw .invalidAuthManagement }
            return .disable
        }
    }

    private var status: GRPCMethod {
        self.context.unary(Etcdserverpb_AuthStatusRequest.self) { [context] _, info, reply in
            let (auth, revision) = context.store.withStore { ($0.committedAuth, $0.committed) }
            try context.requireRoot(info, in: auth)
            var response = Etcdserverpb_AuthStatusResponse()
            response.header = context.header(revision)
            response.enabled = auth.isEnabled
            response.authRevision = auth.revision
            reply.succeed(response)
        }
    }

    private var authenticate: GRPCMethod {
        self.context.unary(Etcdserverpb_AuthenticateRequest.self) { [context] request, info, reply in
            try Login(context: context, request: request, info: info, reply: reply).begin()
        }
    }

    // MARK: Users

    private var userAdd: GRPCMethod {
        self.passwordChange(
            Etcdserverpb_AuthUserAddRequest.self, Etcdserverpb_AuthUserAddResponse.self,
            password: { $0.hasOptions && $0.options.noPassword ? nil : $0.password },
            command: { .addUser($0.name, passwordHash: $1) })
    }

    private var userChangePassword: GRPCMethod {
        let context = self.context
        return self.passwordChange(
            Etcdserverpb_AuthUserChangePasswordRequest.self, Etcdserverpb_AuthUserChangePasswordResponse.self,
            then: { context.tokens.drop(user: $0.name) },
            password: { $0.password.isEmpty ? nil : $0.password },
            // Without a password the hash is one that nothing matches.
            command: { .changePassword(user: $0.name, hash: $1 ?? "") })
    }

    private var userDelete: GRPCMethod {
        let context = self.context
        return self.change(
            Etcdserverpb_AuthUserDeleteRequest.self, Etcdserverpb_AuthUserDeleteResponse.self,
            then: { context.tokens.drop(user: $0.name) }
        ) { .deleteUser($0.name) }
    }

    private var userGrantRole: GRPCMethod {
        self.change(Etcdserverpb_AuthUserGrantRoleRequest.self, Etcdserverpb_AuthUserGrantRoleResponse.self) {
            .grantRole(user: $0.user, role: $0.role)
        }
    }

    private var userRevokeRole: GRPCMethod {
        self.change(Etcdserverpb_AuthUserRevokeRoleRequest.self, Etcdserverpb_AuthUserRevokeRoleResponse.self) {
            .revokeRole(user: $0.name, role: $0.role)
        }
    }

    /// Users may look at themselves.
    private var userGet: GRPCMethod {
        self.read(Etcdserverpb_AuthUserGetRequest.self, Etcdserverpb_AuthUserGetResponse.self) {
            request, user, auth, response throws(StoreError) in
            if request.name != user ?? "" { try auth.checkRoot(user) }
            guard let found = auth.user(request.name) else { throw .userNotFound }
            response.roles = found.roles
        }
    }

    private var userList: GRPCMethod {
        self.read(Etcdserverpb_AuthUserListRequest.self, Etcdserverpb_AuthUserListResponse.self) {
            _, user, auth, response throws(StoreError) in
            try auth.checkRoot(user)
            response.users = auth.userNames
        }
    }

    // MARK: Roles

    private var roleAdd: GRPCMethod {
        self.change(Etcdserverpb_AuthRoleAddRequest.self, Etcdserverpb_AuthRoleAddResponse.self) { .addRole($0.name) }
    }

    private var roleDelete: GRPCMethod {
        self.change(Etcdserverpb_AuthRoleDeleteRequest.self, Etcdserverpb_AuthRoleDeleteResponse.self) {
            .deleteRole($0.role)
        }
    }

    /// Users may look at the roles they have.
    private var roleGet: GRPCMethod {
        self.read(Etcdserverpb_AuthRoleGetRequest.self, Etcdserverpb_AuthRoleGetResponse.self) {
            request, user, auth, response throws(StoreError) in
            let isOwn = user.flatMap { auth.user($0) }?.roles.contains(request.role) == true
            if !isOwn { try auth.checkRoot(user) }
            guard let role = auth.role(request.role) else { throw .roleNotFound }
            let permissions = role.name == AuthUser.root ? [.everything] : role.permissions
            response.perm = permissions.map { Authpb_Permission($0) }
        }
    }

    private var roleList: GRPCMethod {
        self.read(Etcdserverpb_AuthRoleListRequest.self, Etcdserverpb_AuthRoleListResponse.self) {
            _, user, auth, response throws(StoreError) in
            try auth.checkRoot(user)
            response.roles = auth.roleNames
        }
    }

    private var roleGrantPermission: GRPCMethod {
        self.change(
            Etcdserverpb_AuthRoleGrantPermissionRequest.self, Etcdserverpb_AuthRoleGrantPermissionResponse.self
        ) { request throws(StoreError) in
            guard request.hasPerm else { throw .permissionNotGiven }
            return .grantPermission(role: request.name, try AuthPermission(request.perm))
        }
    }

    private var roleRevokePermission: GRPCMethod {
        self.change(
            Etcdserverpb_AuthRoleRevokePermissionRequest.self, Etcdserverpb_AuthRoleRevokePermissionResponse.self
        ) { request in
            .revokePermission(
                role: request.role, KeyRange(key: Bytes(request.key), rangeEnd: Bytes(request.rangeEnd)))
        }
    }

    // MARK: How

    /// A change that only root may make.
    ///
    /// - Parameter then: What follows once it is durable, before it is answered.
    private func change<Request: Message, Response: HeaderedResponse>(
        _ request: Request.Type, _ response: Response.Type,
        then: @escaping @Sendable (Request) -> Void = { _ in },
        _ command: @escaping @Sendable (Request) throws(StoreError) -> AuthCommand
    ) -> GRPCMethod {
        self.context.unary(request) { [self] request, info, reply in
            self.submit(info, reply, Response.self, then: { then(request) }) { () throws(StoreError) in
                try command(request)
            }
        }
    }

    /// A change with a password in it, which is hashed before its turn in the store comes.
    private func passwordChange<Request: Message, Response: HeaderedResponse>(
        _ request: Request.Type, _ response: Response.Type,
        then: @escaping @Sendable (Request) -> Void = { _ in },
        password: @escaping @Sendable (Request) -> String?,
        command: @escaping @Sendable (Request, _ hash: String?) -> AuthCommand
    ) -> GRPCMethod {
        self.context.unary(request) { [self] request, info, reply in
            guard let password = password(request) else {
                return self.submit(info, reply, Response.self, then: { then(request) }) { command(request, nil) }
            }
            // Asked again when its turn comes; here so that strangers cannot have passwords hashed.
            try self.context.requireRoot(info)
            let isAdmitted = self.context.passwords.add(from: info.peer) {
                do {
                    let hash = try PasswordHash(of: password, logRounds: self.context.passwordLogRounds).text
                    self.submit(info, reply, Response.self, then: { then(request) }) { command(request, hash) }
                } catch {
                    reply.fail(GRPCStatus(.internalError, "the password could not be hashed: \(error)"))
                }
            }
            if !isAdmitted { throw StoreError.tooManyRequests }
        }
    }

    private func submit<Response: HeaderedResponse>(
        _ info: GRPCCallInfo, _ reply: GRPCReply, _ response: Response.Type, then: @escaping @Sendable () -> Void,
        _ command: @escaping @Sendable () throws(StoreError) -> AuthCommand
    ) {
        self.context.store.submit(
            { [context] store, _ throws(StoreError) in
                try context.requireRoot(info, in: store.auth)
                try store.changeAuth(try command())
                return store.head
            },
            completion: { [context] result in
                switch result {
                case .success(let head):
                    then()
                    var response = Response()
                    response.header = context.header(head)
                    reply.succeed(response)
                case .failure(let error): reply.fail(GRPCStatus(error))
                }
            })
    }

    /// A look at what is durable; `body` gets the request, who asks, the table, and the answer to fill.
    private func read<Request: Message, Response: HeaderedResponse>(
        _ request: Request.Type, _ response: Response.Type,
        _ body: @escaping @Sendable (Request, String?, AuthTable, inout Response) throws(StoreError) -> Void
    ) -> GRPCMethod {
        self.context.unary(request) { [context] request, info, reply in
            let (auth, revision) = context.store.withStore { ($0.committedAuth, $0.committed) }
            var response = Response()
            response.header = context.header(revision)
            try body(request, try context.user(info, in: auth), auth, &response)
            reply.succeed(response)
        }
    }
}

/// An answer with etcd's header on it.
protocol HeaderedResponse: Message {
    var header: Etcdserverpb_ResponseHeader { get set }
}

extension Etcdserverpb_AuthEnableResponse: HeaderedResponse {}
extension Etcdserverpb_AuthDisableResponse: HeaderedResponse {}
extension Etcdserverpb_AuthUserAddResponse: HeaderedResponse {}
extension Etcdserverpb_AuthUserGetResponse: HeaderedResponse {}
extension Etcdserverpb_AuthUserListResponse: HeaderedResponse {}
extension Etcdserverpb_AuthUserDeleteResponse: HeaderedResponse {}
extension Etcdserverpb_AuthUserChangePasswordResponse: HeaderedResponse {}
extension Etcdserverpb_AuthUserGrantRoleResponse: HeaderedResponse {}
extension Etcdserverpb_AuthUserRevokeRoleResponse: HeaderedResponse {}
extension Etcdserverpb_AuthRoleAddResponse: HeaderedResponse {}
extension Etcdserverpb_AuthRoleGetResponse: HeaderedResponse {}
extension Etcdserverpb_AuthRoleListResponse: HeaderedResponse {}
extension Etcdserverpb_AuthRoleDeleteResponse: HeaderedResponse {}
extension Etcdserverpb_AuthRoleGrantPermissionResponse: HeaderedResponse {}
extension Etcdserverpb_AuthRoleRevokePermissionResponse: HeaderedResponse {}
