import Glibc

/// One process at a time works on a folder: two on a library would remove each other's unfinished uploads, two on a backup
/// each other's unfinished copies.
///
/// An advisory lock (flock) on a file; the kernel lets go of it when the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Parameter inUse: What to say to whoever comes second.
    /// - Throws: ``PhotoLibraryError`` with code `inUse` if another process, or another object of this one, holds it.
    init(path: String, directory: String, inUse: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw PhotoLibraryError(
                .storage, "The folder \(directory) cannot be written: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw PhotoLibraryError(.inUse, inUse)
        }
        self.descriptor = descriptor
    }

    /// Lets go before the last reference does, also of copies that a child holds between its fork and its exec.
    func release() { flock(self.descriptor, LOCK_UN) }

    deinit { close(self.descriptor) }
}
