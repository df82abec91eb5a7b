/// What a photo's file says about itself.
package struct PhotoFacts: Hashable, Codable, Sendable {
    package var format: PhotoFormat
    /// Pixels, upright: the EXIF orientation is applied.
    package var width: Int
    /// Pixels, upright: the EXIF orientation is applied.
    package var height: Int
    /// EXIF orientation 1 through 8 that is still to be applied to the file's pixels; 1 for HEIC and AVIF, whose decoder turns them.
    package var orientation: Int
    package var taken: PhotoDate?
    /// Maker and model, as one name.
    package var camera: String?
    package var lens: String?
    /// 0 (none) through 5 stars.
    package var rating: Int
    package var title: String?
    package var caption: String?
    /// In the file's order, without repeats.
    package var keywords: [String]
    /// Where it was taken. Private: it is stored apart and enters nothing that is shown.
    package var place: PhotoPlace?

    package init(
        format: PhotoFormat, width: Int, height: Int, orientation: Int = 1, taken: PhotoDate? = nil,
        camera: String? = nil, lens: String? = nil, rating: Int = 0, title: String? = nil, caption: String? = nil,
        keywords: [String] = [], place: PhotoPlace? = nil
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.orientation = orientation
        self.taken = taken
        self.camera = camera
        self.lens = lens
        self.rating = rating
        self.title = title
        self.caption = caption
        self.keywords = keywords
        self.place = place
    }

    package var size: RenditionPlan.Size { RenditionPlan.Size(width: self.width, height: self.height) }
}

/// A place on Earth in degrees, north and east positive (EXIF GPS IFD).
package struct PhotoPlace: Hashable, Codable, Sendable {
    package var latitude: Double
    package var longitude: Double

    package init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }
}
