import Crypto
import Foundation
import Slideshow

/// The document that a playlist reference points to.
struct PlaylistDocument: Decodable, Sendable {
    struct Photo: Decodable, Sendable {
        var name: String
        /// Lowercase hex.
        var rendition: String
        /// Pixels of the rendition.
        var width: Int?
        var height: Int?
        /// ISO 8601, with or without an offset.
        var date: String?
        var title: String?
        /// Where it was taken; only where the owner shows it.
        var place: String?
        var album: String?
    }

    var photos: [Photo]

    /// Checks that these are the bytes the reference promises, and reads them.
    ///
    /// - Throws: ``ViewerError``: `damaged` when they are not; `unintelligible` when they are and make no sense.
    init(_ bytes: [UInt8], sha256: String) throws(ViewerError) {
        let digest = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
        guard digest == sha256 else {
            throw ViewerError(.damaged, "the playlist that arrived has SHA-256 \(digest), not \(sha256)")
        }
        do {
            self = try JSONDecoder().decode(PlaylistDocument.self, from: Data(bytes))
        } catch {
            throw ViewerError(.unintelligible, "the playlist \(sha256) makes no sense: \(error)")
        }
    }

    /// What can be written below each photo, by its name.
    var captions: [String: PhotoCaption] {
        let captions = self.photos.map { photo in
            (photo.name, PhotoCaption(title: photo.title, date: photo.date, place: photo.place, album: photo.album))
        }
        return Dictionary(captions, uniquingKeysWith: { first, _ in first })
    }

    /// The photos that can be addressed, in order.
    var slides: [Slide] {
        self.photos.compactMap { photo in
            PhotoContent(text: photo.rendition).map {
                Slide(
                    name: photo.name, content: $0.text, dateTaken: photo.date.map { String($0.prefix(19)) },
                    isPortrait: (photo.height ?? 0) > (photo.width ?? 0))
            }
        }
    }
}
