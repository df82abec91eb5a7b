import Foundation
import GRDB

/// A list of photos in an order of somebody's choice.
package struct Album: Codable, Hashable, Sendable, FetchableRecord {
    package let id: AlbumID
    /// Unique without regard to case.
    package let name: String
    package let createdAt: Date
}

/// An album with what a list of albums shows.
package struct AlbumSummary: Codable, Hashable, Sendable, FetchableRecord {
    package let id: AlbumID
    package let name: String
    package let createdAt: Date
    package let photoCount: Int
    /// Its first photo.
    package let coverID: PhotoID?
}
