/// What a deletion did.
public struct DeleteResult: Hashable, Sendable {
    /// The revision of the deletion, or the current one if there was nothing to delete.
    public let revision: Revision
    public let clusterID: ClusterID
    /// How many keys are gone.
    public let deletedCount: Int
    /// What they held, if asked for.
    public let previous: [KeyValue]
}
