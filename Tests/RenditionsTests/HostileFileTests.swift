import Foundation
import Renditions
import TestSupport
import Testing

struct HostileFileTests {
    struct Hostile: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let codes: Set<RenditionError.Code>
        let make: @Sendable (_ path: String, _ folder: String) async throws -> Void

        init(
            _ name: String, _ codes: Set<RenditionError.Code>,
            _ make: @escaping @Sendable (String, String) async throws -> Void
        ) {
            self.testDescription = name
            self.codes = codes
            self.make = make
        }
    }

    private static func jpeg(_ folder: String, _ options: [String] = []) async throws -> String {
        try TestImages.corners("\(folder)/base.ppm")
        try await TestImages.convert("\(folder)/base.ppm", options, to: "\(folder)/base.jpg", folder: folder)
        return "\(folder)/base.jpg"
    }

    private static func write(_ bytes: some Sequence<UInt8>, _ path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    static let files: [Hostile] = [
        Hostile("no bytes", [.empty]) { path, _ in try write([], path) },
        Hostile("text", [.unsupportedFormat]) { path, _ in try write(Array("Dear diary".utf8), path) },
        Hostile("random bytes", [.unsupportedFormat]) { path, _ in
            try write((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }, path)
        },
        Hostile("SVG", [.unsupportedFormat]) { path, _ in
            try write(
                Array("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>".utf8), path)
        },
        Hostile("ImageMagick's MVG", [.unsupportedFormat]) { path, _ in
            try write(
                Array("push graphic-context\nimage over 0,0 0,0 'https://localhost/x.png'\npop graphic-context".utf8),
                path)
        },
        Hostile("BMP", [.unsupportedFormat]) { path, folder in
            try TestImages.corners("\(folder)/base.ppm")
            try await TestImages.convert("\(folder)/base.ppm", to: "\(folder)/a.bmp", folder: folder)
            try FileManager.default.moveItem(atPath: "\(folder)/a.bmp", toPath: path)
        },
        Hostile("PDF", [.unsupportedFormat]) { path, _ in
            try write(Array("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>".utf8), path)
        },
        Hostile("JPEG header, then rubbish", [.damaged]) { path, folder in
            let good = Array(try Data(contentsOf: URL(fileURLWithPath: try await jpeg(folder))))
            let start = good.count / 2
            try write(good[..<start] + (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 40_503 >> 5) }, path)
        },
        Hostile("PNG of 60000 x 60000", [.tooManyPixels]) { path, _ in
            try TestImages.emptyPNG(path, width: 60_000, height: 60_000)
        },
        Hostile("PNG of 2,000,000,000 squared", [.tooManyPixels, .damaged]) { path, _ in
            try TestImages.emptyPNG(path, width: 2_000_000_000, height: 2_000_000_000)
        },
        Hostile("interlaced PNG of 20000 x 20000", [.tooManyPixels]) { path, _ in
            try TestImages.emptyPNG(path, width: 20_000, height: 20_000, isInterlaced: true)
        },
        Hostile("interlaced PNG of 8000 x 8000", [.tooManyPixels]) { path, _ in
            try TestImages.emptyPNG(path, width: 8_000, height: 8_000, isInterlaced: true)
        },
        Hostile("JPEG of 65500 x 65500", [.tooManyPixels]) { path, folder in
            try TestImages.claim(try await jpeg(folder), width: 65_500, height: 65_500, to: path)
        },
        Hostile("JPEG of 12000 x 12000 that ends at once", [.damaged]) { path, folder in
            try TestImages.claim(try await jpeg(folder), width: 12_000, height: 12_000, to: path)
        },
        Hostile("progressive JPEG of 20000 x 20000", [.tooManyPixels]) { path, folder in
            try TestImages.claim(
                try await jpeg(folder, ["-interlace", "JPEG"]), width: 20_000, height: 20_000, to: path)
        },
        Hostile("progressive JPEG of 8000 x 8000", [.tooManyPixels]) { path, folder in
            try TestImages.claim(try await jpeg(folder, ["-interlace", "JPEG"]), width: 8_000, height: 8_000, to: path)
        },
    ]

    @Test(arguments: files)
    func aHostileFileIsRefusedWithAReasonThatNamesIt(file: Hostile) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/hostile"
            try await file.make(path, folder)
            let output = RenditionPool.Output(recipe: .thumbnail, destination: "\(folder)/out.jpg")
            let error = await #expect(throws: RenditionError.self) {
                _ = try await makePool().render(path, name: "IMG_7.jpg", [output])
            }
            #expect(error.map { file.codes.contains($0.code) } == true, "\(String(describing: error))")
            #expect(error?.message.contains("IMG_7.jpg") == true)
            #expect(error?.message.contains(folder) == false)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.jpg"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.hasSuffix(".part") })
        }
    }

    @Test(arguments: ["a.jpg", "a.png", "a.webp", "a.heic"])
    func aFileCutShortAnywhereIsRefused(name: String) async throws {
        try await withTemporaryFolder { folder in
            // Large enough that no decoder has all of it in its first buffer.
            let pixels = TestImages.colors(width: 400, height: 300).enumerated().map {
                $1 &+ UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 29)
            }
            try TestImages.ppm(pixels, width: 400, height: 300, to: "\(folder)/base.ppm")
            try await TestImages.convert("\(folder)/base.ppm", to: "\(folder)/\(name)", folder: folder)
            let good = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            let pool = try makePool()
            for tenth in 1...9 {
                let path = "\(folder)/cut"
                try good.prefix(good.count * tenth / 10).write(to: URL(fileURLWithPath: path))
                let output = RenditionPool.Output(recipe: .thumbnail, destination: "\(folder)/out.jpg")
                let error = await #expect(throws: RenditionError.self, "\(tenth) tenths") {
                    _ = try await pool.render(path, [output])
                }
                #expect(
                    [.damaged, .unsupportedFormat].contains(error?.code),
                    "\(tenth) tenths: \(String(describing: error))")
            }
        }
    }

    @Test func aMissingFileIsSaidToBeMissing() async throws {
        let error = await #expect(throws: RenditionError.self) {
            _ = try await makePool().inspect("/nonexistent/a.jpg")
        }
        #expect(error?.code == .sourceUnreadable)
    }

    @Test func aDecoderThatWantsMoreMemoryThanItGetsFailsAloneAndTidily() async throws {
        try await withTemporaryFolder { folder in
            try TestImages.ppm(
                TestImages.colors(width: 1_600, height: 1_200), width: 1_600, height: 1_200, to: "\(folder)/base.ppm")
            try await TestImages.convert(
                "\(folder)/base.ppm", ["-interlace", "JPEG"], to: "\(folder)/a.jpg", folder: folder)
            let output = RenditionPool.Output(recipe: .thumbnail, destination: "\(folder)/out.jpg")
            let small = try makePool(limits: RenditionLimits(addressSpaceBytes: 230 << 20))
            let error = await #expect(throws: RenditionError.self) {
                _ = try await small.render("\(folder)/a.jpg", [output])
            }
            #expect(
                [.outOfMemory, .workerCrashed, .damaged, .workerUnavailable].contains(error?.code),
                "\(String(describing: error))")
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.jpg"))
            _ = try await makePool().render("\(folder)/a.jpg", [output])
        }
    }

    @Test func aResultLargerThanAllowedIsAnErrorAndNoFile() async throws {
        try await withTemporaryFolder { folder in
            let jpeg = try await Self.jpeg(folder)
            let output = RenditionPool.Output(recipe: .thumbnail, destination: "\(folder)/out.jpg")
            let tiny = try makePool(limits: RenditionLimits(outputBytes: 100))
            await #expect(throws: RenditionError.self) { _ = try await tiny.render(jpeg, [output]) }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.jpg"))
        }
    }
}
