/// Some permissions under a name.
package struct AuthRole: Hashable, Sendable {
    package let name: String
    /// In the order of their keys.
    package var permissions: [AuthPermission]

    package init(name: String, permissions: [AuthPermission] = []) {
        self.name = name
        self.permissions = permissions
    }
}

/// The right to read or write a key or a range of keys.
package struct AuthPermission: Hashable, Sendable {
    /// The numbers are those of the wire.
    package enum Access: Int, Sendable {
        case read = 0
        case write = 1
        case readWrite = 2

        func includes(_ other: Access) -> Bool { self == .readWrite || self == other }
    }

    package var access: Access
    package let range: KeyRange

    package init(_ access: Access, _ range: KeyRange) {
        self.access = access
        self.range = range
    }

    /// What the root role is said to have.
    package static let everything = AuthPermission(.readWrite, KeyRange(start: .empty, extent: .unbounded))
}
