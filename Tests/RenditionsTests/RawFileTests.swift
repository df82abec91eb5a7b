import Foundation
import TestSupport
import Testing

@testable import Renditions

struct RawFileTests {
    /// A raw file as cameras build them: a TIFF structure with a small preview, and a directory below with a large one
    /// beside data that only a developer reads.
    static func make(
        _ path: String, preview: String, small: String, isLittleEndian: Bool = true, mark: [UInt8] = [42, 0],
        orientation: Int = 1, isDNG: Bool = true, hasPreview: Bool = true
    ) throws {
        let large = [UInt8](try Data(contentsOf: URL(fileURLWithPath: preview)))
        let little = [UInt8](try Data(contentsOf: URL(fileURLWithPath: small)))
        func half(_ value: Int) -> [UInt8] {
            isLittleEndian ? [UInt8(value & 255), UInt8(value >> 8)] : [UInt8(value >> 8), UInt8(value & 255)]
        }
        func word(_ value: Int) -> [UInt8] {
            isLittleEndian ? half(value & 0xFFFF) + half(value >> 16) : half(value >> 16) + half(value & 0xFFFF)
        }
        func short(_ tag: Int, _ value: Int) -> [UInt8] { half(tag) + half(3) + word(1) + half(value) + half(0) }
        func long(_ tag: Int, _ value: Int) -> [UInt8] { half(tag) + half(4) + word(1) + word(value) }
        let model = Array("Vitrine Raw 1\0".utf8)
        // First the directories, each with room for 10 entries, then the model's name, then the pictures.
        let room = 2 + 12 * 10 + 4
        let (first, second, text) = (8, 8 + room, 8 + 2 * room)
        let smallAt = text + model.count + model.count % 2
        let largeAt = smallAt + little.count
        let rawAt = largeAt + large.count
        func directory(_ entries: [[UInt8]], next: Int = 0) -> [UInt8] {
            let body = half(entries.count) + entries.joined() + word(next)
            return body + [UInt8](repeating: 0, count: room - body.count)
        }
        var bytes = Array((isLittleEndian ? "II" : "MM").utf8) + (isLittleEndian ? mark : mark.reversed()) + word(first)
        bytes += directory(
            [
                half(0x0110) + half(2) + word(model.count) + word(text), short(0x0112, orientation),
                long(0x014A, second),
            ] + (hasPreview ? [long(0x0201, smallAt), long(0x0202, little.count)] : [])
                + (isDNG ? [half(0xC612) + half(1) + word(4) + [1, 4, 0, 0]] : []), next: first)
        bytes += directory([
            short(0x0103, 7), short(0x0106, 6), long(0x0111, hasPreview ? largeAt : rawAt),
            long(0x0117, hasPreview ? large.count : 4), long(0x014A, first),
        ])
        bytes += model + (model.count % 2 == 1 ? [0] : []) + little + large + [UInt8](repeating: 0xAA, count: 5_000)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func pictures(_ folder: String) async throws -> (large: String, small: String) {
        let (large, small) = ("\(folder)/large.jpg", "\(folder)/small.jpg")
        try TestImages.corners("\(folder)/base.ppm", width: 480, height: 320)
        try await TestImages.convert("\(folder)/base.ppm", to: large, folder: folder)
        try TestImages.corners("\(folder)/little.ppm")
        try await TestImages.convert("\(folder)/little.ppm", to: small, folder: folder)
        return (large, small)
    }

    @Test(arguments: [(true, 1, "ABCD"), (false, 1, "ABCD"), (true, 6, "CADB"), (false, 8, "BDAC"), (true, 3, "DCBA")])
    func aRawFileIsShownThroughItsLargestPreviewTurnedOnce(isLittle: Bool, orientation: Int, corners: String)
        async throws
    {
        try await withTemporaryFolder { folder in
            let (large, small) = try await self.pictures(folder)
            let path = "\(folder)/IMG_1.DNG"
            try Self.make(path, preview: large, small: small, isLittleEndian: isLittle, orientation: orientation)
            let output = RenditionPool.Output(
                recipe: .init(width: 240, height: 240), destination: "\(folder)/out.jpg")
            let facts = try await makePool().render(path, [output]).facts
            #expect(facts.format == .raw && facts.camera == "Vitrine Raw 1")
            let isTurned = orientation >= 5
            #expect(facts.width == (isTurned ? 320 : 480) && facts.height == (isTurned ? 480 : 320))
            #expect(try Picture(jpeg: "\(folder)/out.jpg").cornerNames == corners)
        }
    }

    @Test func rawFilesOfOtherMakersAreKnownByTheirMarks() async throws {
        try await withTemporaryFolder { folder in
            let (large, small) = try await self.pictures(folder)
            for (name, mark) in [("a.orf", [0x52, 0x4F]), ("a.rw2", [0x55, 0x00])] as [(String, [UInt8])] {
                try Self.make("\(folder)/\(name)", preview: large, small: small, mark: mark, isDNG: false)
                #expect(try await makePool().inspect("\(folder)/\(name)").width == 480, "\(name)")
            }
            // Fujifilm: a container of its own.
            let jpeg = [UInt8](try Data(contentsOf: URL(fileURLWithPath: large)))
            func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
            let head = Array("FUJIFILMCCD-RAW 0201FF129502X-T".utf8)
            let bytes = head + [UInt8](repeating: 0, count: 84 - head.count) + word(160) + word(jpeg.count)
            try Data(bytes + [UInt8](repeating: 0, count: 160 - bytes.count) + jpeg).write(
                to: URL(fileURLWithPath: "\(folder)/a.raf"))
            let facts = try await makePool().inspect("\(folder)/a.raf")
            #expect(facts.format == .raw && facts.width == 480)
        }
    }

    @Test func aPlainTIFFIsNoRawFile() async throws {
        try await withTemporaryFolder { folder in
            try TestImages.corners("\(folder)/base.ppm")
            try await TestImages.convert("\(folder)/base.ppm", to: "\(folder)/a.tif", folder: folder)
            #expect(try await makePool().inspect("\(folder)/a.tif").format == .tiff)
        }
    }

    @Test func aRawFileWithoutAPreviewIsRefusedAndOneThatLiesIsHarmless() async throws {
        try await withTemporaryFolder { folder in
            let (large, small) = try await self.pictures(folder)
            let path = "\(folder)/a.dng"
            try Self.make(path, preview: large, small: small, hasPreview: false)
            let error = await #expect(throws: RenditionError.self) { _ = try await makePool().inspect(path) }
            #expect(error?.code == .unsupportedFormat)
            try Self.make(path, preview: large, small: small)
            let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            var random = SeededGenerator(seed: 20_240_621)
            for _ in 0..<2_000 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    bytes[.random(in: 0..<270, using: &random)] = .random(in: 0...255, using: &random)
                }
                if Bool.random(using: &random) { bytes.removeLast(.random(in: 0..<bytes.count, using: &random)) }
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                if let raw = try RawFile(path), let preview = raw.preview {
                    #expect(preview.starts(with: [0xFF, 0xD8]))
                }
            }
        }
    }

    @Test func aRawFileCutAtAnyTenthByteIsRefusedUnlessItsPreviewIsWhole() async throws {
        try await withTemporaryFolder { folder in
            try TestImages.corners("\(folder)/base.ppm", width: 48, height: 32)
            let preview = "\(folder)/preview.jpg"
            try await TestImages.convert("\(folder)/base.ppm", ["-strip"], to: preview, folder: folder)
            let path = "\(folder)/a.dng"
            try Self.make(path, preview: preview, small: preview)
            let good = try Data(contentsOf: URL(fileURLWithPath: path))
            let needed = good.count - 5_000
            let pool = try makePool()
            let output = RenditionPool.Output(recipe: .thumbnail, destination: "\(folder)/out.jpg")
            _ = try await pool.render(path, [output])
            let whole = try Data(contentsOf: URL(fileURLWithPath: output.destination))
            var refused = 0
            for length in stride(from: 0, to: needed + 200, by: 10) {
                try good.prefix(length).write(to: URL(fileURLWithPath: path))
                do {
                    _ = try await pool.render(path, [output])
                    // The two previews are the same picture: one of them is enough.
                    #expect(try Data(contentsOf: URL(fileURLWithPath: output.destination)) == whole, "\(length) bytes")
                } catch let error as RenditionError {
                    refused += 1
                    #expect(
                        [.empty, .unsupportedFormat, .damaged].contains(error.code), "\(length) bytes: \(error)")
                }
            }
            #expect(refused > 20, "\(refused)")
        }
    }

    @Test func lensRatingAndDateAreReadFromWhereverTheyStand() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/a.jpg"
            try TestImages.corners("\(folder)/base.ppm")
            try await TestImages.convert("\(folder)/base.ppm", to: path, folder: folder)
            let good = try Data(contentsOf: URL(fileURLWithPath: path))
            let cases: [([String], @Sendable (PhotoFacts) -> Bool)] = [
                (["-EXIF:LensModel=XF35mmF1.4 R", "-EXIF:LensMake=FUJIFILM"], { $0.lens == "FUJIFILM XF35mmF1.4 R" }),
                (["-EXIF:LensModel=Nikon Z 50mm", "-EXIF:LensMake=NIKON"], { $0.lens == "Nikon Z 50mm" }),
                (["-EXIF:LensModel=----"], { $0.lens == nil }),
                (["-XMP-aux:Lens=EF 50mm f/1.8"], { $0.lens == "EF 50mm f/1.8" }),
                (["-XMP-xmp:Rating=4"], { $0.rating == 4 }), (["-XMP-xmp:Rating=-1"], { $0.rating == 0 }),
                (["-EXIF:Rating=3"], { $0.rating == 3 }),
                (["-EXIF:Rating=3", "-XMP-xmp:Rating=5"], { $0.rating == 5 }),
                (
                    ["-XMP-photoshop:DateCreated=2019:03:04 05:06:07+01:00"],
                    { $0.taken?.iso8601 == "2019-03-04T05:06:07+01:00" }
                ),
                (
                    ["-IPTC:DateCreated=2018:03:04", "-IPTC:TimeCreated=05:06:07-03:00"],
                    { $0.taken?.iso8601 == "2018-03-04T05:06:07-03:00" }
                ),
                (
                    ["-EXIF:DateTimeOriginal=2020:01:02 03:04:05", "-XMP-xmp:CreateDate=2001:01:01 01:01:01"],
                    { $0.taken?.iso8601 == "2020-01-02T03:04:05" }
                ),
            ]
            for (tags, isRight) in cases {
                try good.write(to: URL(fileURLWithPath: path))
                try await TestImages.run("exiftool", tags + ["-overwrite_original", path], folder: folder)
                let facts = try await makePool().inspect(path)
                #expect(isRight(facts), "\(tags): \(facts)")
            }
        }
    }
}
