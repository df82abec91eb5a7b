import EtcdStorage
import EtcdStore

extension EtcdServer {
    /// What a snapshot holds.
    public struct SnapshotSummary: Hashable, Sendable {
        /// The newest revision.
        public let revision: Int64
        /// Revisions below this one are not in it; −1 if none was ever compacted.
        public let compactedRevision: Int64
        /// How many keys it has, deleted ones of which it keeps history among them.
        public let keyCount: Int
        /// How many leases.
        public let leaseCount: Int
        /// The size in bytes, without the checksum.
        public let byteCount: Int
    }

    /// Checks a snapshot of this kind of store, as `Maintenance/Snapshot` (`etcdctl snapshot save`) gives it: its length,
    /// the SHA-256 at its end, and every record.
    ///
    /// - Parameter snapshot: The path of the file.
    /// - Throws: ``EtcdServerError``: `corrupt` for a damaged file, `unsupported` for a snapshot of etcd itself.
    public static func inspect(snapshot: String) throws -> SnapshotSummary {
        do throws(StorageError) {
            let file = try SnapshotReader(snapshot)
            return SnapshotSummary(try file.load(identity: nil), byteCount: file.size)
        } catch {
            throw EtcdServerError(error)
        }
    }

    /// Makes a data folder from a snapshot of this kind of store; see ``inspect(snapshot:)``.
    ///
    /// The restored store has the keys, history, leases, users and roles of the snapshot, its revisions, and an identity
    /// of its own: its clients see that it is not the one they knew. The folder has all of it or, if this is
    /// interrupted, nothing. Snapshots of etcd itself have another format.
    ///
    /// - Parameters:
    ///   - snapshot: The path of the file.
    ///   - dataDirectory: A folder that holds no store yet; made if it is missing.
    /// - Throws: ``EtcdServerError`` if the file is damaged or no such snapshot, or the folder cannot be used.
    @discardableResult
    public static func restore(snapshot: String, into dataDirectory: String) throws -> SnapshotSummary {
        do throws(StorageError) {
            let file = try SnapshotReader(snapshot)
            let identity = Store.Identity(
                clusterID: UInt64.random(in: .min ... .max) | 1, memberID: UInt64.random(in: .min ... .max) | 1)
            let store = try file.load(identity: identity)
            let files = try POSIXLogFiles(directory: dataDirectory)
            defer { files.release() }
            try StoreBackup.write(store, to: files, salt: UInt64.random(in: .min ... .max))
            return SnapshotSummary(store, byteCount: file.size)
        } catch {
            throw EtcdServerError(error)
        }
    }
}

extension EtcdServer.SnapshotSummary {
    fileprivate init(_ store: Store, byteCount: Int) {
        self.revision = store.head.number
        self.compactedRevision = store.compacted.number
        self.keyCount = store.keyCount
        self.leaseCount = store.leaseCount
        self.byteCount = byteCount
    }
}
