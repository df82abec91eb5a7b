/// The image formats that are accepted. A closed list: every decoder behind it reads what strangers upload.
package enum PhotoFormat: String, Codable, Sendable, CaseIterable {
    case jpeg, png, webp, heic, avif, tiff, gif
    /// A camera's raw file. Shown through the JPEG preview that the camera put into it.
    case raw

    /// The file name extension that originals get, without a dot.
    package var fileExtension: String {
        switch self {
        case .jpeg: "jpg"
        case .tiff: "tif"
        case .png, .webp, .heic, .avif, .gif, .raw: self.rawValue
        }
    }

    /// The extensions people use for it, lowercase, without a dot.
    package var acceptedExtensions: [String] {
        switch self {
        case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
        case .heic: ["heic", "heif", "hif"]
        case .tiff: ["tif", "tiff"]
        case .png, .webp, .avif, .gif: [self.rawValue]
        case .raw: ["raw", "dng", "nef", "nrw", "cr2", "arw", "srf", "sr2", "pef", "orf", "rw2", "raf", "srw", "3fr"]
        }
    }

    /// For `Content-Type`.
    package var mediaType: String { self == .raw ? "application/octet-stream" : "image/\(self.rawValue)" }
}
