import CommandLineSupport
import Foundation
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
    private let frameRate: Double?
    /// At most so many; more than one makes each a display of its own.
    let screens: Int

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
        let screens = settings.string("screens") ?? "1"
        guard let count = screens == "all" ? 16 : Int(screens), (1...16).contains(count) else {
            throw CommandFailure(.usage, "--screens must be all or a number from 1 to 16, not \(screens)")
        }
        self.screens = count
        if let text = settings.string("frame-rate") {
            guard let rate = Double(text), (1...1000).contains(rate) else {
                throw CommandFailure(
                    .usage, "--frame-rate must be a number of frames a second from 1 to 1000, not \(text)")
            }
            self.frameRate = rate
        } else {
            self.frameRate = nil
        }
        self.frames = settings.string("frames") ?? "\(dataFolder)/frames"
    }

    /// Opens a stage for each screen that is wanted; without a desktop, waits for a screen that is off or unplugged.
    ///
    /// - Returns: Nil when the program is to end instead.
    /// - Throws: ``CommandFailure`` that names the remedy.
    func open(logger: Logger) async throws -> [any Stage]? {
        var told = false
        while true {
            do throws(StageError) {
                return try await self.openStages(logger: logger)
            } catch {
                guard error.code == .noScreen else { throw CommandFailure(.cannotCreate, error.message) }
                guard self.kind == .screen, Self.mayAppear else {
                    throw CommandFailure(
                        .unavailable, error.message,
                        remedy: "Connect a screen or start a desktop, or use --stage files --frames DIR.")
                }
                if !told { logger.notice("waiting for a screen", metadata: ["reason": "\(error)"]) }
                told = true
                self.tellSystemd(logger: logger)
                if await Self.isInterrupted(within: .seconds(2)) { return nil }
            }
        }
    }

    /// A television that is off, or a cable that is not plugged in, without a desktop: there is a graphics card that
    /// this user may open, and nothing at its connectors.
    private static var mayAppear: Bool {
        let environment = ProcessInfo.processInfo.environment
        guard environment["DISPLAY"] == nil, environment["WAYLAND_DISPLAY"] == nil,
            environment["SDL_VIDEODRIVER"].map({ $0.lowercased() == "kmsdrm" }) ?? true
        else { return false }
        let connectors = Connectors.all()
        return !connectors.isEmpty && !connectors.contains(where: \.isConnected)
    }

    /// Waiting is what this program is to do now, so it is ready, and alive.
    private func tellSystemd(logger: Logger) {
        do throws(Systemd.Failure) {
            try Systemd()?.notify("READY=1\nWATCHDOG=1\nSTATUS=waiting for a screen")
        } catch {
            logger.warning("systemd could not be told of the wait", metadata: ["failure": "\(error)"])
        }
    }

    private static func isInterrupted(within limit: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await Interruption.wait()
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: limit)  // throws only when cancelled
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func openStages(logger: Logger) async throws(StageError) -> [any Stage] {
        let cards = try CardPainter()
        switch self.kind {
        case .files:
            let size = self.size ?? PixelSize(width: 1920, height: 1080)
            return [try FilesStage(.init(directory: self.frames, size: size), cards: cards, logger: logger)]
        case .screen:
            let size = self.size ?? (self.isWindowed ? PixelSize(width: 1280, height: 720) : nil)
            var stages: [ScreenStage] = []
            let wanted = self.screens == 1 ? 1 : min(self.screens, max(await ScreenStage.screens().count, 1))
            do throws(StageError) {
                for display in 0..<wanted {
                    let configuration = ScreenStage.Configuration(
                        size: size, display: display, watchesForMore: display == 0 && self.screens > wanted,
                        frameRate: self.frameRate)
                    stages.append(try await ScreenStage(configuration, cards: cards, logger: logger))
                }
            } catch {
                for stage in stages { await stage.close() }
                throw error
            }
            return stages
        }
    }
}
