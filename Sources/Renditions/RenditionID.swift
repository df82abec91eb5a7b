import Crypto

/// The address of a rendition: what it shows (the original's content) and how it is cut. Nothing else enters, so equal
/// renditions are made once, cached for ever and never stale.
package struct RenditionID: Hashable, Codable, Sendable, CustomStringConvertible {
    /// 64 lowercase hexadecimal digits.
    package let text: String

    /// - Parameters:
    ///   - contentHash: The SHA-256 of the original file, as 64 lowercase hexadecimal digits.
    ///   - recipe: How it is cut.
    package init(contentHash: String, recipe: RenditionRecipe) {
        self.init(contentHash: contentHash, canonicalRecipe: recipe.canonicalText)
    }

    /// The same, for many photos that are cut by one recipe.
    ///
    /// - Parameter canonicalRecipe: ``RenditionRecipe/canonicalText``.
    package init(contentHash: String, canonicalRecipe: String) {
        let digest = SHA256.hash(data: Array("\(contentHash)\n\(canonicalRecipe)".utf8))
        self.text = HexText.encode(digest)
    }

    /// Accepts exactly 64 lowercase hexadecimal digits: an id becomes part of a path, so nothing else may pass.
    package init?(text: some StringProtocol) {
        guard HexText.isSHA256(text) else { return nil }
        self.text = String(text)
    }

    package var description: String { self.text }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = RenditionID(text: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a rendition id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.text)
    }
}
