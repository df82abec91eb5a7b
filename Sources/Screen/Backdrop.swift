import PhotoViewer

/// The blurred picture beside a photo that does not fill the screen: a few thousand pixels, which the scaling up to
/// the screen's size blurs further for nothing.
enum Backdrop {
    static let longestSide = 96
    static let radius = 4
    /// Darkened, so that the photo stands out.
    static let lightPercent = 55

    /// Makes the backdrop from a small decode of the photo.
    static func make(from small: Bitmap) -> Bitmap {
        var bitmap = self.shrink(small)
        for _ in 0..<3 {
            // Three box blurs are a good Gaussian one.
            bitmap = self.blur(bitmap, alongRows: true)
            bitmap = self.blur(bitmap, alongRows: false)
        }
        bitmap.rgba.withUnsafeMutableBufferPointer { bytes in
            for index in bytes.indices where index % 4 != 3 {
                bytes[index] = UInt8(Int(bytes[index]) * self.lightPercent / 100)
            }
        }
        return bitmap
    }

    /// Two backdrops side by side, each for its own half, running into each other in the middle.
    static func joined(_ backdrops: [Bitmap]) -> Bitmap {
        guard backdrops.count == 2 else { return backdrops.first ?? Bitmap(size: PixelSize(width: 1, height: 1)) }
        let height = backdrops.map(\.size.height).max() ?? 1
        // Portraits: together about as wide as a landscape screen is beside its height.
        let half = max(height * 8 / 9, 1)
        var result = Bitmap(size: PixelSize(width: 2 * half, height: height))
        for y in 0..<height {
            for x in 0..<(2 * half) {
                let source = backdrops[x / half]
                let from = source[
                    (x % half) * source.size.width / half, y * source.size.height / height]
                let index = (y * 2 * half + x) * 4
                (result.rgba[index], result.rgba[index + 1], result.rgba[index + 2]) = from
            }
        }
        for _ in 0..<3 { result = self.blur(result, alongRows: true) }
        return result
    }

    private static func shrink(_ source: Bitmap) -> Bitmap {
        let factor = max(1, (max(source.size.width, source.size.height) + self.longestSide - 1) / self.longestSide)
        guard factor > 1 else { return source }
        let size = PixelSize(
            width: max(1, source.size.width / factor), height: max(1, source.size.height / factor))
        let blockWidth = min(factor, source.size.width)
        let blockHeight = min(factor, source.size.height)
        var result = Bitmap(size: size)
        source.rgba.withUnsafeBufferPointer { from in
            result.rgba.withUnsafeMutableBufferPointer { to in
                for y in 0..<size.height {
                    for x in 0..<size.width {
                        for channel in 0..<3 {
                            var sum = 0
                            for row in 0..<blockHeight {
                                let start = ((y * factor + row) * source.size.width + x * factor) * 4 + channel
                                for column in 0..<blockWidth { sum += Int(from[start + column * 4]) }
                            }
                            to[(y * size.width + x) * 4 + channel] = UInt8(sum / (blockWidth * blockHeight))
                        }
                    }
                }
            }
        }
        return result
    }

    private static func blur(_ source: Bitmap, alongRows: Bool) -> Bitmap {
        let size = source.size
        let (lines, length) = alongRows ? (size.height, size.width) : (size.width, size.height)
        let (lineStep, step) = alongRows ? (size.width * 4, 4) : (4, size.width * 4)
        var result = Bitmap(size: size)
        source.rgba.withUnsafeBufferPointer { from in
            result.rgba.withUnsafeMutableBufferPointer { to in
                for line in 0..<lines {
                    for channel in 0..<3 {
                        let start = line * lineStep + channel
                        // The window runs over the edge pixels repeated, so that edges do not darken.
                        func sample(_ index: Int) -> Int {
                            Int(from[start + min(max(index, 0), length - 1) * step])
                        }
                        var sum = 0
                        for index in -self.radius...self.radius { sum += sample(index) }
                        for index in 0..<length {
                            to[start + index * step] = UInt8(sum / (2 * self.radius + 1))
                            sum += sample(index + self.radius + 1) - sample(index - self.radius)
                        }
                    }
                }
            }
        }
        return result
    }
}
