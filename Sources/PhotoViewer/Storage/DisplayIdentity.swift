import DisplayChannel
import Foundation

/// Who this display is, from its first start on.
package struct DisplayIdentity: Codable, Hashable, Sendable {
    /// A lowercase UUID.
    package let id: DisplayID
    /// Proves to the server that it is this display that asks again. 32 random bytes in hex.
    package let secret: String

    /// Makes up a new display.
    static func random() -> DisplayIdentity? {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<32).map { _ in
            let byte = UInt8.random(in: 0...255, using: &generator)
            return String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return DisplayID(UUID().uuidString.lowercased()).map { DisplayIdentity(id: $0, secret: secret.joined()) }
    }

    /// The identity kept in `folder`; makes and keeps one at the first start.
    ///
    /// - Throws: ``ViewerError`` with code `storage`: without a kept identity a display would be another one after
    ///   each start.
    static func keep(in folder: ViewerFolder) throws(ViewerError) -> DisplayIdentity {
        if let kept = folder.read(DisplayIdentity.self, from: folder.identityFile) { return kept }
        guard let identity = self.random() else {
            throw ViewerError(.storage, "cannot make up an identity")
        }
        try folder.write(identity, to: folder.identityFile)
        return identity
    }
}
