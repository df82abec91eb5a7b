import CQREncode
import PhotoViewer

/// A text as a QR code (ISO/IEC 18004), for telephones held towards the screen.
enum QRCode {
    /// Light modules that scanners need around the code.
    private static let quietZone = 4

    /// Black on white with its quiet zone, as many whole pixels a module as fit.
    ///
    /// - Parameter side: The most it may measure.
    /// - Throws: ``StageError`` with code `tooLarge` when the text needs more modules than that has pixels.
    static func paint(_ text: String, side: Int) throws(StageError) -> Bitmap {
        // Medium correction: a screen has no dirt, but it may have glare.
        guard let code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) else {
            throw StageError(.tooLarge, "a text of \(text.utf8.count) bytes does not fit into a QR code")
        }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        let modules = width + 2 * self.quietZone
        let scale = side / modules
        guard scale > 0, let data = code.pointee.data else {
            throw StageError(.tooLarge, "a QR code of \(modules) modules does not fit into \(side) pixels")
        }
        let size = PixelSize(width: modules * scale, height: modules * scale)
        var bitmap = Bitmap(size: size, rgba: [UInt8](repeating: 255, count: size.pixels * 4))
        for y in 0..<size.height {
            for x in 0..<size.width {
                let (column, row) = (x / scale - self.quietZone, y / scale - self.quietZone)
                // The lowest bit says that a module is dark.
                guard (0..<width).contains(column), (0..<width).contains(row), data[row * width + column] & 1 == 1
                else { continue }
                let index = (y * size.width + x) * 4
                for channel in 0..<3 { bitmap.rgba[index + channel] = 0 }
            }
        }
        return bitmap
    }
}
