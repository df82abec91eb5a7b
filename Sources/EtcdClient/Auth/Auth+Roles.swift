import EtcdWire
import Foundation

extension EtcdClient.Auth {
    /// The names of all roles, in no promised order. Role `root` is listed only if it was added.
    public func roles() async throws -> [String] {
        let response: Etcdserverpb_AuthRoleListResponse = try await self.client.call(
            .roleList, Etcdserverpb_AuthRoleListRequest(), retry: .always)
        return response.roles
    }

    /// Adds a role that may do nothing yet.
    ///
    /// - Throws: ``EtcdError``; `roleExists`, or `invalidArgument` for an empty name.
    public func addRole(_ name: String) async throws {
        var request = Etcdserverpb_AuthRoleAddRequest()
        request.name = name
        let _: Etcdserverpb_AuthRoleAddResponse = try await self.client.call(.roleAdd, request, retry: .ifUnsent)
    }

    /// What a role may do.
    ///
    /// - Throws: ``EtcdError``; `roleNotFound`.
    public func permissions(of role: String) async throws -> [Permission] {
        var request = Etcdserverpb_AuthRoleGetRequest()
        request.role = role
        let response: Etcdserverpb_AuthRoleGetResponse = try await self.client.call(.roleGet, request, retry: .always)
        return try response.perm.map { try Permission($0) }
    }

    /// Removes a role, also from the users who have it.
    ///
    /// - Throws: ``EtcdError``; `roleNotFound`, or `invalidAuthManagement` for `root` while authentication is enabled.
    public func deleteRole(_ name: String) async throws {
        var request = Etcdserverpb_AuthRoleDeleteRequest()
        request.role = name
        let _: Etcdserverpb_AuthRoleDeleteResponse = try await self.client.call(.roleDelete, request, retry: .ifUnsent)
    }

    /// Lets a role do more. A permission on the same range is replaced.
    ///
    /// - Throws: ``EtcdError``; `roleNotFound`.
    public func grant(_ permission: Permission, to role: String) async throws {
        var request = Etcdserverpb_AuthRoleGrantPermissionRequest()
        request.name = role
        request.perm = Authpb_Permission(permission)
        let _: Etcdserverpb_AuthRoleGrantPermissionResponse = try await self.client.call(
            .roleGrantPermission, request, retry: .ifUnsent)
    }

    /// Takes what a role may do on exactly this range.
    ///
    /// - Throws: ``EtcdError``; `roleNotFound`, or `permissionNotGranted` if no permission has this very range.
    public func revokePermission(on range: KeyRange, from role: String) async throws {
        var request = Etcdserverpb_AuthRoleRevokePermissionRequest()
        request.role = role
        request.key = Data(range.start.bytes)
        request.rangeEnd = Data(range.end.bytes)
        let _: Etcdserverpb_AuthRoleRevokePermissionResponse = try await self.client.call(
            .roleRevokePermission, request, retry: .ifUnsent)
    }
}

/// What a role may do with the keys of a range.
public struct Permission: Hashable, Sendable {
    /// What may be done.
    public enum Access: Sendable { case read, write, readWrite }

    /// What may be done.
    public var access: Access
    /// With which keys. A request needs a permission that covers all of its range; adjacent permissions add up.
    public var range: KeyRange

    /// A permission on one key, a range, a prefix, or all keys from one on.
    public init(_ access: Access, _ range: KeyRange) {
        self.access = access
        self.range = range
    }
}

extension Permission {
    init(_ wire: Authpb_Permission) throws(EtcdError) {
        let access: Access =
            switch wire.permType {
            case .read: .read
            case .write: .write
            case .readwrite: .readWrite
            case .UNRECOGNIZED(let number):
                throw EtcdError(.badResponse, "a role has a permission of unknown kind \(number)")
            }
        self.init(access, .range(Key(Array(wire.key)), Key(Array(wire.rangeEnd))))
    }
}

extension Authpb_Permission {
    init(_ permission: Permission) {
        self.init()
        self.permType =
            switch permission.access {
            case .read: .read
            case .write: .write
            case .readWrite: .readwrite
            }
        self.key = Data(permission.range.start.bytes)
        self.rangeEnd = Data(permission.range.end.bytes)
    }
}

extension Method {
    fileprivate static let roleList = Method(path: "/etcdserverpb.Auth/RoleList")
    fileprivate static let roleAdd = Method(path: "/etcdserverpb.Auth/RoleAdd")
    fileprivate static let roleGet = Method(path: "/etcdserverpb.Auth/RoleGet")
    fileprivate static let roleDelete = Method(path: "/etcdserverpb.Auth/RoleDelete")
    fileprivate static let roleGrantPermission = Method(path: "/etcdserverpb.Auth/RoleGrantPermission")
    fileprivate static let roleRevokePermission = Method(path: "/etcdserverpb.Auth/RoleRevokePermission")
}
