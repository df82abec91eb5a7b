import PhotoViewer

/// A photo, or two that stand side by side, ready to be drawn, with what belongs beside them.
struct DecodedPicture: Sendable {
    /// One or two, from the left.
    var photos: [Bitmap]
    var backdrop: Bitmap
    /// One pixel of the mat's colour.
    var mat: Bitmap

    /// Reads the JPEGs at `paths`, off whatever thread draws.
    ///
    /// - Throws: As ``JPEGFile/decode(_:for:longestSide:)``.
    nonisolated static func decode(
        _ paths: [String], for canvas: PixelSize, longestSide: Int = .max
    ) throws(StageError) -> DecodedPicture {
        var photos: [Bitmap] = []
        var small: [Bitmap] = []
        for path in paths {
            small.append(try JPEGFile.decodeSmall(path))
            photos.append(try JPEGFile.decode(path, for: canvas, longestSide: longestSide))
        }
        let backdrops = small.map { Backdrop.make(from: $0) }
        return DecodedPicture(photos: photos, backdrop: Backdrop.joined(backdrops), mat: Mat.make(from: small))
    }

    /// What lies beside the photos.
    func beside(_ background: Look.Background) -> Bitmap? {
        switch background {
        case .black: nil
        case .blur: self.backdrop
        case .mat: self.mat
        }
    }
}
