import CSDL2
import CSDL2TTF
import Foundation
import PhotoViewer
import Synchronization

/// Paints cards with SDL2_ttf, for every stage alike. Needs no video.
package struct CardPainter: Sendable {
    /// Where Debian, Fedora, Arch and Raspberry Pi OS keep a font that has most of the world's letters.
    package static let fontCandidates = [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
        "/usr/share/fonts/TTF/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/freefont/FreeSans.ttf",
    ]

    /// FreeType's library object is one for the process and knows no locks; held for every use of SDL2_ttf.
    private static let lock = Mutex(())

    private let font: String

    /// - Throws: ``StageError`` with code `noFont` when none of the candidates is there.
    package init(fontCandidates: [String] = CardPainter.fontCandidates) throws(StageError) {
        guard let font = fontCandidates.first(where: { FileManager.default.isReadableFile(atPath: $0) }) else {
            throw StageError(
                .noFont,
                "no font found to write with; install fonts-dejavu-core (looked for \(fontCandidates.joined(separator: ", ")))"
            )
        }
        self.font = font
    }

    /// The card on a translucent dark panel, its colours multiplied by its alpha, no larger than `canvas`.
    func paint(_ card: Card, canvas: PixelSize) throws(StageError) -> Bitmap {
        let result: Result<Bitmap, StageError> = Self.lock.withLock { _ in
            guard TTF_Init() == 0 else { return .failure(Self.failure("SDL2_ttf does not start")) }
            defer { TTF_Quit() }
            do throws(StageError) {
                return .success(try self.paintLocked(card, canvas: canvas))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func paintLocked(_ card: Card, canvas: PixelSize) throws(StageError) -> Bitmap {
        let unit = max(min(canvas.width, canvas.height) / 30, 8)
        let widest = canvas.width * 9 / 10 - 2 * unit
        var surfaces: [UnsafeMutablePointer<SDL_Surface>] = []
        defer { for surface in surfaces { SDL_FreeSurface(surface) } }
        if !card.title.isEmpty { surfaces.append(try self.surface(card.title, points: unit * 2, widest: widest)) }
        for line in card.lines where !line.isEmpty {
            surfaces.append(try self.surface(line, points: unit, widest: widest))
        }
        let gap = unit / 2
        let textHeight = surfaces.reduce(0) { $0 + Int($1.pointee.h) + gap }
        // What the words leave of the canvas, but no larger than can be scanned from across a room.
        let code: Bitmap? =
            if let text = card.code {
                try QRCode.paint(
                    text, side: min(canvas.height - textHeight - 4 * unit, canvas.height / 2, canvas.width / 2))
            } else {
                nil
            }
        let width = max(surfaces.map { Int($0.pointee.w) }.max() ?? 0, code?.size.width ?? 0) + 2 * unit
        let height = textHeight - gap + (code.map { $0.size.height + gap } ?? 0) + 2 * unit
        let size = PixelSize(width: min(width, canvas.width), height: min(height, canvas.height))
        var panel = Bitmap(size: size, rgba: [UInt8](repeating: 0, count: size.pixels * 4))
        for index in stride(from: 3, to: panel.rgba.count, by: 4) { panel.rgba[index] = 150 }
        var y = unit
        for surface in surfaces {
            Self.draw(surface, on: &panel, x: (size.width - Int(surface.pointee.w)) / 2, y: y)
            y += Int(surface.pointee.h) + gap
        }
        if let code { Self.draw(code, on: &panel, x: (size.width - code.size.width) / 2, y: y) }
        return panel
    }

    private func surface(
        _ text: String, points: Int, widest: Int
    ) throws(StageError) -> UnsafeMutablePointer<SDL_Surface> {
        guard let font = TTF_OpenFont(self.font, Int32(points)) else {
            throw Self.failure("cannot open the font \(self.font)")
        }
        defer { TTF_CloseFont(font) }
        TTF_SetFontWrappedAlign(font, Int32(TTF_WRAPPED_ALIGN_CENTER))
        let white = SDL_Color(r: 255, g: 255, b: 255, a: 255)
        // Wrapped text is as wide as it may be, not as it is, so a line that fits may be just that wide.
        var width = Int32(0)
        let isMeasured = TTF_SizeUTF8(font, text, &width, nil) == 0
        let limit = isMeasured ? min(Int(width) + 1, widest) : widest
        guard let surface = TTF_RenderUTF8_Blended_Wrapped(font, text, white, UInt32(max(limit, 1))) else {
            throw Self.failure("cannot write a card")
        }
        return surface
    }

    /// Puts white text of straight alpha over the premultiplied panel, cut at the panel's edges.
    private static func draw(_ surface: UnsafeMutablePointer<SDL_Surface>, on panel: inout Bitmap, x: Int, y: Int) {
        // SDL2_ttf's blended surfaces are ARGB8888: alpha is the top byte of each 32-bit word.
        let pitch = Int(surface.pointee.pitch)
        guard let pixels = surface.pointee.pixels else { return }
        for row in 0..<Int(surface.pointee.h) where (0..<panel.size.height).contains(y + row) {
            let line = (pixels + row * pitch).assumingMemoryBound(to: UInt32.self)
            for column in 0..<Int(surface.pointee.w) where (0..<panel.size.width).contains(x + column) {
                let alpha = Int(line[column] >> 24)
                guard alpha > 0 else { continue }
                let index = ((y + row) * panel.size.width + x + column) * 4
                for channel in 0..<4 {
                    let below = Int(panel.rgba[index + channel])
                    panel.rgba[index + channel] = UInt8(alpha + below * (255 - alpha) / 255)
                }
            }
        }
    }

    /// Puts an opaque bitmap on the panel, cut at the panel's edges.
    private static func draw(_ bitmap: Bitmap, on panel: inout Bitmap, x: Int, y: Int) {
        let columns = min(bitmap.size.width, panel.size.width - x)
        guard x >= 0, columns > 0 else { return }
        for row in 0..<bitmap.size.height where (0..<panel.size.height).contains(y + row) {
            let source = row * bitmap.size.width * 4
            let target = ((y + row) * panel.size.width + x) * 4
            panel.rgba.replaceSubrange(
                target..<(target + columns * 4), with: bitmap.rgba[source..<(source + columns * 4)])
        }
    }

    private static func failure(_ what: String) -> StageError {
        StageError(.noFont, "\(what): \(SDL_GetError().map { String(cString: $0) } ?? "no reason given")")
    }
}
