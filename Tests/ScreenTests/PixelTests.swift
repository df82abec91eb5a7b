import Foundation
import Testing

@testable import PhotoViewer
@testable import Screen

/// Both stages draw each scene; the frames are probed and compared with each other.
@Suite(.serialized)
struct PixelTests {
    @Test(arguments: SceneCase.all)
    func bothStagesDrawTheSceneAlike(scene: SceneCase) async throws {
        let screen = try await withScreenStage { stage in
            try await withTemporaryFolder { folder in
                try await stage.loadAll(in: folder)
                return try await stage.frame(of: scene.scene)
            }
        }
        let files = try await withFilesStage { stage, folder in
            try await stage.loadAll(in: folder)
            return try await stage.frame(of: scene.scene)
        }
        #expect(screen.size == frameSize)
        #expect(files.size == frameSize)
        var isRight = true
        for probe in scene.probes {
            for (stage, frame) in [("screen", screen), ("files", files)] {
                let isNear = frame.isNear(probe.color, x: probe.x, y: probe.y)
                isRight = isRight && isNear
                #expect(isNear, "\(stage) at \(probe.x),\(probe.y): \(frame[probe.x, probe.y]), not \(probe.color)")
            }
        }
        let likeness = screen.peakSignalToNoiseRatio(to: files)
        isRight = isRight && likeness > 40
        #expect(likeness > 40, "the two stages differ")
        try Self.keepPictures(of: scene, screen: screen, files: files, isRight: isRight)
    }

    @Test func aCardIsWritten() async throws {
        let frame = try await withFilesStage { stage, _ in
            try await stage.frame(of: Scene(card: Card(title: "Waiting", lines: ["for approval"])))
        }
        let bright = stride(from: 0, to: frame.rgba.count, by: 4).count { frame.rgba[$0] > 200 }
        #expect((100...6000).contains(bright), "\(bright) bright pixels")
    }

    @Test(arguments: [(0.1, 203, 0), (0.45, 25, 0), (0.55, 0, 25), (0.9, 0, 203)])
    func aFadeThroughBlackIsDarkInTheMiddle(progress: Double, red: UInt8, blue: UInt8) async throws {
        let start = ContinuousClock.now
        var reel = Reel()
        reel.cut(to: PictureID("red"))
        reel.turn(
            to: PictureID("blue"), by: .init(kind: .fadeThroughBlack, duration: .seconds(1)), motion: nil,
            frameInterval: .milliseconds(16), at: start)
        let scene = reel.scene(of: Projection(), at: start.advanced(by: .seconds(progress) - .milliseconds(16)))
        let frame = try await withScreenStage { stage in
            try await withTemporaryFolder { folder in
                try await stage.loadAll(in: folder)
                return try await stage.frame(of: scene)
            }
        }
        #expect(frame.isNear((red, 0, blue), x: 160, y: 90), "\(frame[160, 90])")
    }

    /// WCAG 2.1's contrast of the brightest with the darkest pixels of a caption; 4.5 is asked for small words.
    @Test(arguments: [TestPicture.white, .gradient, .red, .landscape], [1.0, 0.4, 0.1])
    func aCaptionCanBeReadOnAnyPicture(picture: TestPicture, light: Double) async throws {
        let frame = try await withFilesStage(size: PixelSize(width: 640, height: 360)) { stage, folder in
            let id = try await stage.load(picture, in: folder)
            var scene = Scene(
                current: id, look: Look(fit: .cover), light: light,
                notes: [Note(Card(title: "", lines: ["HIIIIIH"], placement: .bottomLeft))])
            scene.notesLight = max(light, 0.5)
            return try await stage.frame(of: scene)
        }
        func luminance(_ color: RGB) -> Double {
            func linear(_ value: UInt8) -> Double {
                let part = Double(value) / 255
                return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
        }
        // The panel begins 15 pixels from the left and the bottom, the letters another unit of 12 inside.
        var values: [Double] = []
        for y in 318..<332 { for x in 28..<60 { values.append(luminance(frame[x, y])) } }
        let contrast = ((values.max() ?? 0) + 0.05) / ((values.min() ?? 0) + 0.05)
        // Dimmed for a dark room, 3 is what large words need, and these are large: a thirtieth of the screen.
        #expect(contrast >= (light < 1 ? 3 : 4.5), "\(contrast)")
    }

    @Test func aBlurredBackdropIsSmoothAndDark() async throws {
        let frame = try await withFilesStage { stage, folder in
            let id = try await stage.load(.portrait, in: folder)
            return try await stage.frame(of: Scene(current: id, look: Look(background: .blur)))
        }
        for y in 1..<180 {
            let (above, here) = (frame[20, y - 1], frame[20, y])
            #expect(abs(Int(above.red) - Int(here.red)) < 12 && abs(Int(above.blue) - Int(here.blue)) < 12)
            #expect(max(here.red, here.green, here.blue) < 160)
        }
    }

    /// For looking at: kept when something differs, or when VITRINE_KEEP_PICTURES names a folder.
    private static func keepPictures(of scene: SceneCase, screen: Bitmap, files: Bitmap, isRight: Bool) throws {
        let wanted = ProcessInfo.processInfo.environment["VITRINE_KEEP_PICTURES"]
        guard wanted != nil || !isRight else { return }
        let folder = wanted ?? FileManager.default.temporaryDirectory.appending(path: "vitrine-pictures").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let name = scene.name.replacing(" ", with: "-")
        for (stage, frame) in [("screen", screen), ("files", files)] {
            let path = "\(folder)/\(name).\(stage).jpg"
            try Data(JPEGFile.encode(frame)).write(to: URL(filePath: path))
            print("kept", path)
        }
    }
}
