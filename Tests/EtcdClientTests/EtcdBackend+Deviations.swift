import EtcdClient

/// Where the servers differ, each by its name: what is not listed here, all of them do.
extension EtcdBackend {
    /// AuthStatus came with etcd 3.5.
    var hasAuthStatus: Bool { self != .etcd }

    /// Downgrade came with etcd 3.5.
    var hasDowngrade: Bool { self != .etcd }

    /// etcd 3.5.1 judges a downgrade, but leaves the call to begin or end one without an answer.
    var answersDowngrades: Bool { self != .etcd && self != .etcd35 }

    /// The embedded store has had one form of files so far: there is nothing to go back to.
    var hasOlderForms: Bool { self != .embedded }
}
