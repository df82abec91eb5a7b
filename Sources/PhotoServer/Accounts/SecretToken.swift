import Crypto
import Foundation

/// A random secret that its holder sees once; the server keeps only its hash.
///
/// The text is 32 bytes from the system's cryptographic generator, in URL-safe base64, so that it fits into a link,
/// a header and a cookie unescaped. A plain SHA-256 is enough to keep: nothing can be guessed about 256 random bits.
package struct SecretToken: Sendable, Equatable {
    /// What its holder presents.
    package let text: String

    /// Characters of every text.
    package static let length = 43

    /// Makes a new secret.
    package init() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.text = Data(bytes).base64URLEncoded
    }

    /// What the server keeps.
    package var hash: String { Self.hash(of: self.text) }

    /// The lowercase hexadecimal SHA-256 of a presented secret.
    package static func hash(of text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).map { String($0, radix: 16, padded: 2) }.joined()
    }
}

/// Whether two texts are equal, in a time that depends on their lengths only.
package func equalInConstantTime(_ left: String, _ right: String) -> Bool {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices {
        difference |= left[index] ^ right[index]
    }
    return difference == 0
}

extension Data {
    /// Base64 with the URL-safe alphabet of RFC 4648 section 5, without padding.
    var base64URLEncoded: String {
        self.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}

extension String {
    fileprivate init(_ byte: UInt8, radix: Int, padded width: Int) {
        let digits = String(byte, radix: radix)
        self = String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
