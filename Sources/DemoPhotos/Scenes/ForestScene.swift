import Foundation

/// Firs on a slope in morning fog, row behind row.
struct ForestScene: Scene {
    private struct Row: Sendable {
        let trees: Conifers
        let ground: Skyline
        let tone: Color
        let fog: Color
    }

    private let rows: [Row]
    private let fog: Field
    private let rays: Field
    private let aspect: Float

    init(_ frame: Frame) {
        self.aspect = frame.aspect
        let (fog, slope, sun) = (Noise(41), Noise(42), Point(frame.aspect * 0.76, 0.10))
        self.fog = Field(frame, every: 5) { point in
            let place = Point(point.x * 2.4, point.y * 5.5)
            return Color(
                fog.fractal(place, octaves: 4), fog.fractal(place + 20, octaves: 4), fog.fractal(place + 40, octaves: 4)
            )
        }
        self.rays = Field(frame, every: 4) { point in
            Color(fog.fractal(Point(atan2f(point.y - sun.y + 0.25, point.x - sun.x) * 7, 3), octaves: 3), 0, 0)
        }
        let near = rgb(0x0B1512), far = rgb(0xA9B9BE), air = rgb(0xD5DDDC)
        self.rows = (0..<8).map { index in
            let depth = Float(index) / 7
            let base = 0.34 + 0.74 * powf(depth, 1.15)
            let ground = Skyline(frame) { x in
                base + (0.10 - 0.05 * depth) * (0.5 - x / frame.aspect) * (index % 2 == 0 ? 1 : -0.8)
                    + 0.035 * slope.fractal(Point(x * 3.2, Float(index) * 9), octaves: 3)
            }
            let size = 0.06 + 0.34 * powf(depth, 1.4)
            return Row(
                trees: Conifers(
                    frame, seed: UInt64(400 + index), count: Int(60 - 44 * depth), height: size * 0.55...size * 1.25
                ) { ground.edge($0) + 0.02 },
                ground: ground, tone: mix(far, near, powf(depth, 0.72)), fog: mix(air, rgb(0x7F958F), depth * 0.75))
        }
    }

    func color(at point: Point) -> Color {
        let sun = Point(self.aspect * 0.76, 0.10)
        let distance = length((point - sun) * Point(1, 0.8))
        let warm = expCheap(-distance * 2.1)
        var light = mix(rgb(0xB9C7CC), rgb(0xFFF1D6), warm * 1.2) * (0.80 + 0.35 * warm)
        let drifts = self.fog(point)
        for (index, row) in self.rows.enumerated() {
            let depth = Float(index) / 7
            let ground = row.ground.edge(point.x)
            guard point.y > ground - 0.5 else { continue }
            let earth = row.ground.covers(point)
            let covered = earth >= 1 ? 1 : max(earth, row.trees.covers(point))
            let drift = drifts[index % 3]
            if covered > 0 {
                let rising = smoothstep(-0.20, 0.06, point.y - ground + 0.10 * drift) * (0.92 - 0.42 * depth)
                var tone = mix(row.tone, row.fog, rising)
                tone = mix(tone, rgb(0xFFE7C2), warm * (1 - depth) * 0.65)
                light = mix(light, tone, covered)
            }
            // Fog between this row and the next.
            let bank = smoothstep(-0.10, 0.05, point.y - ground) * smoothstep(0.24, 0.02, point.y - ground)
            light = mix(light, row.fog * (1 + 0.25 * warm), bank * clamp(0.42 + 0.65 * drift) * (0.85 - 0.45 * depth))
        }
        return light + rgb(0xFFE2B0) * (0.16 * clamp(self.rays(point).x + 0.15) * warm)
    }
}
