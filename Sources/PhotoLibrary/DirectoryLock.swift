import Glibc

/// One process at a time works on a library: two would remove each other's unfinished uploads.
///
/// An advisory lock (flock) on a file; the kernel lets go of it when the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``PhotoLibraryError`` with code `inUse` if another process, or another library object, holds it.
    init(path: String, directory: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw PhotoLibraryError(
                .storage, "The data folder \(directory) cannot be written: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw PhotoLibraryError(
                .inUse,
                "The data folder \(directory) is in use by another photoserver. Stop that one first, or use another folder."
            )
        }
        self.descriptor = descriptor
    }

    /// Lets go before the last reference does, also of copies that a child holds between its fork and its exec.
    func release() { flock(self.descriptor, LOCK_UN) }

    deinit { close(self.descriptor) }
}
