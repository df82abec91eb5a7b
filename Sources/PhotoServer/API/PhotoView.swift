import PhotoLibrary
import Renditions

/// A photo as people and programs see it. Where it was taken is not among it.
struct PhotoView: Encodable, Sendable, Equatable {
    let id: Int64
    let name: String
    let title: String?
    let caption: String?
    let width: Int
    let height: Int
    let bytes: Int
    let format: String
    /// Local time, as the camera had it.
    let taken: String?
    let camera: String?
    let thumbnail: String

    init(_ photo: Photo) {
        self.id = photo.id.rawValue
        self.name = photo.name
        self.title = photo.title
        self.caption = photo.caption
        self.width = photo.width
        self.height = photo.height
        self.bytes = photo.byteCount
        self.format = photo.format.rawValue
        self.taken = photo.takenLocal
        self.camera = photo.camera
        self.thumbnail = Self.thumbnailAddress(photo.id)
    }

    static func thumbnailAddress(_ id: PhotoID) -> String { "/api/v1/photos/\(id.rawValue)/thumbnail" }
}
