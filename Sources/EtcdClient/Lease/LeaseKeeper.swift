import ServiceLifecycle

/// Renews one lease, a third of its life after the last answer, and says how sure one can be that it lives.
///
/// ```swift
/// let keeper = client.keepAlive(try await client.grantLease(ttl: .seconds(10)))
/// try await keeper.run()   // returns when the lease is lost; grant a new one then
/// ```
public final class LeaseKeeper: Sendable, Service {
    /// What is being renewed.
    public let lease: Lease
    private let client: EtcdClient

    init(client: EtcdClient, lease: Lease) {
        self.client = client
        self.lease = lease
    }

    /// How things stand now.
    public var state: LeaseState { .alive }

    /// Renews the lease until it is lost. Call it once.
    ///
    /// - Throws: `CancellationError` when the task is cancelled; the lease is then left to run out.
    public func run() async throws {
    }
}
