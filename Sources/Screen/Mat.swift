import PhotoViewer

/// The colour of a mat around a photo: the photo's own mean colour, dark and with little saturation, so that the photo
/// is always the brightest and the most colourful of the two.
enum Mat {
    /// Of the mean's colourfulness, in percent.
    static let saturationPercent = 35
    /// The mat's luma, 0 to 255: as dark as a passe-partout in a dim room.
    static let luma = 46

    /// Makes one pixel of the colour from small decodes of the photo, or of the two that share a mat.
    static func make(from photos: [Bitmap]) -> Bitmap {
        var sums = (red: 0, green: 0, blue: 0)
        for photo in photos {
            photo.rgba.withUnsafeBufferPointer { bytes in
                for index in stride(from: 0, to: bytes.count, by: 4) {
                    sums.red += Int(bytes[index])
                    sums.green += Int(bytes[index + 1])
                    sums.blue += Int(bytes[index + 2])
                }
            }
        }
        let count = max(photos.reduce(0) { $0 + $1.size.pixels }, 1)
        let mean = [sums.red / count, sums.green / count, sums.blue / count]
        // Rec. 709 luma; the weights sum to 256.
        let luma = (mean[0] * 54 + mean[1] * 183 + mean[2] * 19) >> 8
        var mat = Bitmap(size: PixelSize(width: 1, height: 1))
        for (channel, value) in mean.enumerated() {
            let tint = (value - luma) * self.saturationPercent / 100
            mat.rgba[channel] = UInt8(min(max(self.luma + tint, 0), 255))
        }
        return mat
    }
}
