import Foundation

/// Snow peaks in the first light, above a sea of cloud.
struct PeaksScene: Scene {
    private static let sun = normalize(SIMD3<Float>(-0.80, 0.34, -0.18))
    private let sky = Gradient((0, 0x274A86), (0.22, 0x6C86B8), (0.38, 0xD9A7A6), (0.48, 0xF5C9A0))
    private let air: Field
    private let terrain: Terrain
    private let view: TerrainView
    private let detail = Noise(62)
    private let cloud = Noise(63)

    init(_ frame: Frame) {
        let shape = Noise(61)
        let terrain = Terrain(size: 40, resolution: frame.detail(1200), sun: Self.sun) { place in
            let warp = Point(shape(place * 0.22), shape(place * 0.22 + 50)) * 0.9
            let crest = shape.ridged((place + warp) * 0.17 + Point(3.3, 1.2), octaves: 9)
            let range = expCheap(-(place.y - 17) * (place.y - 17) * 0.020)
            let massif = expCheap(
                -((place.x - 22.5) * (place.x - 22.5) * 0.030 + (place.y - 16) * (place.y - 16) * 0.06))
            return (crest * 3.9 - 0.8) * (0.30 + 0.75 * range) + 2.6 * massif * (0.5 + crest)
        }
        self.terrain = terrain
        self.view = TerrainView(
            frame, terrain, .init(place: Point(20, 0.5), height: 2.5, horizon: 0.50, zoom: 1.28, reach: 39))
        let (sky, clouds) = (self.sky, Noise(64))
        self.air = Field(frame, every: 4) { point in
            let streaks = clouds.fractal(Point(point.x * 1.6 - point.y * 1.2, point.y * 9), octaves: 6)
            let high = smoothstep(0.02, 0.5, streaks) * smoothstep(0.55, 0.15, point.y)
            return mix(sky(point.y), mix(rgb(0xFFD3B8), rgb(0xF2DCE6), point.y < 0.2 ? 1 : 0.3), high * 0.55)
        }
    }

    func color(at point: Point) -> Color {
        let air = self.air(point)
        guard let hit = self.view.hit(point) else { return self.sea(point, over: air, depth: 40) }
        let height = self.terrain.height(hit.place)
        let fine = self.detail.fractal(hit.place * 5.5, octaves: 4, gain: 0.6)
        let slope = SIMD3<Float>(self.detail(hit.place * 7 + 9), 0, self.detail(hit.place * 7 + 31)) * 0.20
        let normal = normalize(self.terrain.normal(hit.place) + slope)
        let sunlight = clamp(dot(normal, Self.sun) * 1.25) * smoothstep(0.1, 0.9, self.terrain.light(hit.place))
        let snow = smoothstep(0.50, 0.68, normal.y + 0.22 * fine + 0.05 * (height - 1.5))
        let rock = mix(rgb(0x4A4450), rgb(0x77695F), clamp(0.5 + fine)) * (0.8 + 0.5 * fine)
        let ground = mix(rock, Color(0.90, 0.91, 0.95), snow)
        let glow = mix(rgb(0xFFB07A), rgb(0xFFDDB4), clamp((height - 1) * 0.22))
        var light = ground * (glow * (1.9 * sunlight) + rgb(0x6F8FCB) * (0.30 + 0.26 * normal.y))
        light = mix(light, rgb(0xC3B2C6), 1 - expCheap(-hit.distance * 0.019))
        light = mix(air, light, self.view.covers(point))
        return self.sea(point, over: light, depth: hit.distance)
    }

    /// Cloud fills the valleys up to one level; whatever lies behind and below it is hidden.
    private func sea(_ point: Point, over light: Color, depth: Float) -> Color {
        let below = point.y - 0.5
        guard below > 0.012 else { return light }
        let distance = 2.0 * 1.28 / below
        let place = Point(20 + (point.x - 1.2 / 1.6 - 0.0) / 1.28 * distance, distance)
        let billows = self.cloud.fractal(place * Point(0.42, 0.55), octaves: 5, gain: 0.52)
        let level = distance * (1 - 0.16 * billows)
        let hidden = smoothstep(-0.35, 1.3, depth - level + 0.9 * billows)
        let lit = clamp(
            0.5 + 1.1 * (billows - self.cloud.fractal(place * Point(0.42, 0.55) + Point(-0.16, -0.1), octaves: 3)))
        var white = mix(rgb(0x8492BC), rgb(0xFFE0C4), lit)
        white = mix(white, rgb(0xE9BFA9), 1 - expCheap(-distance * 0.02))
        return mix(light, white, hidden * smoothstep(0.012, 0.05, below))
    }
}
