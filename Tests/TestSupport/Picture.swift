import CTurboJPEG
import Foundation

/// Decoded pixels, three bytes each, for comparing what a screen shows with what it should.
package struct Picture: Sendable {
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    package let width: Int
    package let height: Int
    package let rgb: [UInt8]

    package init(width: Int, height: Int, rgb: [UInt8]) {
        precondition(rgb.count == width * height * 3)
        self.width = width
        self.height = height
        self.rgb = rgb
    }

    /// - Throws: ``Unreadable`` when the file is not a whole JPEG.
    package init(jpeg path: String) throws {
        try self.init(jpeg: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))), name: path)
    }

    package init(jpeg bytes: [UInt8], name: String = "the picture") throws {
        guard let decoder = tjInitDecompress() else { throw Unreadable(description: "libturbojpeg does not start") }
        defer { tjDestroy(decoder) }
        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colourspace: Int32 = 0
        let size = UInt(bytes.count)
        guard tjDecompressHeader3(decoder, bytes, size, &width, &height, &subsampling, &colourspace) == 0 else {
            throw Unreadable(description: "\(name) is not a JPEG: \(String(cString: tjGetErrorStr2(decoder)))")
        }
        var rgb = [UInt8](repeating: 0, count: Int(width) * Int(height) * 3)
        let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING
        guard
            tjDecompress2(decoder, bytes, size, &rgb, width, width * 3, height, Int32(TJPF_RGB.rawValue), Int32(flags))
                == 0
        else { throw Unreadable(description: "\(name): \(String(cString: tjGetErrorStr2(decoder)))") }
        self.init(width: Int(width), height: Int(height), rgb: rgb)
    }

    /// Peak signal-to-noise ratio in decibels; infinite for equal pictures, 0 for pictures of different sizes.
    package func psnr(against other: Picture) -> Double {
        guard self.width == other.width, self.height == other.height, !self.rgb.isEmpty else { return 0 }
        var squares = 0
        for index in self.rgb.indices {
            let difference = Int(self.rgb[index]) - Int(other.rgb[index])
            squares += difference * difference
        }
        guard squares > 0 else { return .infinity }
        return 10 * log10(255 * 255 * Double(self.rgb.count) / Double(squares))
    }

    /// `photo` letterboxed on black at `width` × `height`, made by ImageMagick: a way that shares nothing with ours.
    package static func reference(of photo: String, width: Int, height: Int, folder: String) async throws -> Picture {
        let name = URL(fileURLWithPath: photo).deletingPathExtension().lastPathComponent
        let target = "\(folder)/reference-\(name)-\(width)x\(height).jpg"
        let convert = try ChildProcess(
            "/usr/bin/convert",
            [
                photo, "-auto-orient", "-resize", "\(width)x\(height)", "-background", "black", "-alpha", "remove",
                "-gravity", "center", "-extent", "\(width)x\(height)", "-quality", "95", target,
            ], log: "\(folder)/convert.log")
        guard try await convert.finished() == 0 else {
            throw Unreadable(description: "convert failed on \(photo): \(convert.output)")
        }
        return try Picture(jpeg: target)
    }
}
