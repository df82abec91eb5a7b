import Dispatch
import Synchronization

/// The size of a picture being made, and how its pixels lie in it.
struct Frame: Sendable {
    let width: Int
    let height: Int

    /// The width, where the height is 1.
    var aspect: Float { Float(self.width) / Float(self.height) }
    /// The side of a pixel.
    var pixel: Float { 1 / Float(self.height) }

    func point(_ x: Int, _ y: Int) -> Point { Point(Float(x) + 0.5, Float(y) + 0.5) * self.pixel }

    /// How fine something should be that is `count` fine in a picture 1600 high.
    func detail(_ count: Int) -> Int { max(count * self.height / 1_600, 48) }

    /// Whole pixel columns from left to right, as points' x.
    var columns: [Float] { (0..<self.width).map { (Float($0) + 0.5) * self.pixel } }
}

/// A picture as a function of the place in it. What can be worked out once is worked out in its initialiser.
protocol Scene: Sendable {
    init(_ frame: Frame)
    func color(at point: Point) -> Color
}

/// Exposes a scene: every pixel, then what a lens and a film do to it.
enum Camera {
    /// 8-bit sRGB, three bytes a pixel, row after row. Uses all cores.
    static func expose<S: Scene>(_: S.Type, width: Int, height: Int) -> [UInt8] {
        let frame = Frame(width: width, height: height)
        let scene = S(frame)
        let film = Film(frame)
        return Bands.make(height) { rows in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(rows.count * width * 3)
            for y in rows {
                for x in 0..<width {
                    let point = frame.point(x, y)
                    film.develop(scene.color(at: point), at: point, x, y, into: &bytes)
                }
            }
            return bytes
        }
    }
}

/// Something soft, worked out for one pixel in every few and blended between them: clouds and fog cost most of a picture
/// and have no edges that would show it.
struct Field: Sendable {
    private let values: [Color]
    private let columns: Int
    private let rows: Int
    private let step: Float

    /// - Parameters:
    ///   - every: How many pixels of a picture 1600 high lie between two points.
    ///   - value: Three numbers, or a colour.
    init(_ frame: Frame, every: Float, _ value: @Sendable (Point) -> Color) {
        let step = max(every / 1_600, frame.pixel)
        let columns = Int(frame.aspect / step) + 3, rows = Int(1 / step) + 3
        self.step = step
        self.columns = columns
        self.rows = rows
        self.values = Bands.make(rows) { band in
            var part: [Color] = []
            part.reserveCapacity(band.count * columns)
            for y in band { for x in 0..<columns { part.append(value(Point(Float(x), Float(y)) * step)) } }
            return part
        }
    }

    func callAsFunction(_ point: Point) -> Color {
        let place = point / self.step
        let x = min(max(Int(place.x), 0), self.columns - 2), y = min(max(Int(place.y), 0), self.rows - 2)
        let across = clamp(place.x - Float(x)), down = clamp(place.y - Float(y))
        let index = y * self.columns + x
        let above = self.values[index] + (self.values[index + 1] - self.values[index]) * across
        let next = index + self.columns
        let below = self.values[next] + (self.values[next + 1] - self.values[next]) * across
        return above + (below - above) * down
    }
}

/// Rows shared out among the cores.
enum Bands {
    private final class Results<Element: Sendable>: Sendable {
        let parts: Mutex<[[Element]]>
        init(count: Int) { self.parts = Mutex(Array(repeating: [], count: count)) }
    }

    /// Calls `body` for bands of rows that together are `0..<rows`, and joins what they return in order.
    static func make<Element: Sendable>(_ rows: Int, _ body: @Sendable (Range<Int>) -> [Element]) -> [Element] {
        let bandHeight = 16
        let count = (rows + bandHeight - 1) / bandHeight
        let results = Results<Element>(count: count)
        DispatchQueue.concurrentPerform(iterations: count) { band in
            let part = body(band * bandHeight..<min((band + 1) * bandHeight, rows))
            results.parts.withLock { $0[band] = part }
        }
        return results.parts.withLock { Array($0.joined()) }
    }
}

/// From light to bytes: a darker rim, a soft shoulder for what is too bright, and a grain that hides the steps of 8 bits.
struct Film: Sendable {
    private let frame: Frame
    private let noise = Noise(77)

    init(_ frame: Frame) { self.frame = frame }

    func develop(_ light: Color, at point: Point, _ x: Int, _ y: Int, into bytes: inout [UInt8]) {
        let fromCenter = Point(point.x / self.frame.aspect - 0.5, point.y - 0.5)
        let rim = 1 - 0.38 * (fromCenter * fromCenter).sum()
        let exposed = light * rim
        let grain = (self.noise.cell(x, y) + self.noise.cell(x &+ 7919, y) - 1) * 0.011
        for channel in 0..<3 {
            let value = Self.encode(Self.shoulder(max(exposed[channel], 0)))
            bytes.append(UInt8(clamp(value + grain * (1 - 0.6 * value)) * 255 + 0.5))
        }
    }

    /// Straight up to 0.7, then ever flatter towards 1.
    private static func shoulder(_ value: Float) -> Float {
        guard value > 0.7 else { return value }
        let over = (value - 0.7) / 0.3
        return 0.7 + 0.3 * over / (1 + over)
    }

    /// The sRGB curve, near enough and without a power: three square roots.
    private static func encode(_ value: Float) -> Float {
        let first = value.squareRoot(), second = first.squareRoot(), third = second.squareRoot()
        return max(0.585122381 * first + 0.783140355 * second - 0.368262736 * third, 0)
    }
}
