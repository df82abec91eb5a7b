import CGLES
import PhotoViewer

/// Draws scenes into the current GLES 2 context: two slides, each with its background, mixed and adjusted in one
/// pass; cards in passes of their own.
@RenderActor
final class SceneRenderer {
    private struct PaintedCard {
        var canvas: PixelSize
        var texture: GLTexture
    }

    private let cards: CardPainter
    private let cardProgram: GLProgram
    private let black: GLTexture
    private var slidePrograms: [SlideVariant: GLProgram] = [:]
    /// What a driver compiles anew when it first draws with it.
    private struct DrawState: Hashable {
        var variant: SlideVariant
        var exact: [Bool]
        var drawsCards: Bool
    }

    private var drawn: Set<DrawState> = []
    /// When something was last drawn in a way in which nothing had been drawn before; nil at first.
    private(set) var firstDrawAt: ContinuousClock.Instant?
    /// Those of the last scene.
    private var painted: [Card: PaintedCard] = [:]

    init(cards: CardPainter) throws(StageError) {
        self.cards = cards
        self.cardProgram = try GLProgram(vertex: Self.vertexShader, fragment: Self.cardShader)
        self.black = try GLTexture(Bitmap(size: PixelSize(width: 1, height: 1)))
        glDisable(GLenum(GL_DEPTH_TEST))
        glDisable(GLenum(GL_DITHER))
    }

    func draw(
        _ scene: Scene, pictures: [PictureID: PictureTextures], screen: PixelSize
    ) throws(StageError) {
        let layout = Layout(screen: screen, rotation: scene.look.rotation)
        glViewport(0, 0, GLsizei(screen.width), GLsizei(screen.height))
        let current = SlideParts(
            scene.current.flatMap { pictures[$0] }, zoom: scene.currentZoom, look: scene.look, layout: layout)
        let previous = SlideParts(
            scene.previous.flatMap { pictures[$0] }, zoom: scene.previousZoom, look: scene.look, layout: layout)
        let fades = scene.progress < 1
        let variant = SlideVariant(current, fades ? previous : nil, look: scene.look)
        let state = DrawState(
            variant: variant, exact: (fades ? [current, previous] : [current]).flatMap(\.exactness),
            drawsCards: !scene.notes.isEmpty || scene.card != nil)
        if self.drawn.insert(state).inserted { self.firstDrawAt = .now }
        let program = try self.slideProgram(variant)
        program.use()
        self.set(program, current, suffix: "New", firstUnit: 0, variant)
        if fades {
            self.set(program, previous, suffix: "Old", firstUnit: 3, variant)
            program.set("progress", min(max(scene.progress, 0), 1))
        }
        if variant.adjusts {
            program.set("adjustment", scene.look.brightness, scene.look.contrast, scene.look.saturation)
        }
        program.set("light", min(max(scene.light, 0), 1))
        glDisable(GLenum(GL_BLEND))
        program.drawStrip(Self.strip { layout.canvasPoint(atScreen: $0, $1) })
        for note in scene.notes {
            try self.draw(note.card, opacity: note.opacity, light: scene.notesLight, layout: layout)
        }
        if let card = scene.card { try self.draw(card, opacity: 1, light: 1, layout: layout) }
        let cards = scene.notes.map(\.card) + [scene.card].compactMap { $0 }
        for card in self.painted.keys where !cards.contains(card) {
            self.painted.removeValue(forKey: card)?.texture.delete()
        }
    }

    /// Compiles what drawing this picture will need, still and fading, so that no fade begins with a wait for it.
    ///
    /// - Returns: Whether there was anything to compile.
    func prepare(_ picture: PictureTextures, for scene: Scene, screen: PixelSize) throws(StageError) -> Bool {
        let known = self.slidePrograms.count
        let layout = Layout(screen: screen, rotation: scene.look.rotation)
        let next = SlideParts(picture, zoom: scene.currentZoom, look: scene.look, layout: layout)
        _ = try self.slideProgram(SlideVariant(next, nil, look: scene.look))
        _ = try self.slideProgram(SlideVariant(next, next, look: scene.look))
        return self.slidePrograms.count > known
    }

    /// Lets go of painted cards; those still needed are painted again.
    func trim() {
        for painted in self.painted.values { painted.texture.delete() }
        self.painted = [:]
    }

    func deleteTextures() {
        self.black.delete()
        for painted in self.painted.values { painted.texture.delete() }
        self.painted = [:]
    }

    private func set(
        _ program: GLProgram, _ slide: SlideParts, suffix: String, firstUnit: Int, _ variant: SlideVariant
    ) {
        let isStill = slide.zoom.scale == 1
        func bind(_ part: SlideParts.Part?, _ photo: String, _ place: String, _ unit: Int) {
            (part?.texture ?? self.black).bind(to: unit, isExact: isStill && part?.isExact == true)
            program.set("\(photo)\(suffix)", texture: unit)
            program.set("\(place)\(suffix)", part?.placement ?? .nowhere)
        }
        bind(slide.first, "photo", "place", firstUnit)
        if variant.hasPairs { bind(slide.second, "second", "secondPlace", firstUnit + 1) }
        if variant.hasBackdrop { bind(slide.backdrop, "backdrop", "cover", firstUnit + 2) }
        if variant.moves {
            let inverse = 1 / slide.zoom.scale
            program.set("zoom\(suffix)", inverse, slide.zoom.x * (1 - inverse), slide.zoom.y * (1 - inverse))
        }
    }

    private func draw(_ card: Card, opacity: Double, light: Double, layout: Layout) throws(StageError) {
        guard opacity > 0 else { return }
        let texture = try self.texture(of: card, canvas: layout.canvas)
        let rectangle = layout.rectangle(forCard: texture.size, placement: card.placement)
        let (canvasWidth, canvasHeight) = (Double(layout.canvas.width), Double(layout.canvas.height))
        var corners: [GLfloat] = []
        for (u, v) in Self.corners {
            let point = layout.screenPoint(
                atCanvas: (Double(rectangle.x) + u * Double(rectangle.size.width)) / canvasWidth,
                (Double(rectangle.y) + v * Double(rectangle.size.height)) / canvasHeight)
            corners += [GLfloat(point.x * 2 - 1), GLfloat(1 - point.y * 2), GLfloat(u), GLfloat(v)]
        }
        self.cardProgram.use()
        texture.bind(to: 0)
        self.cardProgram.set("card", texture: 0)
        self.cardProgram.set("opacity", min(opacity, 1))
        self.cardProgram.set("light", min(max(light, 0), 1))
        glEnable(GLenum(GL_BLEND))
        glBlendFunc(GLenum(GL_ONE), GLenum(GL_ONE_MINUS_SRC_ALPHA))
        self.cardProgram.drawStrip(corners)
    }

    private func texture(of card: Card, canvas: PixelSize) throws(StageError) -> GLTexture {
        if let painted = self.painted[card], painted.canvas == canvas { return painted.texture }
        let texture = try GLTexture(try self.cards.paint(card, canvas: canvas))
        self.painted[card]?.texture.delete()
        self.painted[card] = PaintedCard(canvas: canvas, texture: texture)
        return texture
    }

    private func slideProgram(_ variant: SlideVariant) throws(StageError) -> GLProgram {
        if let program = self.slidePrograms[variant] { return program }
        let program = try GLProgram(vertex: Self.vertexShader, fragment: variant.defines + Self.slideShader)
        self.slidePrograms[variant] = program
        return program
    }

    /// In strip order, from the top left.
    private static let corners: [(Double, Double)] = [(0, 0), (1, 0), (0, 1), (1, 1)]

    /// The whole panel, each corner with the texel that `texel` gives for it.
    private static func strip(texel: (Double, Double) -> (x: Double, y: Double)) -> [GLfloat] {
        self.corners.flatMap { x, y in
            let point = texel(x, y)
            return [GLfloat(x * 2 - 1), GLfloat(1 - y * 2), GLfloat(point.x), GLfloat(point.y)]
        }
    }
}
