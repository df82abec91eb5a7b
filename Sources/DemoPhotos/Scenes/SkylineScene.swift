import Foundation

/// A city by the river, its lights just lit.
struct SkylineScene: Scene {
    private struct Block: Sendable {
        let left: Float
        let right: Float
        let top: Float
        let spire: Float
        let style: Float
        let number: Int
    }

    private struct Row: Sendable {
        let blocks: [Block]
        let columns: [Int32]
        let tone: Color
        let lit: Float
        let window: Point
    }

    private static let shore: Float = 0.70
    private let sky = Gradient((0, 0x1A2550), (0.25, 0x46467E), (0.46, 0xB0607F), (0.60, 0xF08C62), (0.72, 0xFFC078))
    private let air: Field
    private let rows: [Row]
    private let noise = Noise(92)
    private let waves = Noise(93)
    private let pixel: Float

    init(_ frame: Frame) {
        self.pixel = frame.pixel
        let (sky, clouds) = (self.sky, Noise(91))
        self.air = Field(frame, every: 3) { point in
            let streaks = clouds.fractal(Point(point.x * 1.4 - point.y, point.y * 7), octaves: 6)
            let bank = smoothstep(0.02, 0.45, streaks + 0.08) * smoothstep(0.66, 0.40, point.y)
            return mix(sky(point.y), mix(rgb(0x3E3A68), rgb(0xFF9A72), smoothstep(0.12, 0.52, point.y)), bank * 0.75)
        }
        self.rows = (0..<4).map { Self.makeRow(frame, depth: Float($0) / 3, seed: UInt64(900 + $0)) }
    }

    private static func makeRow(_ frame: Frame, depth: Float, seed: UInt64) -> Row {
        var random = SeededRandom(seed)
        var blocks: [Block] = []
        var x = random.next(-0.06, 0)
        while x < frame.aspect {
            let width = random.next(0.032, 0.070) * (0.75 + 0.35 * depth)
            let center = (x + width / 2) / frame.aspect
            // Downtown stands left of the middle; the front row is low.
            let downtown =
                expCheap(-(center - 0.40) * (center - 0.40) * 13) + 0.55
                * expCheap(-(center - 0.83) * (center - 0.83) * 60)
            let tall = random.next() * random.next()
            let height =
                (0.05 + 0.11 * random.next() + 0.40 * downtown * (0.25 + tall))
                * (depth > 0.9 ? 0.36 : 1 - 0.30 * depth)
            blocks.append(
                Block(
                    left: x, right: x + width, top: Self.shore - height,
                    spire: height > 0.30 && random.next() < 0.6 ? random.next(0.03, 0.08) : 0, style: random.next(),
                    number: blocks.count))
            x += width + (random.next() < 0.35 ? random.next(0, 0.02) : -0.003)
        }
        let columns = frame.columns.map { column in
            Int32(blocks.lastIndex { $0.left <= column && column < $0.right } ?? -1)
        }
        return Row(
            blocks: blocks, columns: columns, tone: mix(rgb(0xA9637C), rgb(0x11142B), 0.18 + 0.82 * powf(depth, 0.6)),
            lit: 0.20 + 0.32 * depth, window: Point(0.0032, 0.0060) * (0.75 + 0.50 * depth))
    }

    func color(at point: Point) -> Color { point.y < Self.shore ? self.city(point) : self.river(point) }

    private func city(_ point: Point) -> Color {
        var light = self.air(point)
        for (index, row) in self.rows.enumerated() {
            let depth = Float(index) / 3
            let column = min(max(Int(point.x / self.pixel), 0), row.columns.count - 1)
            // Light scattered between the rows.
            light = mix(light, rgb(0xFFA56E), 0.10 * smoothstep(Self.shore - 0.22, Self.shore, point.y) * (1 - depth))
            guard row.columns[column] >= 0 else { continue }
            let block = row.blocks[Int(row.columns[column])]
            if block.spire > 0, point.y < block.top, point.y > block.top - block.spire {
                let middle = (block.left + block.right) / 2
                let up = (block.top - point.y) / block.spire
                if abs(point.x - middle) < 0.0030 * (1 - up) + 0.0007 { light = row.tone }
                if up > 0.93 {
                    light +=
                        rgb(0xFF3020) * (1.3 * expCheap(-length(point - Point(middle, block.top - block.spire)) * 420))
                }
            }
            let covered = clamp((point.y - block.top) / self.pixel + 0.5)
            if covered > 0 { light = mix(light, self.facade(point, block, row, depth), covered) }
        }
        return light
    }

    private func facade(_ point: Point, _ block: Block, _ row: Row, _ depth: Float) -> Color {
        let wide = block.right - block.left
        let across = (point.x - block.left) / wide
        let towardsSun = 0.85 + 0.5 * smoothstep(0.5, 1, across)
        var light = row.tone * (towardsSun * (0.8 + 0.4 * block.style))
        light = mix(light, rgb(0xF29A6C), (1 - depth) * 0.28 * smoothstep(block.top, Self.shore, point.y))
        let columns = max((wide / row.window.x / 1.9).rounded(), 3)
        let pane = Point(across * columns, (point.y - block.top) / row.window.y / 1.7)
        let x = Int(pane.x.rounded(.down)), y = Int(pane.y.rounded(.down))
        let inside = Point(fraction(pane.x), fraction(pane.y))
        guard y > 0, inside.x > 0.22, inside.x < 0.82, inside.y > 0.20, inside.y < 0.76 else { return light }
        let chance = self.noise.cell(x &+ block.number &* 131, y &+ Int(depth * 1000))
        let floorLit = self.noise.cell(block.number &* 17, y) > 0.86 ? Float(0.45) : 0
        guard chance < row.lit * (0.5 + block.style) + floorLit else { return light + rgb(0x3B3A66) * 0.10 }
        let warmth = self.noise.cell(x &* 3 &+ 1, y &+ block.number)
        let lamp = warmth < 0.7 ? rgb(0xFFC56E) : warmth < 0.9 ? rgb(0xFFE9C4) : rgb(0xBFD8FF)
        return light + lamp * ((0.35 + 0.9 * chance / row.lit) * (0.45 + 0.5 * depth))
    }

    private func river(_ point: Point) -> Color {
        let below = point.y - Self.shore
        let away = 1 / (below + 0.02)
        let place = Point(point.x * away * 1.2, away * 5.5)
        let wave = self.waves.fractal(place * Point(0.45, 0.8), octaves: 3, gain: 0.6) * clamp(1.3 - away * 0.02)
        var reflection = Color()
        for sample in 0..<8 {
            let stretch = (Float(sample) - 3.5) * 0.011 * (0.35 + below * 4)
            let y = Self.shore - below * 1.25 + wave * (0.035 + 0.10 * below) + stretch
            reflection += self.city(Point(point.x + wave * 0.009, clamp(y, 0.002, Self.shore - 0.001))) * 0.125
        }
        let deep = smoothstep(0, 0.30, below)
        var light = mix(reflection * rgb(0xE9E4F0), rgb(0x151A3A), 0.16 + 0.42 * deep)
        light += rgb(0xFF9F70) * (0.05 * clamp(wave * 2))
        let quay = smoothstep(0.007, 0.005, below)
        return mix(light, rgb(0x0C0E1E), quay)
    }
}
