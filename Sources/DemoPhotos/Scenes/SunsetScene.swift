import Foundation

/// Ridge behind ridge in evening haze, the sun about to go.
struct SunsetScene: Scene {
    private let sky = Gradient((0, 0x2C3B66), (0.22, 0x6A5B86), (0.40, 0xD9826B), (0.53, 0xFFC98A), (0.7, 0xFFDDA8))
    private let haze = Gradient((0, 0xF6B482), (0.35, 0xB5758A), (0.7, 0x4B4A73), (1, 0x0E1226))
    private let air: Field
    private let drifts: Field
    private let ridges: [Skyline]
    private let pines: Conifers
    private let sun: Point

    init(_ frame: Frame) {
        self.sun = Point(frame.aspect * 0.64, 0.485)
        let (clouds, mist, sky, sun) = (Noise(11), Noise(12), self.sky, self.sun)
        self.air = Field(frame, every: 3) { Self.skyColor($0, sky: sky, clouds: clouds, sun: sun) }
        self.drifts = Field(frame, every: 6) { point in
            Color(
                mist.fractal(Point(point.x * 3, point.y * 9), octaves: 3),
                mist.fractal(Point(point.x * 3 + 50, point.y * 9), octaves: 3), 0)
        }
        let rock = Noise(13)
        self.ridges = (0..<7).map { layer in
            let depth = Float(layer) / 6
            let base = 0.535 + 0.36 * powf(depth, 1.25)
            let frequency = 4.6 - 2.9 * depth
            return Skyline(frame) { x in
                let place = Point(x * frequency + Float(layer) * 31.7, Float(layer) * 7.3)
                return base - (0.035 + 0.09 * depth) * (rock.ridged(place, octaves: 6) * 1.9 - 0.55)
                    - 0.02 * rock.fractal(place * 0.6, octaves: 2)
            }
        }
        let last = self.ridges[6]
        self.pines = Conifers(frame, seed: 5, count: 150, height: 0.03...0.14) { last.edge($0) + 0.02 }
    }

    func color(at point: Point) -> Color {
        var light = self.air(point)
        light = mix(light, Color(1.9, 1.55, 1.05), smoothstep(0.037, 0.0355, length(point - self.sun)))
        let drifts = point.y > 0.4 ? self.drifts(point) : Color()
        let towardsSun = expCheap(-length((point - self.sun) * Point(1.1, 1.6)) * 2.2)
        for (layer, ridge) in self.ridges.enumerated() {
            let covered = ridge.covers(point)
            guard covered > 0 else { continue }
            let depth = Float(layer) / 6
            let below = point.y - ridge.edge(point.x)
            // Haze gathers in the valleys and takes the sun's colour.
            let drift = layer % 2 == 0 ? drifts.x : drifts.y
            let fog = smoothstep(0, 0.20, below + 0.03 * drift) * (0.72 - 0.70 * depth)
            let mistColor = mix(self.haze(max(depth - 0.3, 0)), rgb(0xFFC489), towardsSun * 1.3)
            var rock = mix(self.haze(depth), mistColor, fog)
            rock += rgb(0xFF9C5A) * (towardsSun * 0.22 * (1 - depth))
            light = mix(light, rock, covered)
        }
        return mix(light, rgb(0x0A0D1B), self.pines.covers(point))
    }

    private static func skyColor(_ point: Point, sky: Gradient, clouds: Noise, sun: Point) -> Color {
        var light = sky(point.y)
        let offset = point - sun
        let distance = length(offset)
        light += rgb(0xFFB060) * (0.55 * expCheap(-distance * 5))
        let streaks = clouds.fractal(Point(point.x * 1.5 + point.y * 0.6, point.y * 8.5), octaves: 6)
        let bank = smoothstep(0.02, 0.42, streaks + 0.10 - abs(point.y - 0.27) * 0.9)
        let lit = expCheap(-length(offset * Point(0.9, 1.4)) * 1.7)
        let cloud = mix(rgb(0x75608A), rgb(0xFFB27C), lit * 1.7) + rgb(0xFF7E50) * (lit * 0.35)
        return mix(light, cloud, bank * 0.82)
    }
}
