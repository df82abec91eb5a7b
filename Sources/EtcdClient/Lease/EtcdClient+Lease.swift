import EtcdWire
import Foundation

extension EtcdClient {
    /// Makes a lease.
    ///
    /// - Parameters:
    ///   - ttl: How long it lives without renewal. Rounded up to whole seconds; the server grants at least about 2 s.
    ///   - id: A name for it; `nil` lets the server choose.
    /// - Throws: ``EtcdError``; `leaseExists` if the name is taken.
    public func grantLease(ttl: Duration, id: LeaseID? = nil) async throws -> Lease {
        var request = Etcdserverpb_LeaseGrantRequest()
        request.ttl = ttl.wholeSecondsRoundedUp
        request.id = id?.rawValue ?? 0
        let requested = ContinuousClock.now
        let response: Etcdserverpb_LeaseGrantResponse = try await self.call(.leaseGrant, request, retry: .ifUnsent)
        guard response.error.isEmpty, let id = LeaseID(response.id), response.ttl > 0 else {
            throw EtcdError(.badResponse, "no lease was granted: \(response.error)", mayHaveHappened: true)
        }
        return Lease(id: id, ttl: .seconds(response.ttl), requested: requested)
    }

    /// Ends a lease now; its keys are deleted, all in one revision.
    ///
    /// - Throws: ``EtcdError``; `leaseNotFound` if it is gone already.
    public func revokeLease(_ id: LeaseID) async throws {
        var request = Etcdserverpb_LeaseRevokeRequest()
        request.id = id.rawValue
        let _: Etcdserverpb_LeaseRevokeResponse = try await self.call(.leaseRevoke, request, retry: .ifUnsent)
    }

    /// How long a lease still lives.
    ///
    /// - Parameter includesKeys: Also list the keys under it.
    /// - Throws: ``EtcdError``; `leaseNotFound` if it is gone.
    public func leaseTimeToLive(_ id: LeaseID, includesKeys: Bool = false) async throws -> LeaseTimeToLive {
        var request = Etcdserverpb_LeaseTimeToLiveRequest()
        request.id = id.rawValue
        request.keys = includesKeys
        let response: Etcdserverpb_LeaseTimeToLiveResponse = try await self.call(
            .leaseTimeToLive, request, retry: .always)
        guard response.ttl >= 0 else { throw EtcdError(.leaseNotFound, "there is no lease \(id)") }
        return LeaseTimeToLive(
            remaining: .seconds(response.ttl), granted: .seconds(response.grantedTtl),
            keys: response.keys.map { Key(Array($0)) })
    }

    /// The leases that there are, those that expire soonest first. Where there are users, most servers let only root ask.
    public func leases() async throws -> [LeaseID] {
        let response: Etcdserverpb_LeaseLeasesResponse = try await self.call(
            .leaseLeases, Etcdserverpb_LeaseLeasesRequest(), retry: .always)
        return response.leases.compactMap { LeaseID($0.id) }
    }

    /// Renews a lease once, for who has a reason of its own each time. To keep one alive, use ``keepAlive(_:)``.
    ///
    /// - Returns: How long it lives from now on, unless it is renewed again.
    /// - Throws: ``EtcdError``; `leaseNotFound` if it is gone.
    public func renewLease(_ id: LeaseID) async throws -> Duration {
        var request = Etcdserverpb_LeaseKeepAliveRequest()
        request.id = id.rawValue
        // A stream of one message is on the wire what a unary call is.
        let response: Etcdserverpb_LeaseKeepAliveResponse = try await self.call(
            .leaseKeepAlive, request, retry: .always)
        guard response.ttl > 0 else { throw EtcdError(.leaseNotFound, "there is no lease \(id)") }
        return .seconds(response.ttl)
    }

    /// A keeper that renews the lease for as long as its ``LeaseKeeper/run()`` runs.
    ///
    /// It counts the lease's life from when the lease was asked for.
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
