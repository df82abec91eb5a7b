import Crypto
import Renditions

/// SHA-256 of bytes as they come, as 64 lowercase hexadecimal digits.
struct ContentHash {
    private var hash = SHA256()

    init() {}

    /// Of a whole file, read piece by piece.
    init(ofFile path: String) async throws {
        for try await chunk in FileChunks(path: path) { self.update(chunk) }
    }

    mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { self.hash.update(bufferPointer: $0) } }

    var text: String { HexText.encode(self.hash.finalize()) }
}
