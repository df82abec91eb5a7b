/// What one revision made of one key: a value, or a tombstone where the key was deleted.
///
/// Immutable and shared: the index, the change log, answers and watchers all point to the same object.
package final class KeyVersion: Sendable {
    package let key: Bytes
    package let value: Bytes
    /// The revision of the first put since the key's last deletion.
    package let createRevision: Revision
    package let modRevision: Revision
    /// The position of this change among the changes of its revision, from 0.
    package let sub: Int
    /// How many puts since the key's last deletion, from 1; 0 for a tombstone.
    package let version: Int64
    package let lease: LeaseID

    package init(
        key: Bytes, value: Bytes, createRevision: Revision, modRevision: Revision, sub: Int, version: Int64,
        lease: LeaseID
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.sub = sub
        self.version = version
        self.lease = lease
    }

    package static func tombstone(_ key: Bytes, at revision: Revision, sub: Int) -> KeyVersion {
        KeyVersion(
            key: key, value: .empty, createRevision: Revision(0), modRevision: revision, sub: sub, version: 0,
            lease: .none)
    }

    package var isTombstone: Bool { self.version == 0 }

    /// About how many bytes this costs on the wire or in memory.
    package var cost: Int { self.key.count + self.value.count + 64 }

    /// Whether this change came before `other` in the store's history.
    package func precedes(_ other: KeyVersion) -> Bool {
        (self.modRevision, self.sub) < (other.modRevision, other.sub)
    }
}
