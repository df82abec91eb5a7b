/// A mountain lake at dawn, without a breath of wind.
struct LakeScene: Scene {
    private static let sun = normalize(SIMD3<Float>(0.75, 0.42, -0.20))
    private static let shore: Float = 0.555
    private let sky = Gradient((0, 0x5E83B5), (0.20, 0x9DB3CF), (0.38, 0xF2D3BE), (0.5, 0xFBE3C4))
    private let air: Field
    private let terrain: Terrain
    private let view: TerrainView
    private let detail = Noise(82)
    private let ripples = Noise(83)
    private let woods: [Conifers]
    private let banks: [Skyline]
    private let middle: Float
    private let pixel: Float

    init(_ frame: Frame) {
        self.middle = frame.aspect / 2
        self.pixel = frame.pixel
        let shape = Noise(81)
        let terrain = Terrain(size: 30, resolution: frame.detail(1000), sun: Self.sun) { place in
            let warp = Point(shape(place * 0.3), shape(place * 0.3 + 40)) * 0.7
            let crest = shape.ridged((place + warp) * 0.20 + Point(7.1, 4.4), octaves: 9)
            let sides = smoothstep(1.2, 6.5, abs(place.x - 15.2))
            let back = smoothstep(8, 17, place.y)
            return (crest * 4.6 - 0.9) * (0.20 + 0.55 * sides + 0.65 * back) * smoothstep(4, 9, place.y)
        }
        self.terrain = terrain
        self.view = TerrainView(
            frame, terrain, .init(place: Point(15, 0.5), height: 0.34, horizon: 0.53, zoom: 1.45, reach: 29))
        let (sky, clouds) = (self.sky, Noise(84))
        self.air = Field(frame, every: 4) { point in
            let wisps = clouds.fractal(Point(point.x * 1.6 + point.y, point.y * 8), octaves: 6)
            return mix(sky(point.y), rgb(0xFFE9DC), smoothstep(0.0, 0.5, wisps) * 0.7)
        }
        let bank = Noise(85)
        let aspect = frame.aspect
        self.banks = [
            Skyline(frame) {
                Self.shore - 0.020 - 0.05 * powf2(abs($0 / aspect - 0.52) * 2) + 0.010
                    * bank.fractal(Point($0 * 6, 1), octaves: 4)
            },
            Skyline(frame) {
                Self.shore - 0.004 - 0.11 * powf2(clamp(0.42 - $0 / aspect) * 2.2) - 0.05
                    * powf2(clamp($0 / aspect - 0.72) * 3)
            },
        ]
        let banks = self.banks
        self.woods = [
            Conifers(frame, seed: 86, count: 240, height: 0.016...0.045) { banks[0].edge($0) + 0.008 },
            Conifers(frame, seed: 87, count: 110, height: 0.04...0.13) { x in
                banks[1].edge(x) + (x / aspect > 0.40 && x / aspect < 0.76 ? 0.4 : 0.006)
            },
        ]
    }

    func color(at point: Point) -> Color {
        let light = point.y < Self.shore ? self.land(point) : self.water(point)
        return self.jetty(point, over: light)
    }

    private func land(_ point: Point) -> Color {
        var light = self.air(point)
        if let hit = self.view.hit(point) {
            let height = self.terrain.height(hit.place)
            let fine = self.detail.fractal(hit.place * 6, octaves: 4, gain: 0.6)
            let normal = self.terrain.normal(hit.place)
            let sunlight = clamp(dot(normal, Self.sun) * 1.3) * smoothstep(0.1, 0.9, self.terrain.light(hit.place))
            let snow = smoothstep(0.58, 0.74, normal.y + 0.25 * fine) * smoothstep(1.3, 2.5, height + 0.6 * fine)
            let wood = smoothstep(1.5, 0.7, height + 0.5 * fine) * smoothstep(0.45, 0.62, normal.y)
            var ground = mix(rgb(0x6B625E), rgb(0x8C7B6C), clamp(0.5 + fine))
            ground = mix(ground, mix(rgb(0x2C3F30), rgb(0x6B5A2A), smoothstep(0.1, 0.5, fine)), wood)
            ground = mix(ground, Color(0.92, 0.93, 0.96), snow)
            var lit = ground * (rgb(0xFFC596) * (1.75 * sunlight) + rgb(0x7E97C8) * (0.28 + 0.22 * normal.y))
            lit = mix(lit, rgb(0xC9C3CE), 1 - expCheap(-hit.distance * 0.032))
            light = mix(light, lit, self.view.covers(point))
        }
        // Mist lies on the water, in front of the far shore.
        let far = max(self.banks[0].covers(point), self.woods[0].covers(point))
        light = mix(light, mix(rgb(0x5B6A72), rgb(0xA9998C), clamp((point.x - self.middle) * 1.5 + 0.4)), far)
        let mist = smoothstep(Self.shore - 0.10, Self.shore - 0.005, point.y)
        light = mix(
            light, rgb(0xF1DDCE),
            mist * clamp(0.50 + 0.6 * self.detail.fractal(Point(point.x * 3, point.y * 26), octaves: 3)))
        let near = max(self.banks[1].covers(point), self.woods[1].covers(point))
        return mix(light, rgb(0x1B2A26), near)
    }

    private func water(_ point: Point) -> Color {
        let below = point.y - Self.shore
        let away = 1 / (below + 0.01)
        let place = Point((point.x - self.middle) * away * 1.3, away * 3.2)
        let calm = self.ripples.fractal(place * Point(0.5, 0.9), octaves: 2) * clamp(1.2 - away * 0.03)
        let shift = Point(calm * 0.004, calm * 0.010) * (0.25 + below * 2)
        let mirrored = Point(point.x + shift.x, clamp(Self.shore - below * 1.08 + shift.y, 0.001, Self.shore - 0.001))
        let deep = smoothstep(0.0, 0.46, below)
        let reflection = self.land(mirrored) * (0.86 - 0.34 * deep)
        let bottom = mix(rgb(0x39505A), rgb(0x0E2027), deep)
        let line = expCheap(-below * below * 90_000)
        return mix(reflection, bottom, 0.10 + 0.42 * deep) + rgb(0xFFE6D0) * (0.16 * line)
    }

    /// A jetty leads into the picture.
    private func jetty(_ point: Point, over light: Color) -> Color {
        let top: Float = 0.735
        guard point.y > top - 0.03 else { return light }
        let below = max(point.y - Self.shore + 0.02, 0.01)
        let away = 1 / below
        let axis = self.middle + 0.02 + 0.16 * (below - 0.20)
        let across = (point.x - axis) / below
        let wide: Float = 0.46
        let side = clamp((wide - abs(across)) * below / self.pixel + 0.5)
        let end = clamp((point.y - top) / self.pixel + 0.5)
        let covered = side * end
        if covered <= 0 {
            // Posts stand in the water and stick out beside the end.
            for (x, foot) in [(Float(-0.46), top + 0.035), (0.46, top + 0.035)] {
                let postX = self.middle + 0.02 + 0.16 * (top - Self.shore - 0.18) + x * (top - Self.shore + 0.02)
                if abs(point.x - postX) < 0.007 && point.y > top - 0.028 && point.y < foot { return rgb(0x2A211C) }
            }
            return light
        }
        let boards = fraction(away * 9.5)
        let number = Int((away * 9.5).rounded(.down))
        let tone = 0.75 + 0.35 * self.detail.cell(number, 4)
        let grainLines = self.detail.fractal(Point(across * 5 + Float(number) * 3, away * 90), octaves: 3)
        let gap = smoothstep(0.0, 0.06, boards) * smoothstep(1.0, 0.94, boards)
        let wood = mix(rgb(0x5A4C44), rgb(0x8E7B6C), clamp(0.5 + 0.7 * grainLines)) * (tone * (0.35 + 0.65 * gap))
        let lit = wood * (0.75 + 0.5 * smoothstep(0.05, 0.4, below)) + rgb(0xFFC596) * (0.05 * gap)
        return mix(light, lit, covered)
    }
}

/// A square, for slopes that steepen.
private func powf2(_ value: Float) -> Float { value * value }
