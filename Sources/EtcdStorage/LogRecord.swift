import EtcdStore

/// What a frame of a log or a snapshot holds, as bytes.
enum LogRecord: Sendable {
    case store(StoreRecord)
    /// The first record of a snapshot.
    case outline(SnapshotOutline)
    /// One version of a snapshot's history, in the order they were made.
    case version(KeyVersion)
    /// The last record of a snapshot: how many versions there must have been.
    case end(versionCount: Int)

    struct SnapshotOutline: Sendable {
        let identity: Store.Identity
        let head: Revision
        let compacted: Revision
        let appliedIndex: UInt64
    }

    /// The numbers are in every file ever written: never give one a new meaning.
    private enum Kind: UInt8 {
        case changes = 1
        case leaseGranted = 2
        case leaseRevoked = 3
        case compacted = 4
        case auth = 5
        case alarm = 6
        case outline = 16
        case version = 17
        case end = 18
    }

    enum DecodingError: Error {
        case malformed
        case unknownKind(UInt8)
    }

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .store(.changes(let versions)):
            writer.write(Kind.changes.rawValue)
            writer.write(varint: versions.first?.modRevision.number ?? 0)
            writer.write(varint: UInt64(versions.count))
            for version in versions { Self.encode(version, into: &writer) }
        case .store(.leaseGranted(let id, let seconds)):
            writer.write(Kind.leaseGranted.rawValue)
            writer.write(fixed: id.number)
            writer.write(varint: seconds)
        case .store(.leaseRevoked(let id)):
            writer.write(Kind.leaseRevoked.rawValue)
            writer.write(fixed: id.number)
        case .store(.compacted(let revision)):
            writer.write(Kind.compacted.rawValue)
            writer.write(varint: revision.number)
        case .store(.auth(let changes, let revision)):
            writer.write(Kind.auth.rawValue)
            writer.write(varint: revision)
            writer.write(varint: UInt64(changes.count))
            for change in changes { change.encode(into: &writer) }
        case .store(.alarm(let alarm, let isActive)):
            writer.write(Kind.alarm.rawValue)
            writer.write(fixed: alarm.memberID)
            writer.write(UInt8(alarm.kind.rawValue))
            writer.write(isActive ? 1 : 0)
        case .outline(let outline):
            writer.write(Kind.outline.rawValue)
            writer.write(fixed: outline.identity.clusterID)
            writer.write(fixed: outline.identity.memberID)
            writer.write(varint: outline.head.number)
            writer.write(varint: outline.compacted.number)
            writer.write(varint: outline.appliedIndex)
        case .version(let version):
            writer.write(Kind.version.rawValue)
            writer.write(varint: version.modRevision.number)
            writer.write(varint: UInt64(version.sub))
            Self.encode(version, into: &writer)
        case .end(let versionCount):
            writer.write(Kind.end.rawValue)
            writer.write(varint: UInt64(versionCount))
        }
    }

    /// Reads all records of a frame.
    static func decodeAll(_ bytes: [UInt8]) throws(DecodingError) -> [LogRecord] {
        var reader = ByteReader(bytes)
        var records: [LogRecord] = []
        while !reader.isAtEnd {
            do {
                let number = try reader.byte()
                guard let kind = Kind(rawValue: number) else { throw DecodingError.unknownKind(number) }
                records.append(try Self.decode(kind, from: &reader))
            } catch let error as DecodingError {
                throw error
            } catch {
                throw .malformed
            }
        }
        return records
    }

    private static func decode(_ kind: Kind, from reader: inout ByteReader) throws(ByteReader.Malformed) -> LogRecord {
        switch kind {
        case .changes:
            let revision = Revision(try reader.signedVarint())
            let count = try reader.count()
            var versions: [KeyVersion] = []
            versions.reserveCapacity(count)
            for sub in 0..<count { versions.append(try Self.version(at: revision, sub: sub, from: &reader)) }
            return .store(.changes(versions))
        case .leaseGranted:
            let id = LeaseID(try reader.signed64())
            return .store(.leaseGranted(id, seconds: try reader.signedVarint()))
        case .leaseRevoked:
            return .store(.leaseRevoked(LeaseID(try reader.signed64())))
        case .compacted:
            return .store(.compacted(Revision(try reader.signedVarint())))
        case .auth:
            let revision = try reader.varint()
            let count = try reader.count()
            var changes: [AuthChange] = []
            for _ in 0..<count { changes.append(try AuthChange(from: &reader)) }
            return .store(.auth(changes, revision: revision))
        case .alarm:
            let memberID = try reader.fixed64()
            guard let kind = StoreAlarm.Kind(rawValue: Int(try reader.byte())) else { throw ByteReader.Malformed() }
            return .store(.alarm(StoreAlarm(memberID: memberID, kind: kind), isActive: try reader.byte() != 0))
        case .outline:
            let identity = Store.Identity(clusterID: try reader.fixed64(), memberID: try reader.fixed64())
            return .outline(
                SnapshotOutline(
                    identity: identity, head: Revision(try reader.signedVarint()),
                    compacted: Revision(try reader.signedVarint()), appliedIndex: try reader.varint()))
        case .version:
            let revision = Revision(try reader.signedVarint())
            guard let sub = Int(exactly: try reader.varint()) else { throw ByteReader.Malformed() }
            return .version(try Self.version(at: revision, sub: sub, from: &reader))
        case .end:
            guard let count = Int(exactly: try reader.varint()) else { throw ByteReader.Malformed() }
            return .end(versionCount: count)
        }
    }

    private static func encode(_ version: KeyVersion, into writer: inout ByteWriter) {
        writer.write(version.key)
        writer.write(varint: version.version)
        guard !version.isTombstone else { return }
        writer.write(varint: version.createRevision.number)
        writer.write(fixed: version.lease.number)
        writer.write(version.value)
    }

    private static func version(
        at revision: Revision, sub: Int, from reader: inout ByteReader
    ) throws(ByteReader.Malformed) -> KeyVersion {
        let key = try reader.blob()
        let version = try reader.signedVarint()
        guard version != 0 else { return .tombstone(key, at: revision, sub: sub) }
        let created = Revision(try reader.signedVarint())
        let lease = LeaseID(try reader.signed64())
        return KeyVersion(
            key: key, value: try reader.blob(), createRevision: created, modRevision: revision, sub: sub,
            version: version, lease: lease)
    }
}
