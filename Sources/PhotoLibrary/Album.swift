import Foundation
import GRDB

/// A list of photos: chosen by hand and ordered so, or by a rule, newest first.
package struct Album: Codable, Hashable, Sendable, FetchableRecord {
    package let id: AlbumID
    /// Unique without regard to case.
    package let name: String
    package let createdAt: Date
    /// What decides about its photos; `nil` for an album by hand.
    let rule: String?

    package var isSmart: Bool { self.rule != nil }
}

/// An album with what a list of albums shows.
package struct AlbumSummary: Codable, Hashable, Sendable, FetchableRecord {
    package let id: AlbumID
    package let name: String
    package let createdAt: Date
    let rule: String?
    package let photoCount: Int
    /// Its first photo.
    package let coverID: PhotoID?

    package var isSmart: Bool { self.rule != nil }
    /// What decides about its photos; `nil` for an album by hand.
    package var photoRule: PhotoRule? { self.rule.flatMap { PhotoRule(stored: $0) } }
}
