import Foundation
import Glibc
import Logging
import PhotoViewer

@testable import Screen

/// A thread that plays the process's main thread for ``RenderActor``, once for all tests of the process.
enum RenderThread {
    static let start: Void = {
        // Drawing needs no screen with this driver; the GL is Mesa's software one.
        // The same tests run once in a window, started by a test that has a display for them.
        if getenv("VITRINE_PIXELS_IN_A_WINDOW") == nil { setenv("SDL_VIDEODRIVER", "offscreen", 1) }
        Thread.detachNewThread { RenderActor.executor.run() }
    }()
}

let frameSize = PixelSize(width: 320, height: 180)
let testLogger = Logger(label: "test")

func withScreenStage<Result>(
    size: PixelSize = frameSize, _ body: (ScreenStage) async throws -> Result
) async throws -> Result {
    RenderThread.start
    let stage = try await ScreenStage(.init(size: size), cards: CardPainter(), logger: testLogger)
    do {
        let result = try await body(stage)
        await stage.close()
        return result
    } catch {
        await stage.close()
        throw error
    }
}

func withFilesStage<Result>(
    size: PixelSize = frameSize, keptFrames: Int = 8, _ body: (FilesStage, String) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let stage = try FilesStage(
            .init(directory: folder, size: size, keptFrames: keptFrames), cards: CardPainter(), logger: testLogger)
        return try await body(stage, folder)
    }
}

extension Stage {
    @discardableResult
    func load(_ pictures: TestPicture..., in folder: String) async throws -> PictureID {
        let paths = try pictures.map { picture in
            let path = "\(folder)/\(picture.rawValue).source.jpg"
            try Data(JPEGFile.encode(picture.bitmap, quality: 98)).write(to: URL(filePath: path))
            return path
        }
        let id = PictureID(pictures.map(\.rawValue).joined(separator: "+"))
        try await self.load(id, from: paths)
        return id
    }

    /// Everything that scene cases show.
    func loadAll(in folder: String) async throws {
        for picture in TestPicture.allCases { try await self.load(picture, in: folder) }
        try await self.load(.portrait, .tower, in: folder)
    }

    /// Shows the scene and reads the frame back.
    func frame(of scene: Scene) async throws -> Bitmap {
        _ = try await self.present(scene)
        return try Bitmap(jpeg: try await self.capture())
    }
}
