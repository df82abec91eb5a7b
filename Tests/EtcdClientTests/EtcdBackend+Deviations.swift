import EtcdClient

/// Where the servers differ, each by its name: what is not listed here, all of them do.
extension EtcdBackend {
    /// AuthStatus came with etcd 3.5.
    var hasAuthStatus: Bool { self != .etcd }

    /// Downgrade came with etcd 3.5.
    var hasDowngrade: Bool { self != .etcd }

    /// etcd 3.5.1 judges a downgrade, but leaves the call to begin or end one without an answer.
    var answersDowngrades: Bool { self != .etcd && self != .etcd35 }

    /// Cannot be changed in its members: it is a cluster of one.
    var isAlwaysAlone: Bool { self == .embedded }
}

/// The servers that a suite runs against.
extension [EtcdBackend] {
    /// Those with users and roles.
    static let withAuth: [EtcdBackend] = [.etcd, .etcd35]
    /// Those whose upkeep is complete.
    static let withMaintenance: [EtcdBackend] = [.etcd, .etcd35]
}
