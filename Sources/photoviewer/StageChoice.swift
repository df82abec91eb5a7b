import CommandLineSupport
import Logging
import PhotoViewer
import Screen

/// Which stage was asked for.
struct StageChoice {
    private enum Kind: String { case screen, files }

    private let kind: Kind
    private let size: PixelSize?
    private let isWindowed: Bool
    private let frames: String

    /// - Throws: ``CommandFailure`` when the settings make no sense.
    init(_ settings: LayeredSettings, dataFolder: String) throws {
        let kind = settings.string("stage") ?? Kind.screen.rawValue
        guard let kind = Kind(rawValue: kind) else {
            throw CommandFailure(.usage, "--stage must be screen or files, not \(kind)")
        }
        self.kind = kind
        if let text = settings.string("size") {
            guard let size = PixelSize(text) else {
                throw CommandFailure(.usage, "--size must be WIDTHxHEIGHT, such as 1920x1080, not \(text)")
            }
            self.size = size
        } else {
            self.size = nil
        }
        self.isWindowed = try settings.flag("windowed")
        self.frames = settings.string("frames") ?? "\(dataFolder)/frames"
    }

    /// - Throws: ``CommandFailure`` that names the remedy.
    func open(logger: Logger) async throws -> any Stage {
        do throws(StageError) {
            return try await self.openStage(logger: logger)
        } catch {
            guard error.code == .noScreen else { throw CommandFailure(.cannotCreate, error.message) }
            throw CommandFailure(
                .unavailable, error.message,
                remedy: "Connect a screen or start a desktop, or use --stage files --frames DIR.")
        }
    }

    private func openStage(logger: Logger) async throws(StageError) -> any Stage {
        let cards = try CardPainter()
        switch self.kind {
        case .files:
            let size = self.size ?? PixelSize(width: 1920, height: 1080)
            return try FilesStage(.init(directory: self.frames, size: size), cards: cards, logger: logger)
        case .screen:
            let size = self.size ?? (self.isWindowed ? PixelSize(width: 1280, height: 720) : nil)
            return try await ScreenStage(.init(size: size), cards: cards, logger: logger)
        }
    }
}
