import EtcdTransport
import EtcdWire
import Foundation
import SwiftProtobuf

extension RawClient {
    /// Calls, and throws if it is refused.
    func must(_ path: String, _ request: some Message, token: String? = nil) async throws {
        if let refusal = await self.refusal(path, request, token: token) { throw refusal }
    }

    /// The status of a call that was refused.
    func refusal(_ path: String, _ request: some Message, token: String? = nil) async -> GRPCStatus? {
        switch await self.call("/etcdserverpb.\(path)", request, Etcdserverpb_AuthEnableResponse.self, token: token) {
        case .success: nil
        case .failure(let status): status
        }
    }

    func logIn(_ user: String, _ password: String) async throws -> String {
        var request = Etcdserverpb_AuthenticateRequest()
        request.name = user
        request.password = password
        return try await self.call(
            "/etcdserverpb.Auth/Authenticate", request, Etcdserverpb_AuthenticateResponse.self
        ).get().token
    }

    func addUser(_ name: String, password: String) async throws {
        var user = Etcdserverpb_AuthUserAddRequest()
        user.name = name
        user.password = password
        try await self.must("Auth/UserAdd", user)
    }

    func grantRole(_ role: String, to user: String) async throws {
        var grant = Etcdserverpb_AuthUserGrantRoleRequest()
        grant.user = user
        grant.role = role
        try await self.must("Auth/UserGrantRole", grant)
    }

    /// Makes root, and has the store ask for a login from now on.
    ///
    /// - Returns: A token of root's.
    func switchLoginOn(rootPassword password: String) async throws -> String {
        try await self.addUser("root", password: password)
        try await self.grantRole("root", to: "root")
        try await self.must("Auth/AuthEnable", Etcdserverpb_AuthEnableRequest())
        return try await self.logIn("root", password)
    }

    func put(_ key: String, _ value: String = "v", lease: Int64 = 0) -> Etcdserverpb_PutRequest {
        var put = Etcdserverpb_PutRequest()
        put.key = Data(key.utf8)
        put.value = Data(value.utf8)
        put.lease = lease
        return put
    }
}
