import Crypto
import EtcdStorage
import EtcdStore
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A snapshot's file, with its checksum at the end.
final class SnapshotReader: Sendable {
    /// Without the checksum.
    let size: Int
    private let path: String
    private let descriptor: Int32

    /// - Throws: ``StorageError`` if the file cannot be read, or does not match its checksum.
    init(_ path: String) throws(StorageError) {
        self.path = path
        self.descriptor = open(path, O_RDONLY | O_CLOEXEC)
        let length = self.descriptor < 0 ? -1 : Int(lseek(self.descriptor, 0, SEEK_END))
        self.size = length - SHA256.byteCount
        guard length >= 0 else {
            throw StorageError(
                .failed, "Cannot read \(path): \(String(cString: strerror(errno))). Give the path of a snapshot.")
        }
        guard self.size >= StoreBackup.blockSize, self.size % StoreBackup.blockSize == 0 else {
            throw StorageError(
                .corrupt, "\(path) has no checksum at its end: it is cut off, or no snapshot. Save it once more.")
        }
        // The mark in the first page of the database that etcd keeps its data in.
        guard try self.bytes(at: 16, count: 4) != [0xed, 0xda, 0x0c, 0xed] else {
            throw StorageError(
                .unsupported,
                """
                \(path) is a snapshot of etcd itself, whose format only etcd's own tools read. Restore it into an etcd, \
                and copy from there: etcdctl make-mirror, or this program's import.
                """)
        }
        try self.verify()
    }

    deinit { if self.descriptor >= 0 { _ = close(self.descriptor) } }

    func load(identity: Store.Identity?) throws(StorageError) -> Store {
        try StoreBackup.load(
            place: self.path, size: self.size, identity: identity,
            read: { (offset, count) throws(StorageError) in try self.bytes(at: offset, count: count) })
    }

    private func verify() throws(StorageError) {
        var hash = SHA256()
        var offset = 0
        while offset < self.size {
            let piece = try self.bytes(at: offset, count: min(1 << 20, self.size - offset))
            hash.update(data: piece)
            offset += piece.count
        }
        guard Array(hash.finalize()) == (try self.bytes(at: self.size, count: SHA256.byteCount)) else {
            throw StorageError(
                .corrupt, "\(self.path) does not match its checksum: it is damaged. Use another snapshot.")
        }
    }

    private func bytes(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result = bytes.withUnsafeMutableBytes { buffer in
                pread(self.descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
            }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else {
                throw StorageError(.failed, "Cannot read \(self.path): \(String(cString: strerror(errno))).")
            }
            filled += result
        }
        return bytes
    }
}
