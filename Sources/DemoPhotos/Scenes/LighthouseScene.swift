import Foundation

/// A lighthouse at dusk, its beams in the haze.
struct LighthouseScene: Scene {
    private let sky = Gradient((0, 0x16254F), (0.25, 0x3B4C85), (0.45, 0x96709A), (0.60, 0xE8957E), (0.70, 0xFFC48A))
    private static let horizon: Float = 0.70
    private let air: Field
    private let stars: Stars
    private let rock: Skyline
    private let far: Skyline
    private let stone = Noise(132)
    private let waves = Noise(133)
    private let haze = Noise(134)
    private let lamp: Point
    private let axis: Float
    private let pixel: Float

    init(_ frame: Frame) {
        self.pixel = frame.pixel
        self.axis = frame.aspect * 0.62
        self.lamp = Point(self.axis, 0.262)
        self.stars = Stars(frame, seed: 135)
        let (sky, clouds) = (self.sky, Noise(131))
        self.air = Field(frame, every: 3) { point in
            let streaks = clouds.fractal(Point(point.x * 1.7 + point.y * 0.8, point.y * 6.5), octaves: 6)
            let bank = smoothstep(0.0, 0.42, streaks) * smoothstep(0.05, 0.25, point.y)
            let cloud = mix(rgb(0x3A3F70), rgb(0xFF9C7E), smoothstep(0.28, 0.62, point.y))
            return mix(sky(point.y), cloud, bank * 0.72)
        }
        let cliff = Noise(136)
        let (axis, aspect) = (self.axis, frame.aspect)
        self.rock = Skyline(frame) { x in
            let plateau = smoothstep(axis - 0.40, axis - 0.10, x)
            let broken = cliff.ridged(Point(x * 5, 1), octaves: 6) - 0.4
            return 0.885 - 0.215 * plateau + 0.05 * broken * (1.1 - plateau) - 0.012
                * cliff.fractal(Point(x * 22, 4), octaves: 3)
        }
        self.far = Skyline(frame) { x in
            Self.horizon + 0.002 - 0.035 * smoothstep(0.34 * aspect, 0.02, x)
                * (0.7 + 0.6 * cliff.fractal(Point(x * 6, 9), octaves: 4))
        }
    }

    func color(at point: Point) -> Color {
        var light: Color
        if point.y < Self.horizon {
            light = self.air(point)
            light += self.stars.color(at: point, density: 0.12) * smoothstep(0.38, 0.08, point.y)
        } else {
            light = self.sea(point)
        }
        if point.y < Self.horizon + 0.01 { light = mix(light, rgb(0x5E4D74), self.far.covers(point)) }
        light += self.beams(point)
        let ground = self.rock.covers(point)
        if ground > 0 { light = mix(light, self.cliff(point), ground) }
        return self.tower(point, over: light)
    }

    private func beams(_ point: Point) -> Color {
        let offset = point - self.lamp
        let distance = length(offset)
        var glow = 0.9 * expCheap(-distance * 42) + 0.30 * expCheap(-distance * 9)
        for (direction, strength) in [(Point(-0.982, -0.19), Float(1)), (Point(0.982, 0.19), 0.55)] {
            let along = (offset * direction).sum()
            guard along > 0 else { continue }
            let across = abs(offset.x * direction.y - offset.y * direction.x)
            let width = 0.007 + along * 0.075
            let drift = 0.75 + 0.5 * self.haze(point * Point(4, 9))
            glow += strength * drift * expCheap(-powf(across / width, 2) * 1.4) * (0.62 * expCheap(-along * 1.7))
        }
        return rgb(0xFFE9B8) * glow
    }

    private func sea(_ point: Point) -> Color {
        let below = point.y - Self.horizon
        let away = 1 / (below + 0.006)
        let place = Point(point.x * away * 1.5, away * 3.4)
        let fade = clamp(1.2 - away * 0.012)
        let swell = self.waves.fractal(place * Point(0.11, 0.26), octaves: 3)
        let chop = self.waves.fractal(place * Point(0.6, 1.0) + 30, octaves: 4, gain: 0.6) * fade
        let slope = 0.7 * swell + 0.6 * chop
        let mirrored = self.air(
            Point(point.x + chop * 0.03, clamp(Self.horizon - below * 1.4 - 0.02 + slope * 0.10, 0.02, Self.horizon)))
        var light = mix(mirrored, rgb(0x1B2C4C), 0.28 + 0.42 * smoothstep(0, 0.24, below)) * (0.82 + 0.40 * slope)
        // Surf along the rocks.
        let toShore = self.rock.edge(point.x) - point.y
        let foam =
            smoothstep(0.035, 0.0, toShore + 0.020 * chop)
            * smoothstep(-0.15, 0.35, self.waves.fractal(place * 1.6, octaves: 4))
        light = mix(light, rgb(0xD9CFDF), foam * 0.75)
        return light
    }

    private func cliff(_ point: Point) -> Color {
        let below = point.y - self.rock.edge(point.x)
        /// How far the rock stands out: blocks split by cracks that lean.
        func relief(_ place: Point) -> Float {
            let bent = place + Point(0.03, 0.02) * self.stone(place * 7)
            let blocks = self.stone.ridged(Point(bent.x * 8 + bent.y * 4, bent.y * 5 - bent.x * 2), octaves: 6)
            return blocks + 0.25 * self.stone.fractal(place * 34, octaves: 3)
        }
        let here = relief(point)
        let facing = (here - relief(point + Point(-0.0045, -0.0035))) * 2.6
        let fine = self.stone.fractal(point * 110, octaves: 2)
        let lit = clamp(0.30 + facing + 0.10 * fine)
        var light = mix(rgb(0x0D0D17), rgb(0x7A5E62), lit) * (0.55 + 0.55 * clamp(here))
        // The sunset reaches the rims that look towards it.
        light += rgb(0xE08A6C) * (0.30 * clamp(facing) * smoothstep(self.axis + 0.30, self.axis - 0.45, point.x))
        let grass =
            smoothstep(0.020 + 0.012 * fine, 0.004, below) * smoothstep(self.axis - 0.26, self.axis - 0.08, point.x)
        light = mix(light, rgb(0x2A3126) * (0.9 + 0.8 * fine), grass)
        return light * (1 - 0.45 * smoothstep(0.08, 0.32, below))
    }

    private func tower(_ point: Point, over light: Color) -> Color {
        let top: Float = 0.300, foot = self.rock.edge(self.axis) + 0.012
        let across = point.x - self.axis
        func inside(_ halfWidth: Float) -> Float { clamp((halfWidth - abs(across)) / self.pixel + 0.5) }
        /// A round wall: lit by the sunset on its left.
        func round(_ color: Color, _ halfWidth: Float) -> Color {
            let side = clamp(across / halfWidth, -1, 1)
            let facing = clamp(0.52 - 0.55 * side) * sqrtf(max(1 - side * side, 0)) + 0.16
            return color * (rgb(0xFFC9A8) * (0.95 * facing) + rgb(0x5A6CA8) * 0.20)
        }
        var result = light
        if point.y >= top, point.y <= foot {
            let t = (point.y - top) / (foot - top)
            let halfWidth = 0.026 + 0.021 * t
            let band = Int(t * 5) % 2 == 0
            let weather = 1 + 0.10 * self.stone.fractal(Point(across * 70, point.y * 24), octaves: 3)
            var wall = round(band ? Color(0.92, 0.90, 0.88) : rgb(0xC0392F), halfWidth) * weather
            for window in [Float(0.18), 0.50, 0.80] {
                let local = Point(across + 0.004, point.y - top - window * (foot - top))
                if abs(local.x) < 0.0042 && abs(local.y) < 0.0095 { wall = rgb(0xFFC25E) * (window > 0.7 ? 0.10 : 0.9) }
            }
            result = mix(result, wall, inside(halfWidth))
        }
        // The gallery and its rail.
        if point.y >= top - 0.006, point.y < top + 0.004 {
            result = mix(result, round(rgb(0x3A3944), 0.037), inside(0.037))
        }
        if point.y >= top - 0.022, point.y < top - 0.006, abs(across) < 0.036 {
            let post = abs(fraction(across * 160) - 0.5) < 0.10 || point.y < top - 0.0195
            if post { result = mix(result, rgb(0x17161F), 0.85) }
        }
        // The lantern, its panes and its cap.
        if point.y >= 0.243, point.y < top - 0.006 {
            let pane = abs(fraction(across / 0.0118 + 0.5) - 0.5) < 0.42 && fraction((point.y - 0.243) / 0.0257) > 0.05
            let bulb = expCheap(-length((point - self.lamp) * Point(1, 0.8)) * 60)
            let glass = rgb(0xFFD48A) * (0.55 + 2.6 * bulb)
            result = mix(result, pane ? glass : rgb(0x1B1A22), inside(0.0195))
        }
        if point.y >= 0.214, point.y < 0.243 {
            let t = (point.y - 0.214) / 0.029
            result = mix(result, round(rgb(0xA83228), 0.025), inside(0.0255 * sqrtf(t)))
        }
        if point.y >= 0.196, point.y < 0.216, abs(across) < 0.0012 { result = rgb(0x1B1A22) }
        return result
    }
}
