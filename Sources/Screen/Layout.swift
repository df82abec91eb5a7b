import PhotoViewer

/// From a place on the canvas, 0 to 1 in both directions, to a place on a picture: `place * scale + offset`. Places
/// outside 0 to 1 lie beside the picture.
struct Placement: Hashable, Sendable {
    var scaleX: Double
    var scaleY: Double
    var offsetX: Double
    var offsetY: Double

    /// Far from every picture.
    static let nowhere = Placement(scaleX: 0, scaleY: 0, offsetX: -1, offsetY: -1)

    func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (x * self.scaleX + self.offsetX, y * self.scaleY + self.offsetY)
    }
}

/// A rectangle of whole pixels on the canvas.
struct PixelRectangle: Hashable, Sendable {
    var x: Int
    var y: Int
    var size: PixelSize
}

/// Where things go on a frame. The canvas is the frame as people see it: the panel turned back by its rotation.
struct Layout: Hashable, Sendable {
    let screen: PixelSize
    let rotation: Look.Rotation

    var canvas: PixelSize { self.rotation.swapsSides ? self.screen.transposed : self.screen }

    /// The canvas rectangle that a picture covers, on whole pixels, so that one cut for this canvas is not resampled.
    /// With ``Look/Fit/cover`` it reaches beyond the canvas.
    ///
    /// - Parameter margin: Pixels that stay free at each edge of the canvas.
    func rectangle(for picture: PixelSize, fit: Look.Fit, margin: Int = 0) -> PixelRectangle {
        let horizontal = Double(max(self.canvas.width - 2 * margin, 1)) / Double(picture.width)
        let vertical = Double(max(self.canvas.height - 2 * margin, 1)) / Double(picture.height)
        let scale = fit == .contain ? min(horizontal, vertical) : max(horizontal, vertical)
        let width = max(Int((Double(picture.width) * scale).rounded()), 1)
        let height = max(Int((Double(picture.height) * scale).rounded()), 1)
        return PixelRectangle(
            x: Self.half(self.canvas.width - width), y: Self.half(self.canvas.height - height),
            size: PixelSize(width: width, height: height))
    }

    /// Where a photo goes with this look.
    func rectangle(for photo: PixelSize, look: Look) -> PixelRectangle {
        guard look.background == .mat else { return self.rectangle(for: photo, fit: look.fit) }
        return self.rectangle(for: photo, fit: .contain, margin: min(self.canvas.width, self.canvas.height) / 14)
    }

    /// Where one photo, or each of two side by side, goes with this look.
    func rectangles(for photos: [PixelSize], look: Look) -> [PixelRectangle] {
        guard photos.count == 2 else { return photos.map { self.rectangle(for: $0, look: look) } }
        let margin = look.background == .mat ? min(self.canvas.width, self.canvas.height) / 14 : 0
        let gap = max(margin, self.canvas.width / 64)
        // Two photos are never cut, whatever the fit: side by side they fill the screen as it is.
        let room = PixelSize(
            width: max((self.canvas.width - gap - 2 * margin) / 2, 1), height: max(self.canvas.height - 2 * margin, 1))
        let sizes = photos.map { photo in
            let scale = min(
                Double(room.width) / Double(photo.width), Double(room.height) / Double(photo.height))
            return PixelSize(
                width: max(Int((Double(photo.width) * scale).rounded()), 1),
                height: max(Int((Double(photo.height) * scale).rounded()), 1))
        }
        // What is left is shared out evenly: on the left, between them, on the right.
        let free = self.canvas.width - sizes[0].width - sizes[1].width
        let between = max(free / 3, gap)
        let left = (free - between) / 2
        return zip(sizes, [left, left + sizes[0].width + between]).map { size, x in
            PixelRectangle(x: x, y: Self.half(self.canvas.height - size.height), size: size)
        }
    }

    func placement(of picture: PixelSize, fit: Look.Fit) -> Placement {
        self.placement(in: self.rectangle(for: picture, fit: fit))
    }

    func placement(in rectangle: PixelRectangle) -> Placement {
        Placement(
            scaleX: Double(self.canvas.width) / Double(rectangle.size.width),
            scaleY: Double(self.canvas.height) / Double(rectangle.size.height),
            offsetX: -Double(rectangle.x) / Double(rectangle.size.width),
            offsetY: -Double(rectangle.y) / Double(rectangle.size.height))
    }

    /// Where a card of this size goes.
    func rectangle(forCard size: PixelSize, placement: Card.Placement) -> PixelRectangle {
        let x = Self.half(self.canvas.width - size.width)
        switch placement {
        case .center:
            return PixelRectangle(x: x, y: Self.half(self.canvas.height - size.height), size: size)
        case .bottom:
            let margin = self.canvas.height / 24
            return PixelRectangle(x: x, y: self.canvas.height - size.height - margin, size: size)
        case .bottomLeft:
            let margin = self.canvas.height / 24
            return PixelRectangle(x: margin, y: self.canvas.height - size.height - margin, size: size)
        case .bottomRight:
            let margin = self.canvas.height / 24
            return PixelRectangle(
                x: self.canvas.width - size.width - margin, y: self.canvas.height - size.height - margin, size: size)
        case .topRight:
            let margin = self.canvas.height / 24
            return PixelRectangle(x: self.canvas.width - size.width - margin, y: margin, size: size)
        }
    }

    /// The place on the canvas that a place on the panel shows; both 0 to 1 from the top left corner.
    func canvasPoint(atScreen x: Double, _ y: Double) -> (x: Double, y: Double) {
        switch self.rotation {
        case .none: (x, y)
        case .quarter: (y, 1 - x)
        case .half: (1 - x, 1 - y)
        case .threeQuarters: (1 - y, x)
        }
    }

    /// The inverse of ``canvasPoint(atScreen:_:)``.
    func screenPoint(atCanvas x: Double, _ y: Double) -> (x: Double, y: Double) {
        switch self.rotation {
        case .none: (x, y)
        case .quarter: (1 - y, x)
        case .half: (1 - x, 1 - y)
        case .threeQuarters: (y, 1 - x)
        }
    }

    /// Half of a margin that may be negative, rounded down.
    private static func half(_ margin: Int) -> Int { margin >= 0 ? margin / 2 : -((1 - margin) / 2) }
}
