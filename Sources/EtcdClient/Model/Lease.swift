/// A lease that was granted.
public struct Lease: Hashable, Sendable {
    /// Its identity.
    public let id: LeaseID
    /// How long it lives without being kept alive: what was asked for, or the least the server grants.
    public let ttl: Duration
    /// When the request for it was sent, by the monotonic clock: no server counts its life from an earlier moment.
    public let requested: ContinuousClock.Instant

    /// A lease of these members.
    ///
    /// - Parameter requested: When it was asked for; for a lease that somebody else made, when it was last renewed.
    public init(id: LeaseID, ttl: Duration, requested: ContinuousClock.Instant = .now) {
        self.id = id
        self.ttl = ttl
        self.requested = requested
    }

    /// Whether two are the same lease.
    public static func == (left: Lease, right: Lease) -> Bool { left.id == right.id && left.ttl == right.ttl }

    /// As equality sees it.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.id)
        hasher.combine(self.ttl)
    }
}

/// How a lease that is being kept alive stands.
public enum LeaseState: Hashable, Sendable {
    /// Renewed less than its TTL ago.
    case alive
    /// Renewals go unanswered; it still lives by the local clock.
    case atRisk
    /// It is gone, or must be taken for gone.
    case lost(LeaseLoss)
}

/// Why a lease is gone.
public enum LeaseLoss: Hashable, Sendable {
    /// The server said that it does not exist: it expired or was revoked.
    case notFound
    /// No renewal was answered within its TTL, counted by the monotonic clock from when the last one was sent.
    case deadlinePassed
    /// The keeper was stopped.
    case stopped
}

/// What is left of a lease.
public struct LeaseTimeToLive: Hashable, Sendable {
    /// Time left.
    public var remaining: Duration
    /// What was granted.
    public var granted: Duration
    /// The keys on it, when they were asked for.
    public var keys: [Key]

    /// A value of these members.
    public init(remaining: Duration, granted: Duration, keys: [Key] = []) {
        self.remaining = remaining
        self.granted = granted
        self.keys = keys
    }
}
