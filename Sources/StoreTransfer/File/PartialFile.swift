import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that has another name until it is whole: `NAME.partial`. Locked for this process.
///
/// What was synced outlives a power cut. The owner closes it, or drops it.
final class PartialFile {
    let path: String
    let partialPath: String
    private let descriptor: Int32

    /// Opens the file, with what an earlier process has left in it.
    init(_ path: String) throws(TransferError) {
        self.path = path
        self.partialPath = "\(path).partial"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw TransferError(
                .exists, "\(path) exists already", remedy: "Give another name, or remove that file first.")
        }
        // Values may be secrets: for the owner's eyes.
        self.descriptor = open(self.partialPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard self.descriptor >= 0 else { throw Self.failure("open", self.partialPath) }
        guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(self.descriptor)
            throw TransferError(
                .inUse, "another process is writing \(self.partialPath)",
                remedy: "Wait for it, or give another name.")
        }
    }

    deinit { close(self.descriptor) }

    /// Forgets everything after the first `size` bytes.
    func truncate(to size: Int) throws(TransferError) {
        guard ftruncate(self.descriptor, off_t(size)) == 0, lseek(self.descriptor, off_t(size), SEEK_SET) >= 0 else {
            throw Self.failure("cut", self.partialPath)
        }
    }

    func write(_ data: Data) throws(TransferError) {
        var rest = data[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Self.writeSome(self.descriptor, $0) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.failure("write", self.partialPath) }
            rest = rest.dropFirst(written)
        }
    }

    /// Returns when everything written is on the disk.
    func sync() throws(TransferError) {
        guard fsync(self.descriptor) == 0 else { throw Self.failure("write", self.partialPath) }
    }

    /// The file is whole: gives it its name, durably.
    func finish() throws(TransferError) {
        try self.sync()
        // A link, not a rename: it does not replace a file that has come meanwhile.
        guard link(self.partialPath, self.path) == 0 else { throw Self.failure("name", self.path) }
        guard unlink(self.partialPath) == 0 else { throw Self.failure("remove", self.partialPath) }
        let folder = URL(fileURLWithPath: self.path).deletingLastPathComponent().path
        let directory = open(folder, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failure("open", folder) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw Self.failure("write", folder) }
    }

    private static func writeSome(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func failure(_ verb: String, _ path: String) -> TransferError {
        let code = errno
        let remedy: String? =
            switch code {
            case ENOSPC, EDQUOT, EFBIG: "Make room and run the same command again: it goes on where it stopped."
            case EACCES, EPERM, EROFS: "Choose a folder that you may write to."
            case ENOENT: "Make the folder first."
            default: nil
            }
        return TransferError(.file, "cannot \(verb) \(path): \(String(cString: strerror(code)))", remedy: remedy)
    }
}
