/// A width and height in pixels.
package struct PixelSize: Hashable, Codable, Sendable, CustomStringConvertible {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Reads `WIDTHxHEIGHT`; nil unless both are 16 to 16384.
    package init?(_ text: String) {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
            (16...16384).contains(width), (16...16384).contains(height)
        else { return nil }
        self.init(width: width, height: height)
    }

    package var pixels: Int { self.width * self.height }
    package var transposed: PixelSize { PixelSize(width: self.height, height: self.width) }
    package var description: String { "\(self.width)x\(self.height)" }
}
