import EtcdWire
import Foundation

extension EtcdClient {
    /// Makes a lease.
    ///
    /// - Parameters:
    ///   - ttl: How long it lives without renewal. Rounded up to whole seconds; the server grants at least about 2 s.
    ///   - id: A name for it; `nil` lets the server choose.
    /// - Throws: ``EtcdError``; `leaseExists` if the name is taken.
    public func grantLease(ttl: Duration, id: LeaseID? = nil) async throws(EtcdError) -> Lease {
        var request = Etcdserverpb_LeaseGrantRequest()
        request.ttl = ttl.wholeSecondsRoundedUp
        request.id = id?.number ?? 0
        let response: Etcdserverpb_LeaseGrantResponse = try await self.call(.leaseGrant, request, retry: .ifUnsent)
        guard response.error.isEmpty, response.id != 0, response.ttl > 0 else {
            throw EtcdError(.protocolViolation, "no lease was granted: \(response.error)", mayHaveHappened: true)
        }
        return Lease(id: LeaseID(response.id), timeToLive: .seconds(response.ttl))
    }

    /// Ends a lease now; its keys are deleted, all in one revision.
    ///
    /// - Throws: ``EtcdError``; `leaseNotFound` if it is gone already.
    public func revokeLease(_ id: LeaseID) async throws(EtcdError) {
        var request = Etcdserverpb_LeaseRevokeRequest()
        request.id = id.number
        let _: Etcdserverpb_LeaseRevokeResponse = try await self.call(.leaseRevoke, request, retry: .ifUnsent)
    }

    /// How long a lease still lives.
    ///
    /// - Parameter includesKeys: Also list the keys under it.
    /// - Throws: ``EtcdError``; `leaseNotFound` if it is gone.
    public func leaseTimeToLive(_ id: LeaseID, includesKeys: Bool = false) async throws(EtcdError) -> LeaseStatus {
        var request = Etcdserverpb_LeaseTimeToLiveRequest()
        request.id = id.number
        request.keys = includesKeys
        let response: Etcdserverpb_LeaseTimeToLiveResponse = try await self.call(
            .leaseTimeToLive, request, retry: .always)
        guard response.ttl >= 0 else { throw EtcdError(.leaseNotFound, "there is no lease \(id)") }
        return LeaseStatus(
            id: id, remaining: .seconds(response.ttl), granted: .seconds(response.grantedTtl),
            keys: response.keys.map { Key(bytes: Array($0)) })
    }

    /// A keeper that renews the lease for as long as its ``LeaseKeeper/run()`` runs.
    ///
    /// Ask for it right after the grant: it counts the lease's life from now.
    public func keepAlive(_ lease: Lease) -> LeaseKeeper {
        LeaseKeeper(client: self, lease: lease)
    }
}

extension Duration {
    /// Whole seconds, the next higher number if there is a rest.
    var wholeSecondsRoundedUp: Int64 {
        let (seconds, attoseconds) = self.components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
