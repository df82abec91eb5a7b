import PhotoViewer

/// A photo ready to be drawn, with the backdrop that belongs to it.
struct DecodedPicture: Sendable {
    var photo: Bitmap
    var backdrop: Bitmap
    /// One pixel of the mat's colour.
    var mat: Bitmap

    /// Reads the JPEG at `path`, off whatever thread draws.
    ///
    /// - Throws: As ``JPEGFile/decode(_:for:longestSide:)``.
    nonisolated static func decode(
        _ path: String, for canvas: PixelSize, longestSide: Int = .max
    ) throws(StageError) -> DecodedPicture {
        let small = try JPEGFile.decodeSmall(path)
        return DecodedPicture(
            photo: try JPEGFile.decode(path, for: canvas, longestSide: longestSide),
            backdrop: Backdrop.make(from: small), mat: Mat.make(from: small))
    }

    /// What lies beside the photo.
    func beside(_ background: Look.Background) -> Bitmap? {
        switch background {
        case .black: nil
        case .blur: self.backdrop
        case .mat: self.mat
        }
    }
}
