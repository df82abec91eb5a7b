import EtcdStore

/// The durable log of one store: appends what each batch of writes changed, one frame and one sync a batch.
struct StoreLog: Sendable {
    private let files: any LogFiles
    private let roomBytes: Int
    private let makeSalt: @Sendable () -> UInt64
    private(set) var number: UInt64
    private var file: any LogFile
    private var salt: UInt64
    private var nextFrame: UInt64
    /// Whether the newest frame has nothing behind it that shows it was finished.
    private var isUnmarked = false
    /// The bytes of all logs since the newest snapshot.
    private(set) var byteCount: Int
    /// The bytes of this log's own file, and how many it has room for.
    private var fileByteCount: Int
    private var room: Int

    init(
        files: any LogFiles, roomBytes: Int, makeSalt: @escaping @Sendable () -> UInt64, number: UInt64,
        file: any LogFile, salt: UInt64, nextFrame: UInt64, byteCount: Int, room: Int = 0
    ) {
        self.roomBytes = roomBytes
        self.fileByteCount = byteCount
        self.room = room
        self.files = files
        self.makeSalt = makeSalt
        self.number = number
        self.file = file
        self.salt = salt
        self.nextFrame = nextFrame
        self.byteCount = byteCount
    }

    /// Begins the log with `number`; it is durable, and empty, when this returns.
    init(
        creating number: UInt64, base: UInt64, files: any LogFiles, roomBytes: Int,
        makeSalt: @escaping @Sendable () -> UInt64
    ) throws(StorageError) {
        let header = LogFormat.Header(kind: .log, salt: makeSalt(), base: base)
        let file = try files.create(StoreFileName.log(number))
        try file.append(header.encoded)
        if roomBytes > 0 { try file.reserve(roomBytes) }
        try file.sync()
        try files.syncNames()
        self.init(
            files: files, roomBytes: roomBytes, makeSalt: makeSalt, number: number, file: file, salt: header.salt,
            nextFrame: 1, byteCount: LogFormat.Header.size, room: roomBytes)
    }

    /// Returns once `records` are durable, all of them or (if it throws) perhaps none.
    mutating func append(_ records: [StoreRecord]) throws(StorageError) {
        var writer = ByteWriter()
        for record in records { LogRecord.store(record).encode(into: &writer) }
        guard writer.bytes.count <= LogFormat.frameLengthLimit else {
            throw StorageError(.failed, "One write of \(writer.bytes.count) bytes is too large for the store's log.")
        }
        let frame = LogFormat.frame(writer.bytes, number: self.nextFrame, salt: self.salt)
        if self.roomBytes > 0, self.fileByteCount + frame.count > self.room {
            let room = self.fileByteCount + frame.count + self.roomBytes
            try self.file.reserve(room)
            self.room = room
        }
        try self.file.append(frame)
        try self.file.sync()
        self.nextFrame += 1
        self.byteCount += frame.count
        self.fileByteCount += frame.count
        self.isUnmarked = true
    }

    /// Writes an empty frame behind the newest one, if there is none yet. It shows that the one before was finished and
    /// synced: if that is damaged later, it is not taken for an unfinished end.
    mutating func mark() throws(StorageError) {
        guard self.isUnmarked else { return }
        try self.append([])
        self.isUnmarked = false
    }

    /// Goes on in a new log, so that a snapshot of the store as it is now replaces the ones before.
    ///
    /// - Parameter base: The store's applied index at this moment.
    mutating func rotate(base: UInt64) throws(StorageError) {
        let next = try StoreLog(
            creating: self.number + 1, base: base, files: self.files, roomBytes: self.roomBytes,
            makeSalt: self.makeSalt)
        let byteCount = self.byteCount
        self = next
        self.byteCount += byteCount
    }

    /// Notes that a snapshot of everything before the current log is durable.
    mutating func noteSnapshot(olderLogBytes: Int) { self.byteCount = max(0, self.byteCount - olderLogBytes) }

    /// Notes the size of all logs that recovery read.
    mutating func noteRecovered(byteCount: Int) { self.byteCount = max(self.byteCount, byteCount) }

    /// Removes the files that the snapshot with `number` makes useless.
    static func removeFiles(before number: UInt64, from files: any LogFiles) throws(StorageError) {
        for name in try files.names() {
            guard let old = StoreFileName.logNumber(name) ?? StoreFileName.snapshotNumber(name), old < number else {
                continue
            }
            try files.remove(name)
        }
        try files.syncNames()
    }
}
