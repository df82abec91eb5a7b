import EtcdStorage
import EtcdStore
import EtcdTransport

extension ServiceContext {
    /// The name of the user a request comes from, or `nil` for nobody. A token counts before a certificate.
    ///
    /// Ask when the request's turn comes, in the same hold of the store's lock as what it does: then no change of users
    /// can come in between.
    ///
    /// - Throws: `invalidAuthToken`.
    func user(_ info: GRPCCallInfo, in auth: AuthTable) throws(StoreError) -> String? {
        if let guest { return guest }
        guard auth.isEnabled else { return nil }
        guard let text = info.metadata("token") ?? info.metadata("authorization") else {
            return self.trustsCertificates ? info.peerCertificate.flatMap { self.commonNames[$0] } : nil
        }
        let token = text.hasPrefix("Bearer ") ? String(text.dropFirst(7)) : text
        guard let name = self.tokens.user(of: token) else { throw .invalidAuthToken }
        return name
    }

    /// For calls that want a user, whoever it is.
    func requireAnybody(_ info: GRPCCallInfo, in auth: AuthTable) throws(StoreError) {
        try auth.checkAnybody(try self.user(info, in: auth))
    }

    /// For calls that only users with the root role may make.
    func requireRoot(_ info: GRPCCallInfo, in auth: AuthTable) throws(StoreError) {
        try auth.checkRoot(try self.user(info, in: auth))
    }

    /// See ``requireRoot(_:in:)``; for calls that do not change the store.
    func requireRoot(_ info: GRPCCallInfo) throws(StoreError) {
        try self.requireRoot(info, in: self.store.withStore { $0.committedAuth })
    }

    /// See ``requireAnybody(_:in:)``; for calls that do not change the store.
    func requireAnybody(_ info: GRPCCallInfo) throws(StoreError) {
        try self.requireAnybody(info, in: self.store.withStore { $0.committedAuth })
    }
}
