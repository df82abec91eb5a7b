import Foundation
import PhotoViewer
import Testing

@testable import Screen

/// Both stages draw each scene; the frames are probed and compared with each other.
@Suite(.serialized)
struct PixelTests {
    @Test(arguments: SceneCase.all)
    func bothStagesDrawTheSceneAlike(scene: SceneCase) async throws {
        let screen = try await withScreenStage { stage in
            try await withTemporaryFolder { folder in
                for picture in TestPicture.allCases { _ = try await stage.load(picture, in: folder) }
                return try await stage.frame(of: scene.scene)
            }
        }
        let files = try await withFilesStage { stage, folder in
            for picture in TestPicture.allCases { _ = try await stage.load(picture, in: folder) }
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
