/// What must be on disk before a write is acknowledged: the effect of one request, in the order they happened.
package enum StoreRecord: Sendable {
    /// All changes of one revision.
    case changes([KeyVersion])
    case leaseGranted(LeaseID, seconds: Int64)
    /// The changes that delete the lease's keys are a record of their own, after this one.
    case leaseRevoked(LeaseID)
    case compacted(Revision)
    /// Changes of users and roles, and the revision of auth after them.
    case auth([AuthChange], revision: UInt64)
    case alarm(StoreAlarm, isActive: Bool)
}
