/// Northern lights over a frozen lake.
struct AuroraScene: Scene {
    private static let shore: Float = 0.715
    private let sky = Gradient((0, 0x050B1C), (0.5, 0x0B1F38), (0.72, 0x1C4450))
    private let lights: Field
    private let stars: Stars
    private let ridges: [Skyline]
    private let pines: Conifers
    private let snow = Noise(102)
    private let ice = Noise(103)

    init(_ frame: Frame) {
        let noise = Noise(101)
        self.stars = Stars(frame, seed: 104)
        self.lights = Field(frame, every: 3) { point in
            var light = Color()
            for curtain in 0..<4 {
                let number = Float(curtain)
                let lean = point.x + (0.62 - point.y) * (0.20 - 0.11 * number)
                let fold = noise.fractal(Point(lean * 1.5 + number * 13, number * 5), octaves: 3)
                let hem = 0.585 - 0.085 * number + 0.11 * fold + 0.05 * (lean - 0.75)
                let up = hem - point.y
                guard up > -0.05 else { continue }
                let rays = noise.fractal(
                    Point(lean * 13 + fold * 7 + number * 31, point.y * 0.8), octaves: 4, gain: 0.6)
                let strength = clamp(0.50 + 1.0 * noise(Point(lean * 1.9 + number * 7, number * 3 + 1)))
                let tall = 0.12 + 0.16 * clamp(0.5 + rays)
                let glow = smoothstep(-0.028, 0.016, up) * expCheap(-max(up, 0) / tall) * clamp(0.55 + 0.95 * rays)
                let tint = mix(mix(rgb(0x3BF59A), rgb(0x2ED9B8), up * 4), rgb(0x8A4BD8), smoothstep(0.09, 0.36, up))
                light +=
                    (tint * 0.95 + rgb(0xE8FFD8) * (0.35 * expCheap(-abs(up) * 55)))
                    * (glow * strength * (1 - 0.13 * number))
                light += rgb(0x1E7F63) * (0.10 * strength * expCheap(-abs(up) * 6))
            }
            return light
        }
        let rock = Noise(105)
        self.ridges = [
            Skyline(frame) {
                Self.shore - 0.022 - 0.135 * max(rock.ridged(Point($0 * 2.4 + 0.4, 2), octaves: 7) - 0.22, 0)
            },
            Skyline(frame) { Self.shore - 0.004 - 0.02 * (0.5 + rock.fractal(Point($0 * 4, 8), octaves: 3)) },
        ]
        let front = self.ridges[1]
        let aspect = frame.aspect
        self.pines = Conifers(frame, seed: 106, count: 210, height: 0.02...0.11) { x in
            let edge = abs(x / aspect - 0.55)
            return front.edge(x) + 0.008 + (edge < 0.16 ? 0.06 : 0)
        }
    }

    func color(at point: Point) -> Color {
        guard point.y > Self.shore else { return self.land(point) }
        let below = point.y - Self.shore
        let away = 1 / (below + 0.015)
        let place = Point((point.x - 0.75) * away, away * 3)
        let wind = self.ice.fractal(place * Point(0.5, 0.9), octaves: 4)
        let rough = Point(0.004, 0.03) * wind * (0.4 + 2 * below)
        let mirrored = Point(point.x + rough.x, clamp(Self.shore - below * 1.5 + rough.y, 0.002, Self.shore - 0.002))
        let reflection = self.land(mirrored)
        // Snow blown over clear ice.
        let drift = smoothstep(
            -0.02, 0.30, self.ice.fractal(place * Point(0.22, 0.34) + 30, octaves: 5) + 0.55 * below - 0.05)
        let cracks = smoothstep(0.955, 0.99, 1 - abs(self.ice.fractal(place * Point(0.35, 0.5) + 80, octaves: 3)))
        var light = reflection * 0.62 + rgb(0x0A1A28) * 0.5
        light += rgb(0xA8D8D0) * (0.10 * cracks * (1 - drift))
        let above = self.lights(Point(point.x, 0.45)) * 0.35 + rgb(0x2A5560)
        return mix(light, above * (0.62 + 0.25 * wind), drift * 0.85)
    }

    private func land(_ point: Point) -> Color {
        var light = self.sky(point.y)
        let aurora = self.lights(point)
        let veil = clamp(1 - aurora.y * 0.8)
        light += self.stars.color(at: point, density: 0.22) * (veil * smoothstep(0.70, 0.45, point.y))
        light += aurora
        let far = self.ridges[0].covers(point)
        if far > 0 {
            let below = point.y - self.ridges[0].edge(point.x)
            let crags = self.snow.ridged(Point(point.x * 9 + below * 6, point.y * 15), octaves: 5)
            let lit = mix(rgb(0x122430), rgb(0x4C8583), smoothstep(0.22, 0.62, crags))
            light = mix(light, mix(lit, rgb(0x1A3A44), smoothstep(0, 0.13, below)), far)
        }
        let near = max(self.ridges[1].covers(point), self.pines.covers(point))
        return mix(light, rgb(0x050D14), near)
    }
}
