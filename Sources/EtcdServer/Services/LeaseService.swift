import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import Foundation
import NIOCore

/// `etcdserverpb.Lease`: keys that live as long as somebody renews them.
///
/// All calls go through the writer, reads too: a lease that is not durable yet must not be seen.
struct LeaseService: GRPCService {
    static let name = "etcdserverpb.Lease"
    let context: ServiceContext

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.Lease/LeaseGrant": self.grant
        case "/etcdserverpb.Lease/LeaseRevoke": self.revoke
        case "/etcdserverpb.Lease/LeaseKeepAlive":
            .stream { [context] stream in LeaseKeepAliveStream(stream, context: context) }
        case "/etcdserverpb.Lease/LeaseTimeToLive": self.timeToLive
        case "/etcdserverpb.Lease/LeaseLeases": self.leases
        default: nil
        }
    }

    private var grant: GRPCMethod {
        self.context.write(
            Etcdserverpb_LeaseGrantRequest.self,
            prepare: { [context] request, info in
                // Positive and not 0, as etcd chooses them.
                let id = LeaseID(request.id != 0 ? request.id : Int64(context.makeNumber() >> 1) | 1)
                return { store, now throws(StoreError) in
                    try context.requireAnybody(info, in: store.auth)
                    let seconds = try store.grantLease(id, seconds: request.ttl, now: now)
                    return (store.head, id, seconds)
                }
            },
            answer: { [context] (granted: (head: Revision, id: LeaseID, seconds: Int64)) in
                var response = Etcdserverpb_LeaseGrantResponse()
                response.header = context.header(granted.head)
                response.id = granted.id.number
                response.ttl = granted.seconds
                return response
            })
    }

    private var revoke: GRPCMethod {
        self.context.write(
            Etcdserverpb_LeaseRevokeRequest.self,
            prepare: { [context] request, info in
                let id = LeaseID(request.id)
                return { store, _ throws(StoreError) in
                    if store.auth.isEnabled {
                        let user = try context.user(info, in: store.auth)
                        try store.auth.checkAnybody(user)
                        try store.authorizeWrite(ofLease: id, by: user)
                    }
                    try store.checkSound()
                    try store.revokeLease(id)
                    return store.head
                }
            },
            answer: { [context] (head: Revision) in
                var response = Etcdserverpb_LeaseRevokeResponse()
                response.header = context.header(head)
                return response
            })
    }

    /// A lease that is not there has a time to live of −1; that is no error.
    private var timeToLive: GRPCMethod {
        self.context.write(
            Etcdserverpb_LeaseTimeToLiveRequest.self,
            prepare: { [context] request, info in
                let id = LeaseID(request.id)
                return { store, now throws(StoreError) in
                    if store.auth.isEnabled {
                        let user = try context.user(info, in: store.auth)
                        try store.auth.checkAnybody(user)
                        if request.keys { try store.authorizeRead(ofLease: id, by: user) }
                    }
                    return (store.head, id, store.leaseStatus(id, wantsKeys: request.keys, now: now))
                }
            },
            answer: { [context] (found: (head: Revision, id: LeaseID, status: Store.LeaseStatus?)) in
                var response = Etcdserverpb_LeaseTimeToLiveResponse()
                response.header = context.header(found.head)
                response.id = found.id.number
                response.ttl = found.status?.remainingSeconds ?? -1
                response.grantedTtl = found.status?.grantedSeconds ?? 0
                response.keys = found.status?.keys.map { Data($0) } ?? []
                return response
            })
    }

    private var leases: GRPCMethod {
        self.context.write(
            Etcdserverpb_LeaseLeasesRequest.self,
            prepare: { [context] _, info in
                { store, _ throws(StoreError) in
                    if store.auth.isEnabled {
                        try store.authorizeReadOfAllLeases(by: try context.user(info, in: store.auth))
                    }
                    return (store.head, store.leaseIDs())
                }
            },
            answer: { [context] (found: (head: Revision, ids: [LeaseID])) in
                var response = Etcdserverpb_LeaseLeasesResponse()
                response.header = context.header(found.head)
                response.leases = found.ids.map { id in
                    var status = Etcdserverpb_LeaseStatus()
                    status.id = id.number
                    return status
                }
                return response
            })
    }
}
