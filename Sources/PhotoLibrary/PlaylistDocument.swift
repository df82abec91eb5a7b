import Crypto
import Foundation
import Renditions

/// What a display shows, in playing order, as the bytes it fetches. The same photos cut the same way give the same
/// bytes, so the hash is both its address and its version.
package struct PlaylistDocument: Hashable, Sendable {
    /// UTF-8 JSON: `{"photos":[{"album","date","height","name","rendition","title","width"}],"version":1}`.
    /// Members that are not known are left out; `date` lacks the offset where the camera did not know it.
    package let json: [UInt8]
    /// Of `json`, 64 lowercase hexadecimal digits.
    package let sha256: String
    /// The photos' names, in the same order.
    package let names: [String]
    /// The photos' renditions, in the same order.
    package let renditions: [RenditionID]

    package var count: Int { self.names.count }

    /// One photo as the document says it.
    struct Entry: Codable, Sendable {
        var name: String
        var rendition: RenditionID
        var width: Int
        var height: Int
        var title: String?
        var date: String?
        var album: String?
    }

    private struct Content: Codable {
        var version = 1
        var photos: [Entry]
    }

    init(_ entries: [Entry]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.json = Array(try encoder.encode(Content(photos: entries)))
        self.sha256 = HexText.encode(SHA256.hash(data: self.json))
        self.names = entries.map(\.name)
        self.renditions = entries.map(\.rendition)
    }
}
