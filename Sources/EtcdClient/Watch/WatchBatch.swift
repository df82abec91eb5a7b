/// Changes of one or more revisions, in order. A batch never splits a revision.
public struct WatchBatch: Hashable, Sendable {
    /// Never empty.
    public let events: [WatchEvent]
    /// The store's revision as the server told it with these events. Everything watched up to the last event's
    /// revision has been delivered.
    public let revision: Revision
    public let clusterID: ClusterID
    /// The store's revision when the watch was last opened on the server. Events up to it are history that was caught
    /// up on; later ones are live.
    public let createdRevision: Revision

    public init(events: [WatchEvent], revision: Revision, clusterID: ClusterID, createdRevision: Revision) {
        self.events = events
        self.revision = revision
        self.clusterID = clusterID
        self.createdRevision = createdRevision
    }

    /// Whether all of the batch happened before the watch was last opened.
    public var isCatchUp: Bool {
        guard let last = self.events.last else { return true }
        return last.revision <= self.createdRevision
    }
}
