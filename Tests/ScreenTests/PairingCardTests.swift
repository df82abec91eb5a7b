import Foundation
import PhotoViewer
import TestSupport
import Testing

@testable import Screen

/// What a display shows until it is paired, read from its frame as a telephone reads it.
@Suite(.timeLimit(.minutes(2)))
struct PairingCardTests {
    private static let address = "https://photos.example.org:8443/pair?code=A7K9QX"

    private static let card = Card(
        title: "A7K 9QX",
        lines: ["This display is not paired yet. Scan, or open", "photos.example.org:8443/pair", "and type the code"],
        code: address)

    /// The text of the QR code in a picture.
    private static func scan(_ jpeg: [UInt8]) async throws -> String {
        try await withTemporaryFolder { folder in
            let file = "\(folder)/frame.jpg"
            try Data(jpeg).write(to: URL(filePath: file))
            let outcome = try await Tool.run(
                ["zbarimg", "--quiet", "--raw", "--nodbus", file], within: .seconds(60))
            try #require(outcome.status == 0, "no code was found: \(outcome.output)")
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    @Test(arguments: [(640, 360), (1920, 1080), (600, 1024)])
    func itsCodeCanBeScanned(width: Int, height: Int) async throws {
        let size = PixelSize(width: width, height: height)
        let files = try await withFilesStage(size: size) { stage, _ in
            _ = try await stage.present(Scene(card: Self.card))
            return try await stage.capture()
        }
        #expect(try await Self.scan(files) == Self.address)
        let screen = try await withScreenStage(size: size) { stage in
            _ = try await stage.present(Scene(card: Self.card))
            return try await stage.capture()
        }
        #expect(try await Self.scan(screen) == Self.address)
    }

    @Test func aTextThatFitsNoCodeIsRefused() {
        let tooLong = String(repeating: "x", count: 4000)
        let error = #expect(throws: StageError.self) { try QRCode.paint(tooLong, side: 4000) }
        #expect(error?.code == .tooLarge)
        #expect(throws: StageError.self) { try QRCode.paint("x", side: 10) }
    }
}
