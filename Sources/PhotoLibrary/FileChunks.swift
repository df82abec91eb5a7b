import Glibc
import Renditions

/// A file's bytes in pieces of 256 KiB.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    let path: String

    func makeAsyncIterator() -> Iterator { Iterator(path: self.path) }

    final class Iterator: AsyncIteratorProtocol {
        private let path: String
        private var descriptor: Int32 = -1

        init(path: String) { self.path = path }
        deinit { if self.descriptor >= 0 { close(self.descriptor) } }

        func next() async throws -> [UInt8]? {
            if self.descriptor < 0 {
                self.descriptor = open(self.path, O_RDONLY | O_CLOEXEC)
                guard self.descriptor >= 0 else { throw DurableFile.Failure("open", self.path) }
            }
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, initialized in
                repeat {
                    count = read(self.descriptor, buffer.baseAddress, buffer.count)
                } while count < 0 && errno == EINTR
                initialized = Swift.max(count, 0)
            }
            guard count >= 0 else { throw DurableFile.Failure("read", self.path) }
            return chunk.isEmpty ? nil : chunk
        }
    }
}
