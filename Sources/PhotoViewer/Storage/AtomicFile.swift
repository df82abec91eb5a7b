import Foundation
import Glibc

/// Files that are always whole: the old content or the new, whatever happens meanwhile.
package enum AtomicFile {
    /// Replaces the file at `path`.
    ///
    /// - Parameters:
    ///   - permissions: Of the new file, such as 0o600 for secrets.
    ///   - isDurable: Whether to return only once the content would survive a power cut. Costs a flush of the disk.
    /// - Throws: ``ViewerError`` with code `storage`; the old file is then still there.
    package static func write(
        _ bytes: [UInt8], to path: String, permissions: mode_t = 0o644, isDurable: Bool = true
    ) throws(ViewerError) {
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions)
        guard descriptor >= 0 else { throw self.failure("create", temporary) }
        do throws(ViewerError) {
            defer { close(descriptor) }
            // A left-over of an earlier process with this id may have had other permissions.
            guard fchmod(descriptor, permissions) == 0 else { throw self.failure("protect", temporary) }
            try self.write(bytes, to: descriptor, path: temporary)
            if isDurable { guard fsync(descriptor) == 0 else { throw self.failure("flush", temporary) } }
        } catch {
            unlink(temporary)
            throw error
        }
        try self.move(temporary, to: path, isDurable: isDurable)
    }

    /// Gives a finished file its name, durably: what was written to it, and that it has this name.
    ///
    /// - Throws: ``ViewerError`` with code `storage`; `source` is then removed.
    package static func commit(_ source: String, to path: String) throws(ViewerError) {
        let descriptor = open(source, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw self.failure("open", source) }
        let isFlushed = fsync(descriptor) == 0
        close(descriptor)
        guard isFlushed else {
            let error = self.failure("flush", source)
            unlink(source)
            throw error
        }
        try self.move(source, to: path, isDurable: true)
    }

    private static func move(_ source: String, to path: String, isDurable: Bool) throws(ViewerError) {
        guard rename(source, path) == 0 else {
            let error = self.failure("rename to", path)
            unlink(source)
            throw error
        }
        guard isDurable else { return }
        let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw self.failure("open the folder of", path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw self.failure("flush the folder of", path) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(ViewerError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw self.failure("write", path) }
            written += count
        }
    }

    private static func failure(_ action: String, _ path: String) -> ViewerError {
        ViewerError(.storage, "cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}
