import Foundation
import GRDB
import Renditions

/// A photo in the library: one original file and what is known about it.
///
/// Where it was taken is not among it, on purpose: it is kept in a table of its own that nothing shown reads unless the
/// owner says so.
package struct Photo: Codable, Hashable, Sendable, FetchableRecord {
    package let id: PhotoID
    /// Unique without regard to case, and safe as a file name: `IMG_0001.jpg`.
    package let name: String
    /// SHA-256 of the original file, 64 lowercase hexadecimal digits.
    package let contentHash: String
    package let format: PhotoFormat
    /// Of the original file.
    package let byteCount: Int
    /// Pixels, upright and turned.
    package let width: Int
    /// Pixels, upright and turned.
    package let height: Int
    /// Local time as the camera had it, `yyyy-MM-ddTHH:mm:ss`.
    package let takenLocal: String?
    /// Minutes east of UTC, where the camera knew.
    package let takenOffsetMinutes: Int?
    package let camera: String?
    package let lens: String?
    package let title: String?
    package let caption: String?
    package let addedAt: Date
    /// What the library is ordered by: the local time taken, else when it was added (UTC).
    package let sortKey: String
    /// 0 (none) through 5 stars.
    package let rating: Int
    package let isFavourite: Bool
    /// Shown nowhere but in the list of hidden photos.
    package let isHidden: Bool
    /// How far somebody turned it, clockwise, on top of what the camera said.
    package let turn: RenditionRecipe.Rotation
    /// When it was put into the bin; `nil` outside.
    package let deletedAt: Date?
    /// Whether its owner lets the place be shown.
    package let isPlaceShown: Bool
    /// When a display showed it first; `nil` for never.
    package let shownAt: Date?

    /// When it was taken, as far as the camera knew.
    package var taken: PhotoDate? {
        self.takenLocal.map { PhotoDate(localText: $0, offsetMinutes: self.takenOffsetMinutes) }
    }

    /// Pixels as the file has them upright, before ``turn``.
    var fileSize: RenditionPlan.Size {
        let size = RenditionPlan.Size(width: self.width, height: self.height)
        return self.turn.swapsSides ? size.turned : size
    }

    /// The rendition of this photo for a box, and the size that it will have.
    package func rendition(_ recipe: RenditionRecipe) -> (
        id: RenditionID, recipe: RenditionRecipe, size: RenditionPlan.Size
    ) {
        let recipe = recipe.turned(by: self.turn)
        return (
            RenditionID(contentHash: self.contentHash, recipe: recipe), recipe,
            RenditionPlan(recipe, photo: self.fileSize).output
        )
    }

    /// The same as something to be made.
    func cut(_ recipe: RenditionRecipe) -> RenditionCut {
        let rendition = self.rendition(recipe)
        return RenditionCut(id: rendition.id, recipe: rendition.recipe)
    }

    /// The rendition that pages show in lists.
    package var thumbnail: RenditionID { self.rendition(.thumbnail).id }
}
