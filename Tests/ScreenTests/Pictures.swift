import Foundation
import PhotoViewer
import Testing

@testable import Screen

typealias RGB = (red: UInt8, green: UInt8, blue: UInt8)

/// Pictures whose every place can be told from its colour.
enum TestPicture: String, CaseIterable, Sendable {
    /// Red top left, green top right, blue bottom left, white bottom right.
    case landscape, portrait
    case red, blue
    case gradient
    /// Yellow above, cyan below.
    case tower
    case white

    var size: PixelSize {
        switch self {
        case .portrait: PixelSize(width: 90, height: 160)
        case .tower: PixelSize(width: 60, height: 180)
        default: PixelSize(width: 320, height: 180)
        }
    }

    var bitmap: Bitmap {
        var bitmap = Bitmap(size: self.size)
        for y in 0..<self.size.height {
            for x in 0..<self.size.width {
                let color = self.color(x, y)
                let index = (y * self.size.width + x) * 4
                (bitmap.rgba[index], bitmap.rgba[index + 1], bitmap.rgba[index + 2]) = color
            }
        }
        return bitmap
    }

    private func color(_ x: Int, _ y: Int) -> (UInt8, UInt8, UInt8) {
        switch self {
        case .red: return (255, 0, 0)
        case .white: return (255, 255, 255)
        case .tower: return y < self.size.height / 2 ? (255, 255, 0) : (0, 255, 255)
        case .blue: return (0, 0, 255)
        case .gradient: return (UInt8(x * 255 / 319), UInt8(y * 255 / 179), UInt8((x + y) * 255 / 498))
        case .landscape, .portrait:
            switch (x < self.size.width / 2, y < self.size.height / 2) {
            case (true, true): return (255, 0, 0)
            case (false, true): return (0, 255, 0)
            case (true, false): return (0, 0, 255)
            case (false, false): return (255, 255, 255)
            }
        }
    }
}

/// A folder that is gone when the test is.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vitrine-screen-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

extension Bitmap {
    /// Reads a JPEG from memory without scaling it.
    init(jpeg: [UInt8]) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jpg").path
        try Data(jpeg).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        self = try JPEGFile.decode(path, for: PixelSize(width: 8192, height: 8192))
    }

    /// How alike two bitmaps of one size are, in decibels; infinite when equal.
    func peakSignalToNoiseRatio(to other: Bitmap) -> Double {
        var sum = 0.0
        for index in self.rgba.indices where index % 4 != 3 {
            let difference = Double(self.rgba[index]) - Double(other.rgba[index])
            sum += difference * difference
        }
        guard sum > 0 else { return .infinity }
        return 10 * log10(255 * 255 * Double(self.size.pixels * 3) / sum)
    }

    func isNear(_ color: RGB, x: Int, y: Int, tolerance: Int = 12) -> Bool {
        let pixel = self[x, y]
        return abs(Int(pixel.red) - Int(color.red)) <= tolerance
            && abs(Int(pixel.green) - Int(color.green)) <= tolerance
            && abs(Int(pixel.blue) - Int(color.blue)) <= tolerance
    }
}
