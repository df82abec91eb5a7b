import CGLES
import PhotoViewer

/// A loaded picture's textures.
@RenderActor
struct PictureTextures {
    let photo: GLTexture
    let backdrop: GLTexture
    let mat: GLTexture

    init(_ picture: DecodedPicture) throws(StageError) {
        var made: [GLTexture] = []
        do throws(StageError) {
            for bitmap in [picture.photo, picture.backdrop, picture.mat] { made.append(try GLTexture(bitmap)) }
        } catch {
            for texture in made { texture.delete() }
            throw error
        }
        (self.photo, self.backdrop, self.mat) = (made[0], made[1], made[2])
    }

    func delete() { for texture in [self.photo, self.backdrop, self.mat] { texture.delete() } }
}

/// Draws scenes into the current GLES 2 context: two slides, each with its background, mixed and adjusted in one
/// pass; a card in a second one.
@RenderActor
final class SceneRenderer {
    /// Which of the slide shader's parts a frame needs; a still on black should not pay for a fade with backdrops.
    private struct Variant: Hashable {
        var fades: Bool
        var hasBackdrop: Bool

        var defines: String {
            (self.fades ? "#define FADES\n" : "") + (self.hasBackdrop ? "#define BACKDROP\n" : "")
        }
    }

    private struct PaintedCard {
        var canvas: PixelSize
        var texture: GLTexture
    }

    private let cards: CardPainter
    private let cardProgram: GLProgram
    private let black: GLTexture
    private var slidePrograms: [Variant: GLProgram] = [:]
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
        let program = try self.slideProgram(
            Variant(fades: scene.progress < 1, hasBackdrop: scene.look.background != .black))
        program.use()
        let look = scene.look
        self.set(program, scene.current.flatMap { pictures[$0] }, suffix: "New", firstUnit: 0, layout, look)
        if scene.progress < 1 {
            self.set(program, scene.previous.flatMap { pictures[$0] }, suffix: "Old", firstUnit: 2, layout, look)
            program.set("progress", min(max(scene.progress, 0), 1))
        }
        program.set("adjustment", look.brightness, look.contrast, look.saturation)
        program.set("light", min(max(scene.light, 0), 1))
        glDisable(GLenum(GL_BLEND))
        program.drawStrip(Self.strip { layout.canvasPoint(atScreen: $0, $1) })
        let cards = scene.notes + [scene.card].compactMap { $0 }
        for card in cards { try self.draw(card, layout: layout) }
        for card in self.painted.keys where !cards.contains(card) {
            self.painted.removeValue(forKey: card)?.texture.delete()
        }
    }

    func deleteTextures() {
        self.black.delete()
        for painted in self.painted.values { painted.texture.delete() }
        self.painted = [:]
    }

    private func set(
        _ program: GLProgram, _ picture: PictureTextures?, suffix: String, firstUnit: Int, _ layout: Layout,
        _ look: Look
    ) {
        let photo = picture?.photo ?? self.black
        let backdrop = picture.map { look.background == .mat ? $0.mat : $0.backdrop } ?? self.black
        photo.bind(to: firstUnit)
        backdrop.bind(to: firstUnit + 1)
        program.set("photo\(suffix)", texture: firstUnit)
        program.set("backdrop\(suffix)", texture: firstUnit + 1)
        program.set("place\(suffix)", layout.placement(of: photo.size, look: look))
        program.set("cover\(suffix)", layout.placement(of: backdrop.size, fit: .cover))
    }

    private func draw(_ card: Card, layout: Layout) throws(StageError) {
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

    private func slideProgram(_ variant: Variant) throws(StageError) -> GLProgram {
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
