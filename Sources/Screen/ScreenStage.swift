import CGLES
import CSys
import Logging
import PhotoViewer
import Synchronization

/// The stage that draws on a screen: X11, Wayland, KMS, or in memory with `SDL_VIDEODRIVER=offscreen`.
@RenderActor
package final class ScreenStage: Stage {
    package struct Configuration: Sendable {
        /// The window's size; nil takes the whole screen.
        package var size: PixelSize?
        package var title: String
        /// Which screen, counted from 0.
        package var display: Int
        /// Whether another screen that is plugged in is news as well.
        package var watchesForMore: Bool
        /// Frames a second while something moves; nil for the screen's own rate.
        package var frameRate: Double?

        package init(
            size: PixelSize? = nil, title: String = "photoviewer", display: Int = 0,
            watchesForMore: Bool = false, frameRate: Double? = nil
        ) {
            self.size = size
            self.title = title
            self.display = display
            self.watchesForMore = watchesForMore
            self.frameRate = frameRate
        }
    }

    package nonisolated let summary: String
    package nonisolated let frameInterval: Duration
    package nonisolated let events: AsyncStream<StageEvent>
    package nonisolated var presentedFrames: UInt64 { self.presented.load(ordering: .relaxed) }

    /// How long after a new way of drawing memory is given back.
    private static let settlingTime: Duration = .seconds(2)
    /// The same while the picture moves, which it may do for ever.
    private static let movingTime: Duration = .seconds(20)

    /// The shortest time between two looks at the input.
    private static let shortestRest: Duration = .milliseconds(20)

    private nonisolated let presented = Atomic<UInt64>(0)
    private let eventSource: AsyncStream<StageEvent>.Continuation
    private let configuration: Configuration
    private let logger: Logger
    private let window: ScreenWindow
    private let renderer: SceneRenderer
    private var pictures: [PictureID: PictureTextures] = [:]
    private var lastScene = Scene()
    private var isClosed = false
    /// The first draw after which memory was last given back.
    private var tidiedAfter: ContinuousClock.Instant?

    /// Opens the screen on the render thread, which must be serving ``RenderActor``.
    ///
    /// - Throws: ``StageError``: `noScreen` when there is none.
    package init(_ configuration: Configuration, cards: CardPainter, logger: Logger) throws(StageError) {
        self.configuration = configuration
        self.logger = logger
        self.window = try ScreenWindow(
            size: configuration.size, title: configuration.title, display: configuration.display)
        do throws(StageError) {
            self.renderer = try SceneRenderer(cards: cards)
        } catch {
            self.window.close()
            throw error
        }
        self.summary = "\(self.window.driver), \(self.window.renderer), \(self.window.size)"
        // A little less than a refresh: where the swap waits for the screen, that alone keeps the time.
        let refresh = 0.9 / Double(self.window.refreshRate)
        self.frameInterval = .seconds(configuration.frameRate.map { 1 / $0 } ?? refresh)
        (self.events, self.eventSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
        ScreenEvents.open(window: self.window.number)
    }

    /// What the window system calls the screens that are there now; empty when none can be opened.
    package static func screens() -> [String] { ScreenWindow.screens() }

    package func size() -> PixelSize { self.window.size }

    package nonisolated func load(_ id: PictureID, from paths: [String]) async throws(StageError) {
        let (canvas, longestSide) = await self.limits()
        // Here, off the render thread, which may be in the middle of a motion.
        let picture = try DecodedPicture.decode(paths, for: canvas, longestSide: longestSide)
        try await self.upload(picture, as: id)
    }

    package func unload(_ id: PictureID) {
        guard let textures = self.pictures.removeValue(forKey: id) else { return }
        do {
            try self.window.makeCurrent()
            textures.delete()
        } catch {
            self.logger.error("textures could not be freed", metadata: ["error": "\(error)"])
        }
    }

    package func present(_ scene: Scene) throws(StageError) -> PresentedFrame {
        self.lastScene = scene
        try self.window.makeCurrent()
        try self.renderer.draw(scene, pictures: self.pictures, screen: self.window.size)
        self.window.swap()
        // The number and time reported are of a frame that is drawn, not of one that is queued.
        if scene.isSettled || !self.window.hasVerticalSync { glFinish() }
        // Drawing may have read what was to wake who waits for input.
        RenderActor.executor.endRests()
        let number = self.presented.wrappingAdd(1, ordering: .relaxed).newValue
        return PresentedFrame(number: number, wallNanoseconds: WallClock.nanoseconds())
    }

    package func capture() throws(StageError) -> [UInt8] {
        // After a swap the back buffer's content is undefined, so the scene is drawn once more and not shown.
        try self.window.makeCurrent()
        let size = self.window.size
        try self.renderer.draw(self.lastScene, pictures: self.pictures, screen: size)
        return try JPEGFile.encode(Self.readBack(size))
    }

    package func toggleFullScreen() { self.window.toggleFullScreen() }

    package func panel() -> Panel? { self.window.panel?.state }

    package func setPower(_ isOn: Bool) -> Bool {
        guard let panel = self.window.panel, panel.setPower(isOn) else { return false }
        // What was presented while there was no signal is not on the panel.
        if isOn { self.redraw() }
        return true
    }

    package func trim() {
        do throws(StageError) {
            try self.window.makeCurrent()
            self.renderer.trim()
        } catch {
            self.logger.error("painted cards could not be freed", metadata: ["error": "\(error)"])
        }
    }

    /// Looks whether the screen is still plugged in, and whether another one has come.
    private func watchConnectors(_ seen: inout Set<String>) {
        guard let panel = self.window.panel else { return }
        let connected = Set(Connectors.all().filter(\.isConnected).map(\.name))
        defer { seen = connected }
        let isLost = !connected.contains(panel.name)
        if isLost, seen.contains(panel.name) {
            self.logger.notice("the screen was unplugged", metadata: ["connector": "\(panel.name)"])
            self.eventSource.yield(.screenLost(panel.name))
        }
        let come = connected.subtracting(seen)
        // Its own that is back, another in its place, or one more where all are wanted.
        guard !come.isEmpty, isLost || come.contains(panel.name) || self.configuration.watchesForMore else { return }
        self.logger.notice("a screen was plugged in", metadata: ["connectors": "\(come.sorted())"])
        self.eventSource.yield(.screenReturned)
    }

    /// Gives back what the driver needed to compile: a software renderer brings a whole compiler, of which drawing needs
    /// nothing. Done when a way of drawing is settled in, not at every photo: what drawing needs is to stay.
    private func tidy() {
        guard let firstDraw = self.renderer.firstDrawAt, firstDraw != self.tidiedAfter,
            firstDraw.duration(to: .now) > (self.lastScene.isSettled ? Self.settlingTime : Self.movingTime)
        else { return }
        self.tidiedAfter = firstDraw
        csys_trim_memory()
        csys_release_code_pages()
    }

    private func redraw() {
        do throws(StageError) {
            _ = try self.present(self.lastScene)
        } catch {
            self.logger.error("the window could not be drawn again", metadata: ["error": "\(error)"])
        }
    }

    package func run() async {
        var connected = Set(Connectors.all().filter(\.isConnected).map(\.name))
        var lookedAt = ContinuousClock.now
        while !Task.isCancelled, !self.isClosed {
            let began = ContinuousClock.now
            if lookedAt.duration(to: began) > .seconds(2) {
                lookedAt = began
                self.watchConnectors(&connected)
            }
            var isStale = false
            for event in ScreenEvents.poll(window: self.window.number) {
                switch event {
                case .exposed: isStale = true
                case .pointerMoved: self.window.showPointer(for: .seconds(2))
                case .resized:
                    isStale = true
                    self.eventSource.yield(.resized(self.window.size))
                case .stage(let event): self.eventSource.yield(event)
                }
            }
            if isStale { self.redraw() }
            self.window.hidePointerWhenDue()
            self.tidy()
            await RenderActor.executor.rest(for: self.inputInterval, orUntilReadable: self.window.eventDescriptor)
            // A hand on the mouse, or frames that follow each other, would have us look all the time.
            let rest = Self.shortestRest - began.duration(to: .now)
            if rest > .zero { await RenderActor.executor.rest(for: rest) }
        }
    }

    /// The longest time between two looks at the input.
    private var inputInterval: Duration {
        // A bare screen has its keyboard from the kernel, through SDL, which has no wait that sleeps there.
        if self.window.panel != nil { return .milliseconds(100) }
        return self.window.isPointerShown ? .milliseconds(200) : .seconds(2)
    }

    package func close() {
        guard !self.isClosed else { return }
        self.isClosed = true
        self.eventSource.finish()
        ScreenEvents.close(window: self.window.number)
        for id in self.pictures.keys { self.unload(id) }
        self.renderer.deleteTextures()
        self.window.close()
    }

    private func limits() -> (canvas: PixelSize, longestSide: Int) {
        let layout = Layout(screen: self.window.size, rotation: self.lastScene.look.rotation)
        return (layout.canvas, self.window.longestTextureSide)
    }

    private func upload(_ picture: DecodedPicture, as id: PictureID) throws(StageError) {
        guard !self.isClosed else { throw StageError(.drawingFailed, "the screen is closed") }
        self.unload(id)
        try self.window.makeCurrent()
        let textures = try PictureTextures(picture)
        self.pictures[id] = textures
        let isCompiled = try self.renderer.prepare(textures, for: self.lastScene, screen: self.window.size)
        if isCompiled { csys_trim_memory() }
    }

    private static func readBack(_ size: PixelSize) -> Bitmap {
        let bytes = [UInt8](unsafeUninitializedCapacity: size.pixels * 4) { buffer, count in
            glReadPixels(
                0, 0, GLsizei(size.width), GLsizei(size.height), GLenum(GL_RGBA), GLenum(GL_UNSIGNED_BYTE),
                buffer.baseAddress)
            count = size.pixels * 4
        }
        // GL's rows begin at the bottom.
        let stride = size.width * 4
        var rgba: [UInt8] = []
        rgba.reserveCapacity(bytes.count)
        for row in (0..<size.height).reversed() { rgba += bytes[(row * stride)..<((row + 1) * stride)] }
        return Bitmap(size: size, rgba: rgba)
    }
}
