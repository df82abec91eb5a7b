import Foundation
import Renditions
import TestSupport
import Testing

struct ColorTests {
    private static let (width, height) = (160, 120)

    @Test(arguments: ["a.jpg", "a.png", "a.webp", "a.tif"])
    func aFileWithoutAProfileKeepsItsColours(name: String) async throws {
        try await withTemporaryFolder { folder in
            let pixels = TestImages.colors(width: Self.width, height: Self.height)
            try TestImages.ppm(pixels, width: Self.width, height: Self.height, to: "\(folder)/base.ppm")
            try await TestImages.convert("\(folder)/base.ppm", to: "\(folder)/\(name)", folder: folder)
            let picture = try await Self.render("\(folder)/\(name)", folder: folder)
            let expected = Picture(width: Self.width, height: Self.height, rgb: pixels)
            #expect(picture.psnr(against: expected) > 40)
            // A missing import profile shifts the means by two levels.
            for channel in 0..<3 {
                #expect(abs(Self.mean(picture, channel) - Self.mean(expected, channel)) < 0.8)
            }
        }
    }

    @Test func aDisplayP3PhotoComesOutInTheSameColoursInSRGB() async throws {
        try await withTemporaryFolder { folder in
            let pixels = TestImages.colors(width: Self.width, height: Self.height)
            let expected = Picture(width: Self.width, height: Self.height, rgb: pixels)
            try TestImages.ppm(
                Self.toDisplayP3(pixels), width: Self.width, height: Self.height, to: "\(folder)/base.ppm")
            try Data(Self.displayP3Profile()).write(to: URL(fileURLWithPath: "\(folder)/p3.icc"))
            try await TestImages.convert(
                "\(folder)/base.ppm", ["-profile", "\(folder)/p3.icc"], to: "\(folder)/p3.jpg", folder: folder)
            try await TestImages.convert("\(folder)/base.ppm", to: "\(folder)/untagged.jpg", folder: folder)
            let tagged = try await Self.render("\(folder)/p3.jpg", folder: folder)
            let ignored = try await Self.render("\(folder)/untagged.jpg", folder: folder)
            #expect(tagged.psnr(against: expected) > 38)
            #expect(ignored.psnr(against: expected) < 32, "the test would not notice an ignored profile")
        }
    }

    @Test func aBrokenProfileIsNoReasonToRefuseAPhoto() async throws {
        try await withTemporaryFolder { folder in
            let pixels = TestImages.colors(width: Self.width, height: Self.height)
            try TestImages.ppm(pixels, width: Self.width, height: Self.height, to: "\(folder)/base.ppm")
            var profile = Self.displayP3Profile()
            profile.replaceSubrange(140..<profile.count, with: [UInt8](repeating: 0xAA, count: profile.count - 140))
            let path = "\(folder)/a.jpg"
            try await TestImages.convert("\(folder)/base.ppm", to: path, folder: folder)
            // ImageMagick would not embed it: an APP2 segment by hand, right behind the start of the image.
            var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            let body = Array("ICC_PROFILE\0".utf8) + [1, 1] + profile
            bytes.insert(
                contentsOf: [0xFF, 0xE2, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body, at: 2)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let picture = try await Self.render(path, folder: folder)
            #expect(picture.psnr(against: Picture(width: Self.width, height: Self.height, rgb: pixels)) > 38)
        }
    }

    private static func render(_ path: String, folder: String) async throws -> Picture {
        let output = RenditionPool.Output(
            recipe: .init(width: 160, height: 120, quality: 95), destination: "\(folder)/out.jpg")
        _ = try await makePool().render(path, [output])
        return try Picture(jpeg: "\(folder)/out.jpg")
    }

    private static func mean(_ picture: Picture, _ channel: Int) -> Double {
        let values = stride(from: channel, to: picture.rgb.count, by: 3).map { Double(picture.rgb[$0]) }
        return values.reduce(0, +) / Double(values.count)
    }

    // MARK: Display P3, from its definition (SMPTE EG 432-1 primaries, D65, the sRGB curve)

    private static func toDisplayP3(_ pixels: [UInt8]) -> [UInt8] {
        func linear(_ byte: UInt8) -> Double {
            let value = Double(byte) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        func encoded(_ value: Double) -> UInt8 {
            let value = min(max(value, 0), 1)
            return UInt8((255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055)).rounded())
        }
        return stride(from: 0, to: pixels.count, by: 3).flatMap { index -> [UInt8] in
            let (r, g, b) = (linear(pixels[index]), linear(pixels[index + 1]), linear(pixels[index + 2]))
            return [
                encoded(0.8224620 * r + 0.1775380 * g), encoded(0.0331942 * r + 0.9668058 * g),
                encoded(0.0170826 * r + 0.0723974 * g + 0.9105199 * b),
            ]
        }
    }

    /// An ICC profile (version 4, matrix and curves) as small as it can be.
    private static func displayP3Profile() -> [UInt8] {
        func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func fixed(_ value: Double) -> [UInt8] { number(UInt32(bitPattern: Int32((value * 65_536).rounded()))) }
        func xyz(_ x: Double, _ y: Double, _ z: Double) -> [UInt8] {
            Array("XYZ ".utf8) + number(0) + fixed(x) + fixed(y) + fixed(z)
        }
        func text(_ text: String) -> [UInt8] {
            let wide = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
            let body =
                Array("mluc".utf8) + number(0) + number(1) + number(12) + Array("enUS".utf8)
                + number(UInt32(wide.count)) + number(28) + wide
            return body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        }
        let curve =
            Array("para".utf8) + number(0) + [0, 3, 0, 0] + fixed(2.4) + fixed(1 / 1.055) + fixed(0.055 / 1.055)
            + fixed(1 / 12.92) + fixed(0.04045)
        let tags: [(String, [UInt8])] = [
            ("desc", text("Display P3")), ("cprt", text("none")), ("wtpt", xyz(0.9642, 1, 0.8249)),
            ("rXYZ", xyz(0.515102, 0.241182, -0.001050)), ("gXYZ", xyz(0.291965, 0.692236, 0.041882)),
            ("bXYZ", xyz(0.157153, 0.066582, 0.784378)), ("rTRC", curve), ("gTRC", curve), ("bTRC", curve),
        ]
        var table = number(UInt32(tags.count))
        var data: [UInt8] = []
        let start = 128 + 4 + tags.count * 12
        for (name, body) in tags {
            table += Array(name.utf8) + number(UInt32(start + data.count)) + number(UInt32(body.count))
            data += body
        }
        var header = number(UInt32(start + data.count)) + number(0) + [4, 0x30, 0, 0] + Array("mntrRGB XYZ ".utf8)
        header += [7, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0] + Array("acsp".utf8) + [UInt8](repeating: 0, count: 28)
        header += fixed(0.9642) + fixed(1) + fixed(0.8249)
        header += [UInt8](repeating: 0, count: 128 - header.count)
        return header + table + data
    }
}
