import ServiceLifecycle

/// Renews one lease, a third of its life after the last answer, and says how sure one can be that it lives.
///
/// ```swift
/// let keeper = client.keepAlive(try await client.grantLease(ttl: .seconds(10)))
/// try await keeper.run()   // throws when the lease is lost; grant a new one then
/// ```
public final class LeaseKeeper: Sendable, Service {
    /// How things stand with the lease.
    public enum State: Hashable, Sendable {
        /// The last renewal was answered in time.
        case alive
        /// A renewal is overdue. The lease may still live, and may still be renewed.
        case atRisk
        /// The lease is gone, or must be taken for gone. It never comes back.
        case lost(LossReason)
    }

    /// Why a lease was lost.
    public enum LossReason: Hashable, Sendable {
        /// The server says there is no such lease: it ran out or was revoked.
        case notFound
        /// No renewal was answered within the lease's life, as measured here. The server may think otherwise for a
        /// moment longer.
        case expired
    }

    public let lease: Lease
    private let client: EtcdClient

    init(client: EtcdClient, lease: Lease) {
        self.client = client
        self.lease = lease
    }

    /// How things stand now.
    public var state: State { .alive }

    /// The state now and whenever it changes. A slow reader gets the newest only. Ends after ``State/lost(_:)``, or when
    /// ``run()`` returns.
    public var states: AsyncStream<State> { AsyncStream { $0.finish() } }

    /// Renews the lease until the task is cancelled or the service group shuts down gracefully. Does not revoke it.
    ///
    /// Call it once.
    ///
    /// - Throws: ``EtcdError`` with code `leaseNotFound` when the lease is lost; any other error that makes renewing
    ///   pointless, such as `permissionDenied`. Never because of a lost connection alone.
    public func run() async throws {
    }
}
