/// etcd's `HashKV`: one number for all kept history up to a revision, equal on every store with the same history.
package struct HistoryHash: Sendable {
    package let revision: Revision
    package let compacted: Revision
    let versions: [KeyVersion]

    /// Computes the hash. Do this outside the lock that guards the store: it reads every kept value.
    package func checksum() -> UInt32 {
        let current = self.currentVersions()
        var crc = CRC32C()
        crc.update(Array("key".utf8))
        for version in self.versions.sorted(by: { $0.precedes($1) }) where version.modRevision <= self.revision {
            if version.modRevision <= self.compacted {
                if version.isTombstone { continue }
                if !current.isEmpty, !current.contains(ObjectIdentifier(version)) { continue }
            }
            crc.update(Self.row(version))
        }
        return crc.value
    }

    /// For each key its newest version at the revision asked for, without tombstones.
    private func currentVersions() -> Set<ObjectIdentifier> {
        var newest: [Bytes: KeyVersion] = [:]
        for version in self.versions where version.modRevision <= self.revision { newest[version.key] = version }
        return Set(newest.values.lazy.filter { !$0.isTombstone }.map { ObjectIdentifier($0) })
    }

    /// The row as etcd's backend holds it: the revision as key, the marshalled `mvccpb.KeyValue` as value.
    private static func row(_ version: KeyVersion) -> [UInt8] {
        var row: [UInt8] = []
        Self.appendBigEndian(UInt64(bitPattern: version.modRevision.number), to: &row)
        row.append(UInt8(ascii: "_"))
        Self.appendBigEndian(UInt64(version.sub), to: &row)
        if version.isTombstone { row.append(UInt8(ascii: "t")) }
        Self.appendField(1, version.key, to: &row)
        guard !version.isTombstone else { return row }
        Self.appendField(2, version.createRevision.number, to: &row)
        Self.appendField(3, version.modRevision.number, to: &row)
        Self.appendField(4, version.version, to: &row)
        Self.appendField(5, version.value, to: &row)
        Self.appendField(6, version.lease.number, to: &row)
        return row
    }

    private static func appendBigEndian(_ number: UInt64, to row: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { row.append(contentsOf: $0) }
    }

    private static func appendField(_ field: UInt8, _ bytes: Bytes, to row: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        row.append(field << 3 | 2)
        Self.appendVarint(UInt64(bytes.count), to: &row)
        row.append(contentsOf: bytes.array)
    }

    private static func appendField(_ field: UInt8, _ number: Int64, to row: inout [UInt8]) {
        guard number != 0 else { return }
        row.append(field << 3)
        Self.appendVarint(UInt64(bitPattern: number), to: &row)
    }

    private static func appendVarint(_ number: UInt64, to row: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            row.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        row.append(UInt8(rest))
    }
}

extension Store {
    /// What is needed to hash the durable history up to `revision`; 0 means all of it, and less than that nothing, as in
    /// etcd.
    ///
    /// - Throws: `compacted` or `futureRevision`.
    package func historyHash(through revision: Revision) throws(StoreError) -> HistoryHash {
        try self.checkReadable(revision, newest: self.committed)
        // A compaction beyond what is durable has dropped nothing yet.
        let compacted = min(self.compacted, self.committed)
        return HistoryHash(
            revision: revision.number != 0 ? revision : self.committed, compacted: compacted,
            versions: self.index.allVersions(compactedAt: compacted))
    }
}
