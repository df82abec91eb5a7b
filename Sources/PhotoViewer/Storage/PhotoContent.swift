import Crypto
import DisplayChannel
import Foundation

/// How a picture is addressed: by what it is, or, from servers without playlists, only by its name.
package enum PhotoContent: Hashable, Sendable {
    /// A rendition cut for this display; lowercase hex, immutable.
    case rendition(String)
    case named(String)

    /// As ``Slideshow/Slide/content`` has it.
    package var text: String {
        switch self {
        case .rendition(let hash): hash
        case .named(let name): "name:\(name)"
        }
    }

    /// Reads what ``text`` wrote; nil for anything else.
    package init?(text: String) {
        if text.hasPrefix("name:") {
            self = .named(String(text.dropFirst(5)))
        } else if PlaylistReference.isDigest(text) {
            self = .rendition(text)
        } else {
            return nil
        }
    }

    /// What the cache knows it by, and begins its file's name with. A photo's own name is never part of a path.
    var cacheKey: String {
        switch self {
        case .rendition(let hash): hash
        case .named(let name): "n\(SHA256.hash(data: Data(name.utf8)).map { String(format: "%02x", $0) }.joined())"
        }
    }
}
