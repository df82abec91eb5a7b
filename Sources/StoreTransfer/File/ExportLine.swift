import EtcdClient
import Foundation

/// One line of an export: a JSON object with one member, which says what the line is.
///
/// A file is a header, then leases and keys in ascending order of key, each lease before the first key on it, then the
/// end. Keys and values are in base64, since they may be any bytes.
struct ExportLine: Codable, Sendable {
    static let format = "etcd-v3-keys"
    static let version = 1

    struct Header: Codable, Hashable, Sendable {
        var format = ExportLine.format
        var version = ExportLine.version
        /// In hexadecimal.
        let cluster: String
        let revision: Int64
        /// The prefix of the keys, in base64; empty for all.
        let prefix: Data
        /// How many keys there are at that revision.
        let count: Int64
    }

    struct Lease: Codable, Sendable {
        let id: Int64
        /// What it was granted for, in seconds; left out if it had ended.
        let ttl: Int64?
    }

    struct Entry: Codable, Sendable {
        let key: Data
        let value: Data
        let createRevision: Int64
        let modRevision: Int64
        let version: Int64
        let lease: Int64?
    }

    struct End: Codable, Sendable {
        let count: Int
        /// Of everything before this line, in hexadecimal.
        let sha256: String
    }

    var header: Header?
    var lease: Lease?
    var key: Entry?
    var end: End?
}

extension ExportLine.Entry {
    init(_ keyValue: KeyValue) {
        self.init(
            key: Data(keyValue.key.bytes), value: Data(keyValue.value.bytes),
            createRevision: keyValue.createRevision.rawValue, modRevision: keyValue.modRevision.rawValue,
            version: keyValue.version, lease: keyValue.lease?.rawValue)
    }

    var keyValue: KeyValue {
        KeyValue(
            key: Key(Array(self.key)), value: Value(Array(self.value)),
            createRevision: Revision(self.createRevision), modRevision: Revision(self.modRevision),
            version: self.version, lease: self.lease.flatMap { LeaseID($0) })
    }
}

extension ExportLine.Header {
    /// The keys that the export is about.
    var range: KeyRange { .prefix(Key(Array(self.prefix))) }
}
