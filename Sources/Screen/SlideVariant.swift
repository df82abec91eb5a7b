import PhotoViewer

/// A loaded picture's textures.
@RenderActor
struct PictureTextures {
    /// One or two, from the left.
    let photos: [GLTexture]
    let backdrop: GLTexture
    let mat: GLTexture

    init(_ picture: DecodedPicture) throws(StageError) {
        var made: [GLTexture] = []
        do throws(StageError) {
            for bitmap in [picture.backdrop, picture.mat] + picture.photos { made.append(try GLTexture(bitmap)) }
        } catch {
            for texture in made { texture.delete() }
            throw error
        }
        (self.backdrop, self.mat, self.photos) = (made[0], made[1], Array(made[2...]))
    }

    func delete() { for texture in [self.backdrop, self.mat] + self.photos { texture.delete() } }
}

/// A slide's textures and where each goes on the canvas.
@RenderActor
struct SlideParts {
    struct Part {
        var texture: GLTexture
        var placement: Placement
        /// Whether it is drawn pixel by pixel.
        var isExact: Bool
    }

    let first: Part?
    let second: Part?
    let backdrop: Part?
    let zoom: Zoom
    /// Whether the first photo covers all of the canvas.
    let isWhole: Bool

    /// Whether each of its photos is drawn pixel by pixel.
    var exactness: [Bool] {
        let isStill = self.zoom.scale == 1
        return [self.first, self.second].map { isStill && $0?.isExact == true }
    }

    init(_ picture: PictureTextures?, zoom: Zoom, look: Look, layout: Layout) {
        guard let picture else {
            (self.first, self.second, self.backdrop, self.zoom, self.isWhole) = (nil, nil, nil, .none, false)
            return
        }
        let rectangles = layout.rectangles(for: picture.photos.map(\.size), look: look)
        let parts = zip(picture.photos, rectangles).map { texture, rectangle in
            Part(
                texture: texture, placement: layout.placement(in: rectangle),
                isExact: texture.size == rectangle.size)
        }
        self.first = parts.first
        self.second = parts.count > 1 ? parts[1] : nil
        let beside: GLTexture? =
            switch look.background {
            case .black: nil
            case .blur: picture.backdrop
            case .mat: picture.mat
            }
        self.backdrop = beside.map {
            Part(texture: $0, placement: layout.placement(of: $0.size, fit: .cover), isExact: false)
        }
        self.zoom = zoom
        self.isWhole =
            rectangles.first.map { rectangle in
                rectangle.x <= 0 && rectangle.y <= 0 && rectangle.x + rectangle.size.width >= layout.canvas.width
                    && rectangle.y + rectangle.size.height >= layout.canvas.height
            } ?? false
    }
}

/// Which of the slide shader's parts a frame needs: a still on black should not pay for a fade with backdrops.
struct SlideVariant: Hashable {
    var fades: Bool
    var hasBackdrop: Bool
    var hasPairs: Bool
    var moves: Bool
    var adjusts: Bool
    /// All photos cover all of the screen.
    var isWhole: Bool

    /// - Parameter previous: The slide that is leaving; nil when none is.
    @RenderActor
    init(_ current: SlideParts, _ previous: SlideParts?, look: Look) {
        let slides = [current] + (previous.map { [$0] } ?? [])
        self.fades = previous != nil
        self.hasPairs = slides.contains { $0.second != nil }
        self.moves = slides.contains { $0.zoom.scale != 1 }
        self.isWhole = !self.hasPairs && !self.moves && slides.allSatisfy(\.isWhole)
        self.hasBackdrop = !self.isWhole && slides.contains { $0.backdrop != nil }
        self.adjusts = look.brightness != 1 || look.contrast != 1 || look.saturation != 1
    }

    var defines: String {
        [
            ("FADES", self.fades), ("BACKDROP", self.hasBackdrop), ("PAIRS", self.hasPairs), ("MOVES", self.moves),
            ("ADJUSTS", self.adjusts), ("WHOLE", self.isWhole),
        ].map { name, isNeeded in isNeeded ? "#define \(name)\n" : "" }.joined()
    }
}
