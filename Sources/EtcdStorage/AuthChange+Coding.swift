import EtcdStore

/// Users and roles as the log keeps them.
extension AuthChange {
    /// The numbers are in every file ever written: never give one a new meaning.
    private enum Kind: UInt8 {
        case disabled = 0
        case enabled = 1
        case user = 2
        case userRemoved = 3
        case role = 4
        case roleRemoved = 5
    }

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .enabled(let isEnabled):
            writer.write(isEnabled ? Kind.enabled.rawValue : Kind.disabled.rawValue)
        case .user(let user):
            writer.write(Kind.user.rawValue)
            writer.write(Bytes(user.name))
            writer.write(user.passwordHash == nil ? 0 : 1)
            writer.write(Bytes(user.passwordHash ?? ""))
            writer.write(varint: UInt64(user.roles.count))
            for role in user.roles { writer.write(Bytes(role)) }
        case .userRemoved(let name):
            writer.write(Kind.userRemoved.rawValue)
            writer.write(Bytes(name))
        case .role(let role):
            writer.write(Kind.role.rawValue)
            writer.write(Bytes(role.name))
            writer.write(varint: UInt64(role.permissions.count))
            for permission in role.permissions {
                writer.write(UInt8(permission.access.rawValue))
                writer.write(permission.range.start)
                writer.write(permission.range.rangeEnd)
            }
        case .roleRemoved(let name):
            writer.write(Kind.roleRemoved.rawValue)
            writer.write(Bytes(name))
        }
    }

    init(from reader: inout ByteReader) throws(ByteReader.Malformed) {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw ByteReader.Malformed() }
        switch kind {
        case .disabled: self = .enabled(false)
        case .enabled: self = .enabled(true)
        case .user:
            let name = try reader.text()
            let hasPassword = try reader.byte() != 0
            let hash = try reader.text()
            var roles: [String] = []
            for _ in 0..<(try reader.count()) { roles.append(try reader.text()) }
            self = .user(AuthUser(name: name, passwordHash: hasPassword ? hash : nil, roles: roles))
        case .userRemoved: self = .userRemoved(try reader.text())
        case .role:
            let name = try reader.text()
            var permissions: [AuthPermission] = []
            for _ in 0..<(try reader.count()) {
                guard let access = AuthPermission.Access(rawValue: Int(try reader.byte())) else {
                    throw ByteReader.Malformed()
                }
                permissions.append(
                    AuthPermission(access, KeyRange(key: try reader.blob(), rangeEnd: try reader.blob())))
            }
            self = .role(AuthRole(name: name, permissions: permissions))
        case .roleRemoved: self = .roleRemoved(try reader.text())
        }
    }
}

extension ByteReader {
    fileprivate mutating func text() throws(Malformed) -> String {
        String(decoding: try self.blob().array, as: UTF8.self)
    }
}
