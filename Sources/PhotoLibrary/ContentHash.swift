import Crypto
import Renditions

/// SHA-256 of bytes as they come, as 64 lowercase hexadecimal digits.
struct ContentHash {
    private var hash = SHA256()

    mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { self.hash.update(bufferPointer: $0) } }

    var text: String { HexText.encode(self.hash.finalize()) }
}
