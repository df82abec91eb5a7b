/// The image formats that are accepted. A closed list: every decoder behind it reads what strangers upload.
package enum PhotoFormat: String, Codable, Sendable, CaseIterable {
    case jpeg, png, webp, heic, avif, tiff, gif

    /// The file name extension that originals get, without a dot.
    package var fileExtension: String {
        switch self {
        case .jpeg: "jpg"
        case .tiff: "tif"
        case .png, .webp, .heic, .avif, .gif: self.rawValue
        }
    }

    /// The extensions people use for it, lowercase, without a dot.
    package var acceptedExtensions: [String] {
        switch self {
        case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
        case .heic: ["heic", "heif", "hif"]
        case .tiff: ["tif", "tiff"]
        case .png, .webp, .avif, .gif: [self.rawValue]
        }
    }

    /// For `Content-Type`.
    package var mediaType: String { "image/\(self.rawValue)" }
}
