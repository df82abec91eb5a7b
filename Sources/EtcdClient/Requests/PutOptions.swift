/// How to put.
public struct PutOptions: Hashable, Sendable {
    /// Answer with what the key held before.
    public var returnsPrevious: Bool
    /// Keep the value and change only the lease; fails with ``EtcdError/Code-swift.struct/keyNotFound`` without a key.
    /// The value given must be empty.
    public var keepsValue: Bool
    /// Keep the lease and change only the value; fails like ``keepsValue``. No lease may be given.
    public var keepsLease: Bool

    public init(returnsPrevious: Bool = false, keepsValue: Bool = false, keepsLease: Bool = false) {
        self.returnsPrevious = returnsPrevious
        self.keepsValue = keepsValue
        self.keepsLease = keepsLease
    }
}

/// What a put did.
public struct PutResult: Hashable, Sendable {
    /// The revision the put made.
    public let revision: Revision
    public let clusterID: ClusterID
    /// What the key held before, if asked for and if it did.
    public let previous: KeyValue?
}
