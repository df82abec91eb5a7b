import Foundation

/// Rolling farmland under summer clouds.
struct FieldsScene: Scene {
    private static let sun = normalize(SIMD3<Float>(0.62, 0.55, -0.25))
    private let sky = Gradient((0, 0x2F6FB8), (0.28, 0x6FA4D8), (0.46, 0xC4DDED))
    private let air: Field
    private let terrain: Terrain
    private let view: TerrainView
    private let soil = Noise(72)

    init(_ frame: Frame) {
        let shape = Noise(71), soil = self.soil
        let terrain = Terrain(size: 40, resolution: frame.detail(1300), sun: Self.sun) { place in
            let hills = 1.5 * shape.fractal(place * 0.085 + 4, octaves: 3)
            let plot = Self.plot(place, soil)
            let trees = plot.wood + smoothstep(0.085, 0.02, plot.toHedge) * smoothstep(0.0, 0.35, soil(place * 1.1))
            let crowns = 0.6 + 0.75 * soil.fractal(place * 7.5, octaves: 3)
            return hills + clamp(trees) * max(crowns, 0.1) * 0.125 * smoothstep(6, 11, place.y)
        }
        self.terrain = terrain
        let place = Point(20, 1)
        self.view = TerrainView(
            frame, terrain,
            .init(place: place, height: terrain.height(place) + 1.75, horizon: 0.44, zoom: 1.3, reach: 38))
        let (sky, clouds) = (self.sky, Noise(73))
        self.air = Field(frame, every: 3) { Self.skyColor($0, sky: sky, clouds: clouds) }
    }

    /// The field that a place belongs to, how far its hedge is, and whether it is wood.
    private static func plot(_ place: Point, _ noise: Noise) -> (
        number: Float, toHedge: Float, wood: Float, turn: Float
    ) {
        let bent = place + Point(noise(place * 0.22), noise(place * 0.22 + 9)) * 0.75
        let grid = bent / Point(2.1, 1.6)
        let x = Int(grid.x.rounded(.down)), y = Int(grid.y.rounded(.down))
        var nearest: Float = 9, second: Float = 9, number: Float = 0, turn: Float = 0
        for dy in -1...1 {
            for dx in -1...1 {
                let center = Point(
                    Float(x + dx) + 0.2 + 0.6 * noise.cell(x + dx, y + dy),
                    Float(y + dy) + 0.2 + 0.6 * noise.cell(x + dx + 77, y + dy))
                let offset = abs(grid.x - center.x) + abs(grid.y - center.y) * 1.2
                if offset < nearest {
                    (second, nearest) = (nearest, offset)
                    number = noise.cell(x + dx + 5, y + dy + 13)
                    turn = noise.cell(x + dx + 51, y + dy + 3)
                } else if offset < second {
                    second = offset
                }
            }
        }
        return (number, second - nearest, number > 0.90 ? smoothstep(0.05, 0.14, second - nearest) : 0, turn)
    }

    func color(at point: Point) -> Color {
        let air = self.air(point)
        guard let hit = self.view.hit(point) else { return air }
        let plot = Self.plot(hit.place, self.soil)
        let near = clamp(1.25 - hit.distance * 0.10)
        let normal = self.terrain.normal(hit.place)
        let fine = self.soil.fractal(hit.place * 9, octaves: 3)
        // Tracks of the machines, in the field's own direction.
        let angle = plot.turn * 3.1
        let row = (hit.place.x * cosf(angle) + hit.place.y * sinf(angle)) * 26
        let furrows = near > 0 ? sinf(row) * near * 0.10 : 0
        let crops: [UInt32] = [0x5E7F30, 0x7C9442, 0xC9B04C, 0x48702F, 0x9C8350, 0x8FA64C, 0xD8BC34, 0x54782F]
        var ground =
            rgb(crops[min(Int(plot.number * 8.8), 7)])
            * (1 + 0.28 * fine + furrows + 0.30 * near * self.soil.fractal(hit.place * Point(48, 60), octaves: 2))
        let thicket = smoothstep(0.0, 0.35, self.soil(hit.place * 1.1)) * smoothstep(6, 11, hit.place.y)
        let hedge = max(
            plot.wood, smoothstep(0.085, 0.02, plot.toHedge) * max(thicket, 0.0),
            smoothstep(0.035, 0.01, plot.toHedge) * 0.75)
        ground = mix(ground, rgb(0x2C4A1E) * (1 + 0.7 * self.soil.fractal(hit.place * 18, octaves: 3)), hedge)
        let sunlight = clamp(dot(normal, Self.sun)) * smoothstep(0, 0.8, self.terrain.light(hit.place))
        // Shadows of clouds wander over the land.
        let shadow = smoothstep(-0.12, 0.22, self.soil.fractal(hit.place * Point(0.13, 0.17) + 70, octaves: 3) + 0.10)
        var light = ground * (Color(1.75, 1.55, 1.15) * (sunlight * (0.30 + 0.70 * shadow)) + rgb(0x8FB4DE) * 0.30)
        light = mix(light, rgb(0xB9D3E6), 1 - expCheap(-hit.distance * 0.017))
        return mix(air, light, self.view.covers(point))
    }

    private static func skyColor(_ point: Point, sky: Gradient, clouds: Noise) -> Color {
        let blue = sky(point.y)
        let far = clamp(point.y / 0.46)
        // Heaps with flat bases, smaller and closer towards the horizon.
        let scale = 1.35 + 3.2 * far * far
        let place = Point((point.x - 0.75) * scale, point.y * scale * 1.9)
        let shape = clouds.fractal(place, octaves: 7, gain: 0.52) + 0.10 * clouds(place * 0.35 + 7)
        let cover = smoothstep(0.06, 0.24, shape)
        let thick = clouds.fractal(place + Point(0.10, -0.16), octaves: 5)
        let lit = clamp(0.60 + 2.4 * (shape - thick))
        let cloud = mix(rgb(0x8FA3BE), Color(1.10, 1.08, 1.05), lit)
        return mix(mix(blue, cloud, cover * 0.95), rgb(0xD5E6F0), smoothstep(0.72, 1.0, far) * 0.7)
    }
}
