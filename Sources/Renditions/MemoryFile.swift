import CSys
import Glibc

/// Bytes that a decoder can open by a path although they are in no folder. Gone with the last reference.
final class MemoryFile {
    private let descriptor: Int32

    /// For as long as this object lives.
    var path: String { "/proc/self/fd/\(self.descriptor)" }

    init(_ bytes: [UInt8], name: String) throws {
        self.descriptor = csys_memory_file()
        var rest = bytes[...]
        while self.descriptor >= 0, !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(self.descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        guard self.descriptor >= 0, rest.isEmpty else {
            throw RenditionError(
                .outOfMemory, "The preview in “\(name)” does not fit into memory. Export it as JPEG.")
        }
    }

    deinit { if self.descriptor >= 0 { close(self.descriptor) } }
}
