import EtcdStore

/// A snapshot of the store as a file. It gets its name only once it is whole and durable.
enum SnapshotFile {
    /// A frame is closed at this size, so that neither side needs the file as a whole in memory.
    private static let frameSize = 1 << 20

    /// Writes `snapshot` and returns its size in bytes.
    static func write(
        _ snapshot: StoreSnapshot, number: UInt64, salt: UInt64, to files: any LogFiles
    ) throws(StorageError) -> Int {
        let name = StoreFileName.snapshot(number)
        let (file, size) = try Self.write(
            snapshot, name: name + StoreFileName.unfinishedSuffix, salt: salt, to: files)
        try file.sync()
        try files.rename(name + StoreFileName.unfinishedSuffix, to: name)
        try files.syncNames()
        return size
    }

    /// Writes `snapshot` into a file of its own that need not survive a crash.
    static func writeBackup(
        _ snapshot: StoreSnapshot, name: String, salt: UInt64, to files: any LogFiles
    ) throws(StorageError) -> StoreBackup {
        let (file, size) = try Self.write(snapshot, name: name, salt: salt, to: files)
        let padding = (StoreBackup.blockSize - size % StoreBackup.blockSize) % StoreBackup.blockSize
        try file.append([UInt8](repeating: 0, count: padding))
        return StoreBackup(name: name, size: size + padding, files: files)
    }

    private static func write(
        _ snapshot: StoreSnapshot, name: String, salt: UInt64, to files: any LogFiles
    ) throws(StorageError) -> (any LogFile, size: Int) {
        let file = try files.create(name)
        let header = LogFormat.Header(kind: .snapshot, salt: salt, base: snapshot.appliedIndex)
        try file.append(header.encoded)
        var size = LogFormat.Header.size
        var frameNumber: UInt64 = 0
        var writer = ByteWriter()

        func flush() throws(StorageError) {
            frameNumber += 1
            let frame = LogFormat.frame(writer.bytes, number: frameNumber, salt: salt)
            try file.append(frame)
            size += frame.count
            writer = ByteWriter()
        }

        let outline = LogRecord.SnapshotOutline(
            identity: snapshot.identity, head: snapshot.head, compacted: snapshot.compacted,
            appliedIndex: snapshot.appliedIndex)
        LogRecord.outline(outline).encode(into: &writer)
        LogRecord.store(.auth(snapshot.auth.contents, revision: snapshot.auth.revision)).encode(into: &writer)
        for alarm in snapshot.alarms { LogRecord.store(.alarm(alarm, isActive: true)).encode(into: &writer) }
        for lease in snapshot.leases {
            LogRecord.store(.leaseGranted(lease.id, seconds: lease.seconds)).encode(into: &writer)
            if writer.bytes.count >= Self.frameSize { try flush() }
        }
        let history = snapshot.history()
        for version in history {
            LogRecord.version(version).encode(into: &writer)
            if writer.bytes.count >= Self.frameSize { try flush() }
        }
        LogRecord.end(versionCount: history.count).encode(into: &writer)
        try flush()
        return (file, size)
    }

    /// Reads a snapshot into a store. A snapshot is whole or damaged; there is nothing in between.
    static func read(number: UInt64, from files: any LogFiles) throws(StorageError) -> (store: Store, head: Revision) {
        try Self.read(StoreFileName.snapshot(number), padding: 1, identity: nil, from: files)
    }

    /// Reads the file with `name`, which may be filled up to a multiple of `padding` bytes, as a store with its own
    /// identity or another one.
    static func read(
        _ name: String, padding: Int, identity: Store.Identity?, from files: any LogFiles
    ) throws(StorageError) -> (store: Store, head: Revision) {
        let size = try files.size(of: name)
        let damaged = StorageError.damaged(name, in: files)
        guard
            let header = LogFormat.Header(try files.read(name, at: 0, count: LogFormat.Header.size)),
            header.kind == .snapshot
        else { throw damaged }
        var reader = FrameReader(header: header, name: name, size: size, files: files)
        var store: Store?
        var head = Revision.first
        var versionCount = 0
        while case .frame(let payload) = try reader.next() {
            for record in try LogRecord.decodeAll(payload, of: name, in: files) {
                switch record {
                case .outline(let outline):
                    head = outline.head
                    store = Store(
                        restoring: identity ?? outline.identity, compacted: outline.compacted,
                        appliedIndex: outline.appliedIndex)
                case .store(.leaseGranted(let id, let seconds)):
                    store?.restoreLease(id, seconds: seconds)
                case .store(.auth), .store(.alarm):
                    if case .store(let state) = record { store?.restoreState(state) }
                case .version(let version):
                    store?.restore(version)
                    versionCount += 1
                case .end(versionCount):
                    guard size - reader.offset < padding, let store else { throw damaged }
                    return (store, head)
                case .end, .store:
                    throw damaged
                }
            }
        }
        throw damaged
    }
}

extension StorageError {
    /// What an earlier run made durable cannot be read any more.
    static func damaged(_ name: String, in files: any LogFiles) -> StorageError {
        StorageError(
            .corrupt,
            """
            The store's file \(files.place)/\(name) is damaged or incomplete. Restore the folder from a backup; or move \
            it away and start with an empty store, which the photoserver fills again from its library.
            """)
    }
}

extension LogRecord {
    /// Reads all records of a frame whose checksum was right.
    static func decodeAll(
        _ payload: [UInt8], of name: String, in files: any LogFiles
    ) throws(StorageError) -> [LogRecord] {
        do {
            return try Self.decodeAll(payload)
        } catch {
            throw StorageError(
                .unsupported,
                """
                The store's file \(files.place)/\(name) was written by a newer version (\(error)). Start it with that \
                version or a newer one.
                """)
        }
    }
}
