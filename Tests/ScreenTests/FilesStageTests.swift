import Foundation
import PhotoViewer
import Testing

@testable import Screen

struct FilesStageTests {
    @Test func settledFramesBecomeFilesAndOnlyTheLastFewStay() async throws {
        try await withFilesStage(keptFrames: 3) { stage, folder in
            for _ in 0..<5 { _ = try await stage.present(Scene()) }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["frame-000003.jpg", "frame-000004.jpg", "frame-000005.jpg", "latest.jpg"])
        }
    }

    @Test func aFrameInMotionIsCountedButNotWritten() async throws {
        try await withFilesStage { stage, folder in
            _ = try await stage.present(Scene(isSettled: false))
            #expect(stage.presentedFrames == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test func framesOfAnEarlierStartAreRemoved() async throws {
        try await withTemporaryFolder { folder in
            try Data("old".utf8).write(to: URL(filePath: "\(folder)/frame-000099.jpg"))
            try Data("mine".utf8).write(to: URL(filePath: "\(folder)/notes.txt"))
            _ = try FilesStage(.init(directory: folder, size: frameSize), cards: CardPainter(), logger: testLogger)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
        }
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        let error = #expect(throws: StageError.self) {
            _ = try FilesStage(
                .init(directory: "/proc/nowhere", size: frameSize), cards: CardPainter(), logger: testLogger)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("/proc/nowhere") == true)
    }
}

struct JPEGFileTests {
    @Test(arguments: [0, 1, 100, 700])
    func aFileThatIsNotWholeIsRefused(length: Int) async throws {
        try await withTemporaryFolder { folder in
            let jpeg = try JPEGFile.encode(TestPicture.gradient.bitmap)
            let path = "\(folder)/cut.jpg"
            try Data(jpeg.prefix(length)).write(to: URL(filePath: path))
            let error = #expect(throws: StageError.self) { try JPEGFile.decode(path, for: frameSize) }
            #expect(error?.code == .undecodable)
            #expect(throws: StageError.self) { try JPEGFile.decodeSmall(path) }
        }
    }

    @Test func garbageInTheMiddleIsRefused() async throws {
        try await withTemporaryFolder { folder in
            var jpeg = try JPEGFile.encode(TestPicture.gradient.bitmap)
            for index in (jpeg.count / 2)..<(jpeg.count / 2 + 200) { jpeg[index] = 0xFF }
            let path = "\(folder)/bad.jpg"
            try Data(jpeg).write(to: URL(filePath: path))
            #expect(throws: StageError.self) { try JPEGFile.decode(path, for: frameSize) }
        }
    }

    @Test(arguments: [
        (PixelSize(width: 320, height: 180), PixelSize(width: 320, height: 180)),
        (PixelSize(width: 160, height: 90), PixelSize(width: 160, height: 90)),
        (PixelSize(width: 100, height: 50), PixelSize(width: 120, height: 68)),
        (PixelSize(width: 4000, height: 4000), PixelSize(width: 320, height: 180)),
    ])
    func aPictureIsDecodedNoLargerThanItIsShown(box: PixelSize, decoded: PixelSize) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/photo.jpg"
            try Data(JPEGFile.encode(TestPicture.gradient.bitmap)).write(to: URL(filePath: path))
            #expect(try JPEGFile.decode(path, for: box).size == decoded)
        }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: StageError.self) { try JPEGFile.decode("/nowhere/x.jpg", for: frameSize) }
        #expect(error?.message.contains("/nowhere/x.jpg") == true)
    }
}

struct CardPainterTests {
    @Test func withoutAFontTheRemedyIsNamed() {
        let error = #expect(throws: StageError.self) { try CardPainter(fontCandidates: ["/nowhere/a.ttf"]) }
        #expect(error?.code == .noFont)
        #expect(error?.message.contains("fonts-dejavu-core") == true)
    }

    @Test func aLongCardStaysOnTheScreen() throws {
        let card = Card(title: String(repeating: "long ", count: 100), lines: Array(repeating: "line", count: 60))
        let painted = try CardPainter().paint(card, canvas: frameSize)
        #expect(painted.size.width <= frameSize.width)
        #expect(painted.size.height <= frameSize.height)
    }
}

struct LayoutTests {
    @Test(arguments: Look.Rotation.allCases)
    func panelAndCanvasPlacesAreInverse(rotation: Look.Rotation) {
        let layout = Layout(screen: frameSize, rotation: rotation)
        for (x, y) in [(0.0, 0.0), (1, 0), (0.25, 0.75)] {
            let canvas = layout.canvasPoint(atScreen: x, y)
            let back = layout.screenPoint(atCanvas: canvas.x, canvas.y)
            #expect(back.x == x && back.y == y)
        }
    }

    @Test func theTopOfAQuarterTurnIsOnTheRight() {
        let layout = Layout(screen: frameSize, rotation: .quarter)
        let top = layout.screenPoint(atCanvas: 0.5, 0)
        #expect(top.x == 1 && top.y == 0.5)
        #expect(layout.canvas == PixelSize(width: 180, height: 320))
    }

    static let rectangles: [(PixelSize, Look.Fit, PixelRectangle)] = [
        (PixelSize(width: 640, height: 360), .contain, PixelRectangle(x: 0, y: 0, size: frameSize)),
        (
            PixelSize(width: 90, height: 160), .contain,
            PixelRectangle(x: 109, y: 0, size: .init(width: 101, height: 180))
        ),
        (
            PixelSize(width: 100, height: 100), .cover,
            PixelRectangle(x: 0, y: -70, size: .init(width: 320, height: 320))
        ),
        (PixelSize(width: 1000, height: 10), .contain, PixelRectangle(x: 0, y: 88, size: .init(width: 320, height: 3))),
    ]

    @Test(arguments: LayoutTests.rectangles)
    func picturesFitTheCanvas(picture: PixelSize, fit: Look.Fit, expected: PixelRectangle) {
        #expect(Layout(screen: frameSize, rotation: .none).rectangle(for: picture, fit: fit) == expected)
    }

    @Test(arguments: [
        ("1920x1080", PixelSize(width: 1920, height: 1080)), ("0x10", nil), ("1920", nil), ("axb", nil),
        ("99999x100", nil), ("1920x1080x2", nil),
    ])
    func aSizeIsRead(text: String, size: PixelSize?) {
        #expect(PixelSize(text) == size)
    }
}
