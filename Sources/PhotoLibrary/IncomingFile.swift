import Crypto
import Foundation
import Glibc
import Renditions

/// A file on its way in: written and hashed piece by piece, so that its size costs no memory. Removed unless it was
/// moved elsewhere.
struct IncomingFile: ~Copyable {
    let path: String
    private(set) var byteCount = 0
    private var hash = SHA256()
    private let descriptor: Int32

    /// - Parameter directory: Where uploads are kept while they arrive.
    init(in directory: String) throws {
        self.path = "\(directory)/\(UUID().uuidString.lowercased())\(LibraryFiles.uploadSuffix)"
        self.descriptor = open(self.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard self.descriptor >= 0 else { throw DurableFile.Failure("create", self.path) }
    }

    mutating func append(_ bytes: some Collection<UInt8>) throws {
        guard !bytes.isEmpty else { return }
        let appended: Void? = try bytes.withContiguousStorageIfAvailable {
            try self.append(raw: UnsafeRawBufferPointer($0))
        }
        if appended == nil { try Array(bytes).withUnsafeBytes { try self.append(raw: $0) } }
    }

    private mutating func append(raw bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = write(self.descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw DurableFile.Failure("write", self.path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        self.hash.update(bufferPointer: bytes)
        self.byteCount += bytes.count
    }

    /// The SHA-256 of what has been written, 64 lowercase hexadecimal digits.
    func contentHash() -> String { HexText.encode(self.hash.finalize()) }

    deinit {
        close(self.descriptor)
        unlink(self.path)
    }
}
