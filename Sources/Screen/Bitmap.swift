import PhotoViewer

/// Pixels in memory: red, green, blue, alpha, one byte each, rows from the top.
package struct Bitmap: Hashable, Sendable {
    package let size: PixelSize
    package var rgba: [UInt8]

    /// All black and opaque.
    package init(size: PixelSize) {
        self.size = size
        self.rgba = [UInt8](unsafeUninitializedCapacity: size.pixels * 4) { buffer, count in
            buffer.withMemoryRebound(to: UInt32.self) { $0.initialize(repeating: UInt32(littleEndian: 0xFF00_0000)) }
            count = size.pixels * 4
        }
    }

    /// - Precondition: `rgba` has four bytes for each pixel of `size`.
    package init(size: PixelSize, rgba: [UInt8]) {
        precondition(rgba.count == size.pixels * 4)
        self.size = size
        self.rgba = rgba
    }

    package subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        let index = (y * self.size.width + x) * 4
        return (self.rgba[index], self.rgba[index + 1], self.rgba[index + 2])
    }
}
