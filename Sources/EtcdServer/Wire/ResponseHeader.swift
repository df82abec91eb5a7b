import EtcdStore
import EtcdWire

/// Makes the header that etcd puts on nearly every answer.
struct ResponseHeaders: Sendable {
    /// What a fresh etcd says; a single node never elects again.
    static let raftTerm: UInt64 = 2

    let identity: Store.Identity

    func header(_ revision: Revision) -> Etcdserverpb_ResponseHeader {
        var header = self.headerWithoutRevision()
        header.revision = revision.number
        return header
    }

    func headerWithoutRevision() -> Etcdserverpb_ResponseHeader {
        var header = Etcdserverpb_ResponseHeader()
        header.clusterID = self.identity.clusterID
        header.memberID = self.identity.memberID
        header.raftTerm = Self.raftTerm
        return header
    }

    /// The answers inside a transaction's answer know only their revision.
    static func inner(_ revision: Revision) -> Etcdserverpb_ResponseHeader {
        var header = Etcdserverpb_ResponseHeader()
        header.revision = revision.number
        return header
    }
}
