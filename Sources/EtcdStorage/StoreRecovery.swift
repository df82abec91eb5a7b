import EtcdStore
import Logging

/// Finds out what was durable when the store's last run ended, however it ended.
struct StoreRecovery {
    let files: any LogFiles
    let roomBytes: Int
    let makeNumber: @Sendable () -> UInt64
    let logger: Logger

    struct Recovered {
        var store: Store
        var log: StoreLog
        /// The size of the newest snapshot.
        var snapshotByteCount: Int
    }

    /// - Throws: ``StorageError`` with code `corrupt` if something that was durable is damaged or gone.
    func recover(now: Duration) throws(StorageError) -> Recovered {
        try self.removeUnfinished()
        let names = try self.files.names()
        let logs = names.compactMap(StoreFileName.logNumber).sorted()
        guard let newest = names.compactMap(StoreFileName.snapshotNumber).max() else {
            guard logs.isEmpty else { throw StorageError.damaged(StoreFileName.snapshot(logs[0]), in: self.files) }
            return try self.begin(now: now)
        }
        var (store, head) = try SnapshotFile.read(number: newest, from: self.files)
        let live = logs.filter { $0 >= newest }
        var recovered: StoreLog?
        var byteCount = 0
        for (index, number) in live.enumerated() {
            // No log may be missing: each begins where the one before ended.
            guard number == newest + UInt64(index) else {
                throw StorageError.damaged(StoreFileName.log(newest + UInt64(index)), in: self.files)
            }
            let log = try self.replay(number, isLast: index == live.count - 1, into: &store)
            byteCount += log.byteCount
            recovered = log
        }
        if live.isEmpty {
            // The first start was interrupted between the two files. Later a log is there before its snapshot.
            guard newest == 1 else { throw StorageError.damaged(StoreFileName.log(newest), in: self.files) }
            recovered = try self.createLog(newest, base: store.appliedIndex)
        }
        guard let recovered else { throw StorageError.damaged(StoreFileName.log(newest), in: self.files) }
        store.finishRecovery(head: head, now: now)
        try StoreLog.removeFiles(before: newest, from: self.files)
        return Recovered(
            store: store, log: recovered.counting(byteCount),
            snapshotByteCount: try self.files.size(of: StoreFileName.snapshot(newest)))
    }

    /// Starts an empty store.
    private func begin(now: Duration) throws(StorageError) -> Recovered {
        let identity = Store.Identity(clusterID: self.makeNumber() | 1, memberID: self.makeNumber() | 1)
        var store = Store(identity: identity)
        let size = try SnapshotFile.write(store.snapshot(), number: 1, salt: self.makeNumber(), to: self.files)
        let log = try self.createLog(1, base: store.appliedIndex)
        store.finishRecovery(head: .first, now: now)
        return Recovered(store: store, log: log, snapshotByteCount: size)
    }

    private func createLog(_ number: UInt64, base: UInt64) throws(StorageError) -> StoreLog {
        try StoreLog(
            creating: number, base: base, files: self.files, roomBytes: self.roomBytes, makeSalt: self.makeNumber)
    }

    /// Repeats a log. The end of the last one may be unfinished, and is cut off then: no write of it was acknowledged.
    private func replay(_ number: UInt64, isLast: Bool, into store: inout Store) throws(StorageError) -> StoreLog {
        let name = StoreFileName.log(number)
        let size = try self.files.size(of: name)
        let start = try self.files.read(name, at: 0, count: LogFormat.Header.size)
        guard let header = LogFormat.Header(start), header.kind == .log, header.base == store.appliedIndex else {
            // A log is used only after its header is durable, so one that is not whole holds nothing yet.
            guard isLast, LogFormat.Header(start) == nil,
                try self.files.isZero(name, from: LogFormat.Header.size, size: size)
            else { throw StorageError.damaged(name, in: self.files) }
            return try self.createLog(number, base: store.appliedIndex)
        }
        var reader = FrameReader(header: header, name: name, size: size, files: self.files)
        while true {
            switch try reader.next() {
            case .frame(let payload):
                for record in try LogRecord.decodeAll(payload, of: name, in: self.files) {
                    guard case .store(let change) = record else { throw StorageError.damaged(name, in: self.files) }
                    store.replay(change)
                }
            case .end:
                if isLast, reader.offset < size { try self.removeRoom(number, reader: reader) }
                return try self.reopen(number, reader: reader)
            case .invalid:
                guard isLast, try !reader.isFollowedByFrame() else {
                    throw StorageError.damaged(name, in: self.files)
                }
                try self.cut(number, reader: reader, size: size)
                return try self.reopen(number, reader: reader)
            }
        }
    }

    private func reopen(_ number: UInt64, reader: FrameReader) throws(StorageError) -> StoreLog {
        StoreLog(
            files: self.files, roomBytes: self.roomBytes, makeSalt: self.makeNumber, number: number,
            file: try self.files.open(StoreFileName.log(number)), salt: reader.header.salt,
            nextFrame: reader.nextNumber, byteCount: reader.offset)
    }

    /// Cuts the unfinished frame off, but keeps its bytes aside: nothing a disk gave us is thrown away unseen.
    private func cut(_ number: UInt64, reader: FrameReader, size: Int) throws(StorageError) {
        var tail = try reader.rest()
        // The room behind it says nothing.
        while tail.last == 0 { tail.removeLast() }
        if tail.contains(where: { $0 != 0 }) {
            let copy = try self.files.create(StoreFileName.tornTail(number))
            try copy.append(tail)
            try copy.sync()
        }
        self.logger.warning(
            "the end of the log was not finished when the store stopped; it is cut off",
            metadata: [
                "file": "\(self.files.place)/\(StoreFileName.log(number))", "bytes": "\(tail.count)",
                "offset": "\(reader.offset)",
            ])
        try self.removeRoom(number, reader: reader)
    }

    /// Has the log end after its last frame; the next write makes room anew.
    private func removeRoom(_ number: UInt64, reader: FrameReader) throws(StorageError) {
        let file = try self.files.open(StoreFileName.log(number))
        try file.truncate(to: reader.offset)
        try file.sync()
    }

    private func removeUnfinished() throws(StorageError) {
        for name in try self.files.names() where name.hasSuffix(StoreFileName.unfinishedSuffix) {
            try self.files.remove(name)
        }
    }
}

extension StoreLog {
    /// The same log, knowing the bytes of those before it too.
    fileprivate func counting(_ byteCount: Int) -> StoreLog {
        var log = self
        log.noteRecovered(byteCount: byteCount)
        return log
    }
}
