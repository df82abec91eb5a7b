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
    let takenOffsetMinutes: Int?
    let camera: String?
    let lens: String?
    let rating: Int
    let favourite: Bool
    let hidden: Bool
    /// In the bin.
    let binned: Bool
    let thumbnail: String
    let preview: String

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
        self.takenOffsetMinutes = photo.takenOffsetMinutes
        self.camera = photo.camera
        self.lens = photo.lens
        self.rating = photo.rating
        self.favourite = photo.isFavourite
        self.hidden = photo.isHidden
        self.binned = photo.deletedAt != nil
        // The version makes a turned photo another address, so that browsers may keep each for ever.
        self.thumbnail = Self.thumbnailAddress(ShownPhoto(photo))
        self.preview = "/api/v1/photos/\(photo.id.rawValue)/preview?v=\(Self.version(photo))"
    }

    static func thumbnailAddress(_ id: PhotoID) -> String { "/api/v1/photos/\(id.rawValue)/thumbnail" }

    static func thumbnailAddress(_ photo: ShownPhoto) -> String {
        "/api/v1/photos/\(photo.id)/thumbnail?v=\(photo.version)"
    }

    static func version(_ photo: Photo) -> String { String(photo.thumbnail.text.prefix(12)) }
}

/// All that is known of one photo, for the people who keep the library.
struct PhotoDetail: Encodable, Sendable {
    struct Place: Encodable, Sendable {
        let latitude: Double
        let longitude: Double
    }

    let photo: PhotoView
    let keywords: [String]
    /// Whether the file says where it was taken.
    let placeKnown: Bool
    let placeShown: Bool
    /// Only where the owner lets it be shown.
    let place: Place?

    init(_ photo: Photo, library: PhotoLibrary) async throws {
        self.photo = PhotoView(photo)
        self.keywords = try await library.keywords(of: photo.id)
        let place = try await library.place(of: photo.id)
        self.placeKnown = place != nil
        self.placeShown = photo.isPlaceShown
        self.place = photo.isPlaceShown ? place.map { Place(latitude: $0.latitude, longitude: $0.longitude) } : nil
    }
}
