import Foundation

/// Sand dunes with the sun low at the side.
struct DunesScene: Scene {
    private static let sun = normalize(SIMD3<Float>(-0.86, 0.30, 0.30))
    private let sky = Gradient((0, 0x4C7BA8), (0.25, 0x86A9C4), (0.40, 0xE6CDB0), (0.47, 0xF6D9AE))
    private let air: Field
    private let terrain: Terrain
    private let view: TerrainView
    private let grains = Noise(52)

    init(_ frame: Frame) {
        let shape = Noise(51)
        let terrain = Terrain(size: 44, resolution: frame.detail(1500), sun: Self.sun) { place in
            func dune(_ scale: Float, _ steepness: Float, _ number: Float) -> Float {
                let warp = shape.fractal(place * 0.16 / scale + number * 7, octaves: 3) * 1.25
                let along = fraction((place.x * 0.78 + place.y * 0.30) / (7.5 * scale) + warp + number)
                let profile =
                    along < steepness
                    ? powf(along / steepness, 1.6) * (1 - 0.12 * powf(along / steepness, 9))
                    : 0.88 * smoothstep(0, 1, (1 - along) / (1 - steepness))
                return profile * clamp(0.62 + 0.75 * shape(place * 0.11 / scale + number * 3))
            }
            return 2.15 * dune(1.35, 0.70, 0.2) + 0.62 * dune(0.45, 0.72, 0.6) + 0.30 * shape(place * 0.07)
        }
        self.terrain = terrain
        let place = Point(21.6, 1.5)
        self.view = TerrainView(
            frame, terrain,
            .init(place: place, height: terrain.height(place) + 1.25, horizon: 0.40, zoom: 1.05, reach: 40))
        let (sky, clouds) = (self.sky, Noise(53))
        self.air = Field(frame, every: 4) { point in
            let wisps = clouds.fractal(Point(point.x * 1.1 + point.y * 1.8, point.y * 6 - point.x * 0.7), octaves: 5)
            return mix(sky(point.y), rgb(0xFFF0DC), smoothstep(0.05, 0.55, wisps) * 0.42)
        }
    }

    func color(at point: Point) -> Color {
        let air = self.air(point)
        guard let hit = self.view.hit(point) else { return air }
        let near = clamp(1.2 - hit.distance * 0.13)
        var normal = self.terrain.normal(hit.place)
        if near > 0 {
            // Wind ripples run along the slope.
            let bend = self.grains.fractal(hit.place * 1.7, octaves: 2) * 2.4
            let wave = (hit.place.x * 46 + hit.place.y * 20 + bend * 3.2)
            let ripple =
                cosf(wave) * near * (0.20 + 0.12 * self.grains(hit.place * 0.9)) * smoothstep(0.55, 0.80, normal.y)
            normal = normalize(normal + SIMD3(ripple, 0, ripple * 0.45))
        }
        let sunlight = max(dot(normal, Self.sun), 0) * smoothstep(0, 0.9, self.terrain.light(hit.place))
        let grain = 1 + 0.05 * near * self.grains(hit.place * 190)
        let sand = mix(rgb(0xDB8F4E), rgb(0xE9A663), clamp(0.5 + self.grains(hit.place * 0.6))) * grain
        let shade = rgb(0x8088B4) * (0.22 + 0.24 * normal.y)
        var light = sand * (Color(1.62, 1.36, 1.05) * powf(sunlight, 0.9) * 1.12 + shade)
        light = mix(light, rgb(0xEBCBA6), 1 - expCheap(-hit.distance * 0.026))
        return mix(air, light, self.view.covers(point))
    }
}
