#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A real folder, locked for this process alone.
package final class POSIXLogFiles: LogFiles {
    package let place: String
    private let lock: Int32

    /// Makes the folder if it is not there and locks it.
    ///
    /// - Throws: ``StorageError`` with code `locked` if another process has it, `failed` if it cannot be used.
    package init(directory: String) throws(StorageError) {
        self.place = directory
        try Self.makeDirectory(directory)
        let path = "\(directory)/lock"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let failure = Self.failure("lock", path)
            _ = Glibc.close(descriptor)
            guard isTaken else { throw failure }
            throw StorageError(
                .locked,
                "The folder \(directory) is in use by another process. Stop that one first, or choose another folder.")
        }
        self.lock = descriptor
    }

    package func release() { _ = flock(self.lock, LOCK_UN) }

    deinit { _ = Glibc.close(self.lock) }

    package func names() throws(StorageError) -> [String] {
        guard let directory = opendir(self.place) else { throw Self.failure("list", self.place) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    package func size(of name: String) throws(StorageError) -> Int {
        var status = stat()
        let path = self.path(name)
        guard stat(path, &status) == 0 else { throw Self.failure("read", path) }
        return Int(status.st_size)
    }

    package func read(_ name: String, at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        let path = self.path(name)
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        defer { _ = Glibc.close(descriptor) }
        var isFailed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let start = buffer.baseAddress {
                let result = pread(descriptor, start + filled, count - filled, off_t(offset + filled))
                if result < 0, errno == EINTR { continue }
                isFailed = result < 0
                if result <= 0 { break }
                filled += result
            }
        }
        if isFailed { throw Self.failure("read", path) }
        return bytes
    }

    package func create(_ name: String) throws(StorageError) -> any LogFile {
        try POSIXLogFile(path: self.path(name), flags: O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC)
    }

    package func open(_ name: String) throws(StorageError) -> any LogFile {
        try POSIXLogFile(path: self.path(name), flags: O_RDWR | O_CLOEXEC)
    }

    package func rename(_ name: String, to newName: String) throws(StorageError) {
        guard Glibc.rename(self.path(name), self.path(newName)) == 0 else {
            throw Self.failure("rename", self.path(name))
        }
    }

    package func remove(_ name: String) throws(StorageError) {
        guard unlink(self.path(name)) == 0 else { throw Self.failure("remove", self.path(name)) }
    }

    package func syncNames() throws(StorageError) { try Self.syncDirectory(self.place) }

    private func path(_ name: String) -> String { "\(self.place)/\(name)" }

    /// Makes the folder and those above it; each new name is made durable in the folder that holds it.
    private static func makeDirectory(_ directory: String) throws(StorageError) {
        guard mkdir(directory, 0o700) != 0 else {
            return try Self.syncDirectory(Self.parent(of: directory))
        }
        switch errno {
        case EEXIST: return
        case ENOENT where Self.parent(of: directory) != directory:
            try Self.makeDirectory(Self.parent(of: directory))
            guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw Self.failure("make", directory) }
            try Self.syncDirectory(Self.parent(of: directory))
        default: throw Self.failure("make", directory)
        }
    }

    private static func parent(of directory: String) -> String {
        var parts = directory.split(separator: "/", omittingEmptySubsequences: true)
        let isAbsolute = directory.hasPrefix("/")
        if !parts.isEmpty { parts.removeLast() }
        if parts.isEmpty { return isAbsolute ? "/" : "." }
        return (isAbsolute ? "/" : "") + parts.joined(separator: "/")
    }

    private static func syncDirectory(_ directory: String) throws(StorageError) {
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("open", directory) }
        defer { _ = Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure("sync", directory) }
    }

    static func failure(_ action: String, _ path: String) -> StorageError {
        let reason = errno
        var remedy = "Check the disk and the folder."
        switch reason {
        case ENOSPC, EDQUOT: remedy = "Free some space on its disk, then start again."
        case EACCES, EPERM, EROFS: remedy = "Give this user the right to write there, or choose another folder."
        default: break
        }
        return StorageError(.failed, "Cannot \(action) \(path): \(String(cString: strerror(reason))). \(remedy)")
    }
}
