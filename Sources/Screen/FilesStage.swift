import Foundation
import Logging
import PhotoViewer
import Synchronization

/// A stage without a screen: composes frames in memory and leaves each settled one in a folder, as
/// `frame-NNNNNN.jpg` and `latest.jpg`. For machines without a display, tests and simulations.
package actor FilesStage: Stage {
    package struct Configuration: Sendable {
        package var directory: String
        package var size: PixelSize
        /// How many numbered frames are kept.
        package var keptFrames: Int

        package init(directory: String, size: PixelSize, keptFrames: Int = 8) {
            self.directory = directory
            self.size = size
            self.keptFrames = max(keptFrames, 1)
        }
    }

    package nonisolated let summary: String
    /// Fades are for people; nobody watches these, so a few steps do.
    package nonisolated let frameInterval: Duration = .milliseconds(200)
    package nonisolated let events: AsyncStream<StageEvent>
    package nonisolated var presentedFrames: UInt64 { self.presented.load(ordering: .relaxed) }

    private nonisolated let presented = Atomic<UInt64>(0)
    private let eventSource: AsyncStream<StageEvent>.Continuation
    private let configuration: Configuration
    private let cards: CardPainter
    private let logger: Logger
    private var pictures: [PictureID: DecodedPicture] = [:]
    /// The composed slides of the last scene, so that a fade composes each only once.
    private var slides: [SlideKey: Bitmap] = [:]
    private var lastFrame: Bitmap
    private var keptFiles: [String] = []
    private var lastWritten: PictureID?
    private let rotation = Mutex(Look.Rotation.none)

    private struct SlideKey: Hashable {
        var id: PictureID
        var fit: Look.Fit
        var background: Look.Background
        var rotation: Look.Rotation
        var zoom: Zoom
    }

    /// - Throws: ``StageError`` with code `cannotWrite` when the folder cannot be made.
    package init(_ configuration: Configuration, cards: CardPainter, logger: Logger) throws(StageError) {
        self.configuration = configuration
        self.cards = cards
        self.logger = logger
        self.summary = "files in \(configuration.directory), \(configuration.size)"
        self.lastFrame = Bitmap(size: configuration.size)
        (self.events, self.eventSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
        do {
            try FileManager.default.createDirectory(
                atPath: configuration.directory, withIntermediateDirectories: true)
            // Numbers start anew with each start; frames of an earlier one would only mislead.
            for name in try FileManager.default.contentsOfDirectory(atPath: configuration.directory)
            where name.hasPrefix("frame-") && name.hasSuffix(".jpg") {
                try FileManager.default.removeItem(atPath: "\(configuration.directory)/\(name)")
            }
        } catch {
            throw StageError(
                .cannotWrite, "cannot use the folder \(configuration.directory): \(error.localizedDescription)")
        }
    }

    package func size() -> PixelSize { self.configuration.size }

    package nonisolated func load(_ id: PictureID, from paths: [String]) async throws(StageError) {
        let layout = Layout(screen: self.configuration.size, rotation: self.rotation.withLock { $0 })
        let picture = try DecodedPicture.decode(paths, for: layout.canvas)
        await self.keep(picture, as: id)
    }

    package func unload(_ id: PictureID) {
        self.pictures[id] = nil
        self.slides = self.slides.filter { $0.key.id != id }
    }

    package func present(_ scene: Scene) async throws(StageError) -> PresentedFrame {
        self.rotation.withLock { $0 = scene.look.rotation }
        let layout = Layout(screen: self.configuration.size, rotation: scene.look.rotation)
        var used: Set<SlideKey> = []
        var frame = self.slide(scene.current, zoom: scene.currentZoom, look: scene.look, used: &used)
        if scene.progress < 1 {
            let previous = self.slide(scene.previous, zoom: scene.previousZoom, look: scene.look, used: &used)
            frame = Compositor.mix(previous, frame, progress: scene.progress)
        }
        self.slides = self.slides.filter { used.contains($0.key) }
        Compositor.adjust(&frame, look: scene.look, light: scene.light)
        for note in scene.notes where note.opacity > 0 {
            try self.draw(note.card, opacity: note.opacity, light: scene.notesLight, layout, on: &frame)
        }
        if let card = scene.card { try self.draw(card, opacity: 1, light: 1, layout, on: &frame) }
        self.lastFrame = frame
        let number = self.presented.load(ordering: .relaxed) + 1
        // Of a picture that moves for a minute, people want to see more than its end.
        if scene.isSettled || (!scene.isTurning && scene.current != self.lastWritten) {
            try self.write(frame, number: number)
            self.lastWritten = scene.current
        }
        self.presented.store(number, ordering: .relaxed)
        return PresentedFrame(number: number, wallNanoseconds: WallClock.nanoseconds())
    }

    package func capture() async throws(StageError) -> [UInt8] { try JPEGFile.encode(self.lastFrame) }

    package nonisolated func toggleFullScreen() async {}

    package nonisolated func run() async {
        // Nothing to serve; stays as long as its owner, like any stage. The sleep throws only when cancelled.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }

    package func trim() { self.slides = [:] }

    package func close() { self.eventSource.finish() }

    private func keep(_ picture: DecodedPicture, as id: PictureID) {
        self.unload(id)
        self.pictures[id] = picture
    }

    private func slide(_ id: PictureID?, zoom: Zoom, look: Look, used: inout Set<SlideKey>) -> Bitmap {
        guard let id, let picture = self.pictures[id] else { return Bitmap(size: self.configuration.size) }
        let key = SlideKey(
            id: id, fit: look.fit, background: look.background, rotation: look.rotation, zoom: zoom)
        used.insert(key)
        if let slide = self.slides[key] { return slide }
        let slide = Compositor.slide(picture, look: look, zoom: zoom, screen: self.configuration.size)
        self.slides[key] = slide
        return slide
    }

    private func draw(
        _ card: Card, opacity: Double, light: Double, _ layout: Layout, on frame: inout Bitmap
    ) throws(StageError) {
        let painted = try self.cards.paint(card, canvas: layout.canvas)
        let rectangle = layout.rectangle(forCard: painted.size, placement: card.placement)
        Compositor.overlay(painted, at: rectangle, opacity: opacity, light: light, layout: layout, on: &frame)
    }

    private func write(_ frame: Bitmap, number: UInt64) throws(StageError) {
        let digits = String(number)
        let name = "frame-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).jpg"
        let jpeg = Data(try JPEGFile.encode(frame))
        do {
            // Atomic, so that whoever looks sees a whole frame.
            for file in [name, "latest.jpg"] {
                try jpeg.write(to: URL(filePath: "\(self.configuration.directory)/\(file)"), options: .atomic)
            }
        } catch {
            throw StageError(
                .cannotWrite, "cannot write a frame to \(self.configuration.directory): \(error.localizedDescription)")
        }
        self.keptFiles.append(name)
        while self.keptFiles.count > self.configuration.keptFrames {
            let oldest = self.keptFiles.removeFirst()
            do {
                try FileManager.default.removeItem(atPath: "\(self.configuration.directory)/\(oldest)")
            } catch {
                self.logger.warning(
                    "an old frame stays", metadata: ["file": "\(oldest)", "error": "\(error.localizedDescription)"])
            }
        }
    }
}
