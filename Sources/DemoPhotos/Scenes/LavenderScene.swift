import Foundation

/// Rows of lavender run to a lone tree, in the last sun.
struct LavenderScene: Scene {
    private static let horizon: Float = 0.46
    private let sky = Gradient((0, 0x4A5F9E), (0.18, 0x8C80B4), (0.34, 0xE79F94), (0.47, 0xFFD39A))
    private let air: Field
    private let hills: [Skyline]
    private let tree: Field
    private let plants = Noise(142)
    private let sun: Point
    private let vanishing: Point

    init(_ frame: Frame) {
        let sun = Point(frame.aspect * 0.335, 0.405)
        self.sun = sun
        self.vanishing = Point(frame.aspect * 0.56, Self.horizon - 0.012)
        let (sky, clouds) = (self.sky, Noise(141))
        self.air = Field(frame, every: 3) { point in
            let distance = length(point - sun)
            var light = sky(point.y) + rgb(0xFFC070) * (0.55 * expCheap(-distance * 5))
            let streaks = clouds.fractal(Point(point.x * 1.8 - point.y * 1.4, point.y * 9), octaves: 6)
            let bank = smoothstep(0.0, 0.45, streaks - abs(point.y - 0.2) * 0.5 + 0.06)
            light = mix(light, mix(rgb(0x9A7FA8), rgb(0xFFC49A), expCheap(-distance * 1.8) * 1.4), bank * 0.75)
            return light + rgb(0xFFF0C8) * (1.3 * smoothstep(0.040, 0.030, distance))
        }
        let rock = Noise(143)
        self.hills = [
            Skyline(frame) { Self.horizon - 0.035 - 0.05 * rock.fractal(Point($0 * 1.8, 3), octaves: 5) },
            Skyline(frame) { Self.horizon - 0.008 - 0.022 * rock.fractal(Point($0 * 2.6, 8), octaves: 5) },
        ]
        let leaves = Noise(144)
        let foot = self.vanishing + Point(0.0, 0.022)
        self.tree = Field(frame, every: 1) { point in
            let local = (point - foot) / 0.155
            guard abs(local.x) < 1, local.y < 0.1, local.y > -1.2 else { return Color() }
            let ragged = 0.17 * leaves.fractal(local * 4.2, octaves: 5, gain: 0.65)
            var crown: Float = -1
            for (x, y, r) in [
                (Float(0.0), Float(-0.66), Float(0.40)), (-0.30, -0.52, 0.27), (0.31, -0.55, 0.28), (0.05, -0.88, 0.24),
                (-0.12, -0.42, 0.22), (0.17, -0.40, 0.20),
            ] {
                crown = max(crown, r - length((local - Point(x, y)) * Point(1, 1.12)) + ragged * 0.8)
            }
            let trunk = 0.028 + 0.035 * smoothstep(-0.12, 0.02, local.y) - abs(local.x + 0.02 * leaves(local * 3))
            let stem = local.y > -0.5 && local.y < 0.0 ? trunk : -1
            let gaps =
                smoothstep(0.30, 0.46, leaves.fractal(local * 9 + 20, octaves: 3)) * smoothstep(0.20, 0.02, crown)
            return Color(
                smoothstep(-0.006, 0.006, max(crown - gaps * 0.2, stem)), leaves.fractal(local * 7, octaves: 4), 0)
        }
    }

    func color(at point: Point) -> Color {
        var light = point.y < Self.horizon ? self.air(point) : self.field(point)
        if point.y < Self.horizon {
            let warm = expCheap(-length(point - self.sun) * 3)
            light = mix(light, mix(rgb(0x9B84B0), rgb(0xFFB888), warm * 1.3), self.hills[0].covers(point))
            light = mix(light, mix(rgb(0x5E5480), rgb(0xD98A6A), warm * 1.1), self.hills[1].covers(point))
        }
        let tree = self.tree(point)
        if tree.x > 0 {
            let rim = smoothstep(0.05, -0.12, point.x - self.vanishing.x)
            light = mix(light, mix(rgb(0x1A1820), rgb(0x6A4A2E), rim * clamp(0.4 + tree.y * 1.4)), tree.x)
        }
        return light
    }

    private func field(_ point: Point) -> Color {
        let below = point.y - Self.horizon + 0.0035
        let away = 0.34 / below
        let x = (point.x - self.vanishing.x) / below * 0.34
        // The rows swell gently, as land does.
        let bend = 0.10 * sinf(away * 0.28) + 0.05 * self.plants(Point(away * 0.22, 5))
        let row = (x + bend) * 1.9
        let number = row.rounded()
        let across = abs(row - number) * 2
        let near = clamp(1.3 - away * 0.055)
        let bushes = self.plants.fractal(Point(row * 3.4, away * 2.4), octaves: 3)
        let stalks = near > 0 ? self.plants.fractal(Point(row * 34, away * 30), octaves: 4, gain: 0.7) * near : 0
        let dome = 1 - across * across * (1.16 + 0.7 * bushes)
        let plant = smoothstep(0.10, 0.34, dome + 0.30 * stalks)
        // The sun stands ahead at the left: the left flank of each row glows, the right one lies in shade.
        let flank = clamp(0.55 - (row - number) * 1.25 + 0.45 * bushes)
        let bloom = mix(rgb(0x4A2F86), rgb(0xA77BDC), clamp(0.42 + 0.55 * stalks + 0.4 * bushes))
        var light = bloom * (0.16 + 1.15 * flank) * (0.30 + 0.85 * dome)
        let tips = smoothstep(0.18, 0.6, stalks + 0.22 * bushes) * flank
        light += rgb(0xFFB38A) * (0.32 * tips)
        let soil =
            mix(rgb(0x2A2420), rgb(0x6A5038), clamp(0.4 + 0.8 * stalks)) * (0.55 + 0.5 * smoothstep(0.72, 1.0, across))
        light = mix(soil, light, plant)
        let glow = expCheap(-length((point - Point(self.sun.x, Self.horizon)) * Point(0.9, 2.2)) * 2.6)
        light += rgb(0xFFAA70) * (0.26 * glow)
        return mix(light, rgb(0xD9A0A8), (1 - expCheap(-away * 0.045)) * 0.85)
    }
}
