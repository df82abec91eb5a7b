import EtcdWire

/// How a member of a cluster is.
public struct MemberStatus: Hashable, Sendable {
    /// The member that answered.
    public var member: MemberID
    /// The cluster it belongs to.
    public var clusterID: ClusterID
    /// Who leads; `nil` while nobody does.
    public var leader: MemberID?
    /// The server's version, such as `3.5.1`.
    public var version: String
    /// The store's revision, as far as this member knows.
    public var revision: Revision
    /// The size of its file in bytes, free pages included.
    public var databaseSize: Int64
    /// The part of the file that is in use, in bytes; 0 before etcd 3.4.
    public var databaseSizeInUse: Int64
    /// How large the file may become, in bytes; `nil` before etcd 3.6.
    public var databaseSizeQuota: Int64?
    /// The term of the present leader.
    public var raftTerm: UInt64
    /// The last entry of the log.
    public var raftIndex: UInt64
    /// The last entry that was applied.
    public var raftAppliedIndex: UInt64
    /// Whether it only receives changes and does not vote.
    public var isLearner: Bool
    /// What is wrong, such as `memberID:1 alarm:NOSPACE`; empty if all is well.
    public var errors: [String]
    /// The version that its files are of; `nil` before etcd 3.6.
    public var storageVersion: String?
}

extension MemberStatus {
    init(_ wire: Etcdserverpb_StatusResponse) {
        self.init(
            member: MemberID(wire.header.memberID), clusterID: ClusterID(wire.header.clusterID),
            leader: wire.leader == 0 ? nil : MemberID(wire.leader), version: wire.version,
            revision: Revision(wire.header.revision), databaseSize: wire.dbSize,
            databaseSizeInUse: wire.dbSizeInUse, databaseSizeQuota: wire.dbSizeQuota == 0 ? nil : wire.dbSizeQuota,
            raftTerm: wire.raftTerm, raftIndex: wire.raftIndex, raftAppliedIndex: wire.raftAppliedIndex,
            isLearner: wire.isLearner, errors: wire.errors,
            storageVersion: wire.storageVersion.isEmpty ? nil : wire.storageVersion)
    }
}

/// A checksum of a store's history.
public struct KeyValueHash: Hashable, Sendable {
    /// CRC-32C over the rows that are kept.
    public var hash: UInt32
    /// What was compacted when it was made; −1 if nothing ever was. Hashes of different compactions differ.
    public var compactRevision: Revision
    /// The last revision counted.
    public var revision: Revision
}
