import CSys
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file of a real folder, open for appending. Closed when no longer referred to.
///
/// Within the room that was reserved it writes whole blocks past the page cache: the blocks are on the disk already, so
/// that nothing of the file system's own has to be written, and a sync waits for the disk alone. Elsewhere, and where
/// the file system cannot do that, it writes as usual.
final class POSIXLogFile: LogFile {
    /// What direct writes must begin and end at: no disk has larger sectors.
    private static let blockSize = 4_096

    private struct State: ~Copyable {
        /// Where the next byte is appended.
        var end: Int
        /// The file's length; what lies beyond `end` is zeros.
        var size: Int
        var direct: DirectFile?
    }

    private let path: String
    private let descriptor: Int32
    private let state: Mutex<State>

    init(path: String, flags: Int32) throws(StorageError) {
        self.path = path
        self.descriptor = Glibc.open(path, flags, 0o600)
        guard self.descriptor >= 0 else { throw POSIXLogFiles.failure("open", path) }
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else {
            let failure = POSIXLogFiles.failure("read", path)
            _ = Glibc.close(self.descriptor)
            throw failure
        }
        let size = Int(status.st_size)
        self.state = Mutex(State(end: size, size: size, direct: nil))
    }

    deinit { _ = Glibc.close(self.descriptor) }

    func append(_ bytes: [UInt8]) throws(StorageError) {
        try self.state.withLock { (state) throws(StorageError) in
            let end = state.end + bytes.count
            if state.direct != nil, end <= state.size {
                // Refused: some file systems open a file for it but cannot do it.
                if try state.direct?.write(bytes, at: state.end) == false { state.direct = nil }
            }
            if state.direct == nil || end > state.size {
                state.direct = nil
                try self.write(bytes, at: state.end)
            }
            state.end = end
            state.size = max(state.size, end)
        }
    }

    func reserve(_ size: Int) throws(StorageError) {
        try self.state.withLock { (state) throws(StorageError) in
            let size = (size + Self.blockSize - 1) / Self.blockSize * Self.blockSize
            guard size > state.size else { return }
            // Written, not only allocated: a block that was never written is marked so, and changing the mark is the
            // very write to the file system's own data that is to be saved.
            try self.write([UInt8](repeating: 0, count: size - state.size), at: state.size)
            state.size = size
            guard fdatasync(self.descriptor) == 0 else { throw POSIXLogFiles.failure("sync", self.path) }
            let begun = state.end % Self.blockSize
            state.direct = try DirectFile(
                path: self.path, blockSize: Self.blockSize,
                begun: begun == 0 ? [] : try self.read(at: state.end - begun, count: begun))
        }
    }

    func sync() throws(StorageError) {
        // Flushes the data and the file's length, but not its times: half the work of fsync.
        guard fdatasync(self.descriptor) == 0 else { throw POSIXLogFiles.failure("sync", self.path) }
    }

    func truncate(to size: Int) throws(StorageError) {
        try self.state.withLock { (state) throws(StorageError) in
            guard ftruncate(self.descriptor, off_t(size)) == 0 else { throw POSIXLogFiles.failure("cut", self.path) }
            state.end = min(state.end, size)
            state.size = size
            state.direct = nil
        }
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let result = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map {
                    pwrite(self.descriptor, $0 + written, bytes.count - written, off_t(offset + written))
                } ?? 0
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw POSIXLogFiles.failure("write to", self.path) }
            written += result
        }
    }

    private func read(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { pread(self.descriptor, $0.baseAddress, count, off_t(offset)) }
        guard result == count else { throw POSIXLogFiles.failure("read", self.path) }
        return bytes
    }
}

/// Writes to blocks of a file that exist already, past the page cache.
private struct DirectFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private let blockSize: Int
    /// Aligned memory: the bytes of the block that is begun, then room for more.
    private var memory: UnsafeMutableRawBufferPointer
    private var begunCount: Int

    /// `nil` where the file cannot be opened so.
    init?(path: String, blockSize: Int, begun: [UInt8]) throws(StorageError) {
        let descriptor = csys_open_direct(path)
        guard descriptor >= 0 else { return nil }
        self.path = path
        self.descriptor = descriptor
        self.blockSize = blockSize
        self.memory = .allocate(byteCount: 16 * blockSize, alignment: blockSize)
        self.memory.copyBytes(from: begun)
        self.begunCount = begun.count
    }

    deinit {
        _ = Glibc.close(self.descriptor)
        self.memory.deallocate()
    }

    /// Writes `bytes` at `offset`, which must be where the last write ended; `false` if the file system cannot do that.
    mutating func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) -> Bool {
        let count = self.begunCount + bytes.count
        let padded = (count + self.blockSize - 1) / self.blockSize * self.blockSize
        if padded > self.memory.count { self.grow(to: padded) }
        let written = UnsafeMutableRawBufferPointer(rebasing: self.memory[..<padded])
        bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress, let target = written.baseAddress else { return }
            (target + self.begunCount).copyMemory(from: start, byteCount: source.count)
            memset(target + count, 0, padded - count)
        }
        var done = 0
        while done < padded {
            let place = off_t(offset - self.begunCount + done)
            let result = pwrite(self.descriptor, written.baseAddress.map { $0 + done }, padded - done, place)
            if result < 0, errno == EINTR { continue }
            if result < 0, done == 0, errno == EINVAL || errno == EOPNOTSUPP { return false }
            // A short write ends between two blocks, or the next one says what is wrong.
            guard result > 0, result % self.blockSize == 0 else { throw POSIXLogFiles.failure("write to", self.path) }
            done += result
        }
        let kept = count % self.blockSize
        if let start = written.baseAddress { start.copyMemory(from: start + (count - kept), byteCount: kept) }
        self.begunCount = kept
        // One large batch must not hold its memory for ever.
        if self.memory.count > 64 * self.blockSize { self.grow(to: 16 * self.blockSize) }
        return true
    }

    private mutating func grow(to size: Int) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: self.blockSize)
        memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.memory[..<self.begunCount]))
        self.memory.deallocate()
        self.memory = memory
    }
}
