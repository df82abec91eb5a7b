import PhotoViewer

/// A photo ready to be drawn, with the backdrop that belongs to it.
struct DecodedPicture: Sendable {
    var photo: Bitmap
    var backdrop: Bitmap

    /// Reads the JPEG at `path`, off whatever thread draws.
    ///
    /// - Throws: As ``JPEGFile/decode(_:for:longestSide:)``.
    nonisolated static func decode(
        _ path: String, for canvas: PixelSize, longestSide: Int = .max
    ) throws(StageError) -> DecodedPicture {
        DecodedPicture(
            photo: try JPEGFile.decode(path, for: canvas, longestSide: longestSide),
            backdrop: Backdrop.make(from: try JPEGFile.decodeSmall(path)))
    }
}
