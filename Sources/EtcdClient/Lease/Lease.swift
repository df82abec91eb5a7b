/// A lease as granted. Keys put under it are deleted when it runs out.
public struct Lease: Hashable, Sendable {
    public let id: LeaseID
    /// How long it lives without renewal, in whole seconds. The server may grant more than was asked for.
    public let timeToLive: Duration

    public init(id: LeaseID, timeToLive: Duration) {
        self.id = id
        self.timeToLive = timeToLive
    }
}

/// What is left of a lease.
public struct LeaseStatus: Hashable, Sendable {
    public let id: LeaseID
    /// Until it runs out unless renewed.
    public let remaining: Duration
    /// What it was granted for.
    public let granted: Duration
    /// The keys under it, if asked for.
    public let keys: [Key]
}
