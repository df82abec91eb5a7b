/// The Milky Way over a dark ridge, a lit tent below it.
struct MilkyWayScene: Scene {
    private let sky = Gradient((0, 0x060B1A), (0.45, 0x0B1730), (0.72, 0x1B2E4C), (0.86, 0x3A4257))
    private let stars: Stars
    private let air: Field
    private let dust: Field
    private let glow = Noise(22)
    private let ridges: [Skyline]
    private let pines: Conifers
    private let aspect: Float
    private let pixel: Float

    init(_ frame: Frame) {
        self.aspect = frame.aspect
        self.pixel = frame.pixel
        self.stars = Stars(frame, seed: 23)
        let (dust, glow, sky, aspect) = (Noise(21), Noise(22), self.sky, frame.aspect)
        self.dust = Field(frame, every: 3) { Self.dust($0, dust: dust, glow: glow, aspect: aspect) }
        self.air = Field(frame, every: 8) { point in
            var light = sky(point.y)
            let nebula = smoothstep(
                0.35, 0.7, dust.fractal((point - Point(aspect * 0.5, 0.42)) * 7 + 40, octaves: 3) + 0.3)
            let wide = Self.band(point, glow: glow, aspect: aspect).wide
            light += rgb(0xB24A6A) * (0.16 * wide * nebula)
            return light + rgb(0x2F6A5C) * (0.10 * smoothstep(0.45, 0.85, point.y) * (1 + glow(point * Point(2, 5))))
        }
        let rock = Noise(24)
        self.ridges = [
            Skyline(frame) { 0.80 - 0.10 * (rock.ridged(Point($0 * 3.2, 3), octaves: 6) - 0.35) },
            Skyline(frame) { 0.885 + 0.03 * rock.fractal(Point($0 * 3, 9), octaves: 4) },
        ]
        let front = self.ridges[1]
        self.pines = Conifers(frame, seed: 25, count: 46, height: 0.05...0.21) { x in
            let clearing = expCheap(-(x / aspect - 0.40) * (x / aspect - 0.40) * 55)
            return front.edge(x) + 0.03 + 0.30 * clearing
        }
    }

    func color(at point: Point) -> Color {
        var light = point.y < 0.87 ? self.skyColor(point) : Color()
        light = mix(light, rgb(0x131C2E), self.ridges[0].covers(point))
        let front = self.ridges[1].covers(point)
        if front > 0 {
            let grass = self.glow.fractal(point * Point(70, 120), octaves: 3)
            let tentLight = expCheap(-length((point - Point(self.aspect * 0.40, 0.935)) * Point(1, 1.8)) * 15)
            light = mix(
                light, rgb(0x0A0F16) * (1 + 0.5 * grass) + rgb(0xE08A3C) * (tentLight * (0.22 + 0.2 * grass)), front)
        }
        light = mix(light, rgb(0x04070D), self.pines.covers(point))
        return self.tent(point, over: light)
    }

    /// Where a point lies along and across the Milky Way, and how bright its middle and its width are there.
    private static func band(
        _ point: Point, glow: Noise, aspect: Float
    ) -> (along: Float, across: Float, wide: Float, narrow: Float) {
        let centered = point - Point(aspect * 0.5, 0.42)
        let along = centered.x * 0.44 - centered.y * 0.90
        let across = centered.x * 0.90 + centered.y * 0.44 + 0.05 * glow(Point(along * 2.1, 4))
        return (along, across, expCheap(-across * across / 0.030), expCheap(-across * across / 0.0075))
    }

    /// Brightness, warmth and darkness of the Milky Way.
    private static func dust(_ point: Point, dust: Noise, glow: Noise, aspect: Float) -> Color {
        let band = Self.band(point, glow: glow, aspect: aspect)
        guard band.wide > 0.002 else { return Color() }
        let billows = glow.fractal(Point(band.along * 3.2, band.across * 4.4), octaves: 6)
        let veins = dust.fractal(
            Point(band.along * 4.5 + billows * 0.8, band.across * 9.5), octaves: 6, gain: 0.58)
        let lane = smoothstep(-0.02, 0.34, veins + band.narrow * 0.20 - abs(band.across - 0.012) * 1.1)
        let core = band.wide * (0.75 + 0.8 * billows) * (0.75 + 0.5 * smoothstep(0.5, -0.4, band.along))
        return Color(max(core, 0), band.narrow * max(0.6 + billows, 0), lane * band.wide)
    }

    private func skyColor(_ point: Point) -> Color {
        let dust = self.dust(point)
        let (core, warm, lane) = (dust.x, dust.y, dust.z)
        var light = self.air(point)
        light += (rgb(0x5C6C99) * (0.42 * core) + rgb(0xE3B48C) * (0.50 * warm)) * (1 - 0.86 * lane)
        let density = clamp(core * 1.1 * (1 - 0.7 * lane) + 0.12)
        let extinction = smoothstep(0.86, 0.62, point.y) * (1 - 0.6 * lane)
        return light + self.stars.color(at: point, density: density) * extinction
    }

    private func tent(_ point: Point, over light: Color) -> Color {
        let local = (point - Point(self.aspect * 0.40, 0.945)) / 0.042
        let height = -local.y
        guard height > -0.25, height < 1, abs(local.x) < 1.7 else { return light }
        // A ridge tent seen a little from the side: the open end, and one slope.
        let end =
            clamp((0.86 - height * 0.86 - abs(local.x + 0.45)) * 0.042 / self.pixel + 0.5) * (height > -0.12 ? 1 : 0)
        let slopeEdge = 1.45 - height * 0.95
        let slope =
            local.x > -0.45 && height < 0.93 && height > -0.12
            ? clamp((slopeEdge - local.x) * 0.042 / self.pixel + 0.5) : 0
        let lamp = expCheap(-length(local - Point(-0.35, -0.25)) * 1.1)
        var result = mix(light, rgb(0x9A4A1C) * (0.35 + 0.9 * lamp), slope)
        result = mix(result, rgb(0xFFB45C) * (0.5 + 1.1 * lamp), end)
        let pole = abs(local.x + 0.45) < 0.02 && height < 0.97 ? end : 0
        return mix(result, rgb(0x5A2A10), pole)
    }
}
