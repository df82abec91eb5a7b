import Foundation
import GRDB
import Renditions

/// A photo in the library: one original file and what is known about it.
///
/// Where it was taken is not among it, on purpose: it is kept in a table of its own that nothing shown reads.
package struct Photo: Codable, Hashable, Sendable, FetchableRecord {
    package let id: PhotoID
    /// Unique without regard to case, and safe as a file name: `IMG_0001.jpg`.
    package let name: String
    /// SHA-256 of the original file, 64 lowercase hexadecimal digits.
    package let contentHash: String
    package let format: PhotoFormat
    /// Of the original file.
    package let byteCount: Int
    /// Pixels, upright.
    package let width: Int
    /// Pixels, upright.
    package let height: Int
    /// Local time as the camera had it, `yyyy-MM-ddTHH:mm:ss`.
    package let takenLocal: String?
    /// Minutes east of UTC, where the camera knew.
    package let takenOffsetMinutes: Int?
    package let camera: String?
    package let title: String?
    package let caption: String?
    package let addedAt: Date
    /// What the library is ordered by: the local time taken, else when it was added (UTC).
    package let sortKey: String

    /// When it was taken, as far as the camera knew.
    package var taken: PhotoDate? {
        self.takenLocal.map { PhotoDate(localText: $0, offsetMinutes: self.takenOffsetMinutes) }
    }

    package var size: RenditionPlan.Size { RenditionPlan.Size(width: self.width, height: self.height) }

    /// The rendition that pages show in lists.
    package var thumbnail: RenditionID { RenditionID(contentHash: self.contentHash, recipe: .thumbnail) }
}
