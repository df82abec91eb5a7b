import PhotoViewer

/// Draws in memory what the shader draws on a graphics processor: the same layout, the same sums.
enum Compositor {
    /// One whole slide, unadjusted: the photos where the layout puts them, their background beside them.
    static func slide(_ picture: DecodedPicture, look: Look, zoom: Zoom, screen: PixelSize) -> Bitmap {
        let layout = Layout(screen: screen, rotation: look.rotation)
        let rectangles = layout.rectangles(for: picture.photos.map(\.size), look: look)
        let isUntouched = look.rotation == .none && zoom.scale == 1
        if isUntouched, picture.photos.count == 1, picture.photos[0].size == screen, rectangles[0].size == screen {
            return picture.photos[0]
        }
        var frame = Bitmap(size: screen)
        if let beside = picture.beside(look.background) {
            let cover = layout.placement(of: beside.size, fit: .cover)
            self.draw(beside, at: cover, zoom: .none, layout: layout, on: &frame)
        }
        for (photo, rectangle) in zip(picture.photos, rectangles) {
            if isUntouched, rectangle.size == photo.size {
                self.copy(photo, to: rectangle, on: &frame)
            } else {
                let placement = layout.placement(in: rectangle)
                self.draw(photo, at: placement, zoom: zoom, layout: layout, on: &frame)
            }
        }
        return frame
    }

    /// The linear mix of two frames: `progress` 0 is `first`, 1 is `second`.
    static func mix(_ first: Bitmap, _ second: Bitmap, progress: Double) -> Bitmap {
        let weight = Int((min(max(progress, 0), 1) * 256).rounded())
        var result = first
        result.rgba.withUnsafeMutableBufferPointer { to in
            second.rgba.withUnsafeBufferPointer { from in
                for index in 0..<to.count {
                    let value = Int(to[index]) * (256 - weight) + Int(from[index]) * weight
                    to[index] = UInt8((value + 128) >> 8)
                }
            }
        }
        return result
    }

    /// Applies brightness, contrast and saturation as the CSS filters of these names do, then `light`.
    static func adjust(_ frame: inout Bitmap, look: Look, light: Double) {
        guard look.brightness != 1 || look.contrast != 1 || look.saturation != 1 || light != 1 else { return }
        let tones = (0..<256).map { value in
            let bright = self.clamp(Double(value) / 255 * look.brightness)
            return Int32((self.clamp((bright - 0.5) * look.contrast + 0.5) * 65280).rounded())
        }
        let saturation = Int32((look.saturation * 256).rounded())
        let lightWeight = Int32((self.clamp(light) * 256).rounded())
        frame.rgba.withUnsafeMutableBufferPointer { bytes in
            tones.withUnsafeBufferPointer { tones in
                for index in stride(from: 0, to: bytes.count, by: 4) {
                    let red = tones[Int(bytes[index])]
                    let green = tones[Int(bytes[index + 1])]
                    let blue = tones[Int(bytes[index + 2])]
                    // Rec. 709 luma; the weights sum to 256.
                    let luma = (red * 54 + green * 183 + blue * 19) >> 8
                    bytes[index] = self.finish(red, luma, saturation, lightWeight)
                    bytes[index + 1] = self.finish(green, luma, saturation, lightWeight)
                    bytes[index + 2] = self.finish(blue, luma, saturation, lightWeight)
                }
            }
        }
    }

    /// Puts a card of premultiplied colours over the frame.
    static func overlay(
        _ card: Bitmap, at rectangle: PixelRectangle, opacity: Double = 1, light: Double = 1, layout: Layout,
        on frame: inout Bitmap
    ) {
        let alphaWeight = Int((self.clamp(opacity) * 256).rounded())
        let colorWeight = Int((self.clamp(opacity) * self.clamp(light) * 256).rounded())
        let (width, height) = (frame.size.width, frame.size.height)
        frame.rgba.withUnsafeMutableBufferPointer { to in
            card.rgba.withUnsafeBufferPointer { from in
                for row in 0..<card.size.height {
                    for column in 0..<card.size.width {
                        let point = layout.screenPoint(
                            atCanvas: (Double(rectangle.x + column) + 0.5) / Double(layout.canvas.width),
                            (Double(rectangle.y + row) + 0.5) / Double(layout.canvas.height))
                        let (x, y) = (Int(point.x * Double(width)), Int(point.y * Double(height)))
                        guard point.x >= 0, point.y >= 0, x < width, y < height else { continue }
                        let source = (row * card.size.width + column) * 4
                        let target = (y * width + x) * 4
                        let rest = 255 - Int(from[source + 3]) * alphaWeight / 256
                        for channel in 0..<3 {
                            let below = Int(to[target + channel]) * rest
                            let above = Int(from[source + channel]) * colorWeight / 256
                            to[target + channel] = UInt8(min(above + (below + 127) / 255, 255))
                        }
                    }
                }
            }
        }
    }

    /// The common case of a photo cut for this frame: rows move as they are.
    private static func copy(_ photo: Bitmap, to rectangle: PixelRectangle, on frame: inout Bitmap) {
        let frameWidth = frame.size.width
        let left = max(rectangle.x, 0)
        let right = min(rectangle.x + rectangle.size.width, frameWidth)
        let rows = max(rectangle.y, 0)..<min(rectangle.y + rectangle.size.height, frame.size.height)
        frame.rgba.withUnsafeMutableBytes { to in
            photo.rgba.withUnsafeBytes { from in
                for y in rows {
                    let start = ((y - rectangle.y) * photo.size.width + left - rectangle.x) * 4
                    let target = (y * frameWidth + left) * 4
                    to[target..<(target + (right - left) * 4)].copyBytes(
                        from: from[start..<(start + (right - left) * 4)])
                }
            }
        }
    }

    /// Draws with bilinear sampling at pixel centres and repeated edges, as GL does with GL_LINEAR and
    /// GL_CLAMP_TO_EDGE.
    private static func draw(
        _ picture: Bitmap, at placement: Placement, zoom: Zoom, layout: Layout, on frame: inout Bitmap
    ) {
        let (width, height) = (picture.size.width, picture.size.height)
        func texel(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
            let canvas = layout.canvasPoint(
                atScreen: x / Double(layout.screen.width), y / Double(layout.screen.height))
            let point = placement.point(canvas.x, canvas.y)
            return (point.x * Double(width), point.y * Double(height))
        }
        // The mapping is affine, so three points say everything.
        let origin = texel(0.5, 0.5)
        let right = texel(1.5, 0.5)
        let below = texel(0.5, 1.5)
        let (stepX, stepY) = (
            (x: right.x - origin.x, y: right.y - origin.y), (x: below.x - origin.x, y: below.y - origin.y)
        )
        let inverse = 1 / zoom.scale
        let (shiftX, shiftY) = (
            zoom.x * (1 - inverse) * Double(width), zoom.y * (1 - inverse) * Double(height)
        )
        let (frameWidth, frameHeight) = (frame.size.width, frame.size.height)
        frame.rgba.withUnsafeMutableBufferPointer { to in
            picture.rgba.withUnsafeBufferPointer { from in
                for row in 0..<frameHeight {
                    for column in 0..<frameWidth {
                        let x = origin.x + Double(column) * stepX.x + Double(row) * stepY.x
                        let y = origin.y + Double(column) * stepX.y + Double(row) * stepY.y
                        guard x >= 0, y >= 0, x <= Double(width), y <= Double(height) else { continue }
                        let fixedX = Int(((x * inverse + shiftX - 0.5) * 256).rounded(.down))
                        let fixedY = Int(((y * inverse + shiftY - 0.5) * 256).rounded(.down))
                        let (partX, partY) = (fixedX & 255, fixedY & 255)
                        let x0 = min(max(fixedX >> 8, 0), width - 1)
                        let x1 = min(max((fixedX >> 8) + 1, 0), width - 1)
                        let y0 = min(max(fixedY >> 8, 0), height - 1) * width
                        let y1 = min(max((fixedY >> 8) + 1, 0), height - 1) * width
                        let target = (row * frameWidth + column) * 4
                        for channel in 0..<3 {
                            let top =
                                Int(from[(y0 + x0) * 4 + channel]) * (256 - partX)
                                + Int(from[(y0 + x1) * 4 + channel]) * partX
                            let bottom =
                                Int(from[(y1 + x0) * 4 + channel]) * (256 - partX)
                                + Int(from[(y1 + x1) * 4 + channel]) * partX
                            to[target + channel] = UInt8((top * (256 - partY) + bottom * partY + 32768) >> 16)
                        }
                    }
                }
            }
        }
    }

    private static func finish(_ tone: Int32, _ luma: Int32, _ saturation: Int32, _ light: Int32) -> UInt8 {
        let saturated = min(max(luma + (((tone - luma) >> 4) * saturation >> 4), 0), 65280)
        return UInt8((saturated * light / 256 + 128) >> 8)
    }

    private static func clamp(_ value: Double) -> Double { min(max(value, 0), 1) }
}
