import Foundation
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that is to be uploaded, as it was when it was found.
package struct PhotoFile: Sendable, Hashable {
    package let path: String
    package let size: Int
    /// Seconds since 1970.
    package let modified: Int

    package var name: String { URL(fileURLWithPath: self.path).lastPathComponent }

    /// - Throws: ``APIError`` of kind `badConfiguration` when it cannot be read, or is no file.
    package init(path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw APIError(.badConfiguration, "\(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw APIError(.badConfiguration, "\(path) is no file")
        }
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        self.size = Int(status.st_size)
        #if canImport(Glibc)
            self.modified = Int(status.st_mtim.tv_sec)
        #else
            self.modified = Int(status.st_mtimespec.tv_sec)
        #endif
    }

    /// Its bytes from `offset` on, telling `onRead` how many are on their way.
    func bytes(from offset: Int, onRead: @escaping @Sendable (Int) -> Void) throws -> FileBytes {
        let descriptor = open(self.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw APIError(.badConfiguration, "\(self.path): \(String(cString: strerror(errno)))")
        }
        return FileBytes(
            file: FileBytes.Descriptor(descriptor), path: self.path, offset: offset, end: self.size, onRead: onRead)
    }
}

/// A file's bytes in pieces, read as they are asked for.
struct FileBytes: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// Closed with the last who uses it.
    final class Descriptor: Sendable {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { close(self.number) }
    }

    private static let pieceBytes = 256 << 10
    let file: Descriptor
    let path: String
    let offset: Int
    let end: Int
    let onRead: @Sendable (Int) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(bytes: self, offset: self.offset) }

    struct Iterator: AsyncIteratorProtocol {
        let bytes: FileBytes
        var offset: Int

        mutating func next() async throws -> ByteBuffer? {
            guard self.offset < self.bytes.end else { return nil }
            let most = Swift.min(FileBytes.pieceBytes, self.bytes.end - self.offset)
            var buffer = ByteBufferAllocator().buffer(capacity: most)
            let (number, offset) = (self.bytes.file.number, self.offset)
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { space in
                Swift.max(0, pread(number, space.baseAddress, most, off_t(offset)))
            }
            guard count > 0 else {
                throw APIError(.badConfiguration, "\(self.bytes.path) became shorter while it was read.")
            }
            self.offset += count
            self.bytes.onRead(self.offset)
            return buffer
        }
    }
}
