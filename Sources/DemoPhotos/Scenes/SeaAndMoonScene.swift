import Foundation

/// A full moon over the open sea, its light a path on the water.
struct SeaAndMoonScene: Scene {
    private let sky = Gradient((0, 0x070D1D), (0.35, 0x12233F), (0.56, 0x2F4F72))
    private let clouds: Field
    private let waves = Noise(32)
    private let maria = Noise(33)
    private let stars: Stars
    private let moon: Point
    private let horizon: Float = 0.56

    init(_ frame: Frame) {
        self.moon = Point(frame.aspect * 0.40, 0.25)
        self.stars = Stars(frame, seed: 34)
        let (noise, moon, horizon) = (Noise(31), self.moon, self.horizon)
        self.clouds = Field(frame, every: 3) { point in
            let offset = point - moon
            let far = min(point.y / horizon, 1)
            let place = Point(point.x * 2.1, point.y * (5 + 7 * far * far))
            let shape = noise.fractal(place, octaves: 6, gain: 0.52)
            // Thinner towards the moon: lit on that side.
            let towards = offset / (length(offset) + 0.15)
            let nearer = noise.fractal(place - towards * Point(0.13, 0.22), octaves: 3)
            return Color(
                smoothstep(0.03, 0.5, shape + 0.34 * smoothstep(0.35, 1, far) - 0.13),
                clamp(0.5 + 1.5 * (shape - nearer)), 0)
        }
    }

    func color(at point: Point) -> Color {
        point.y < self.horizon ? self.skyColor(point) : self.water(point)
    }

    private func skyColor(_ point: Point) -> Color {
        let offset = point - self.moon
        let distance = length(offset)
        var light = self.sky(point.y)
        light += rgb(0x9DB8DC) * (0.30 * expCheap(-distance * 4.6) + 0.35 * expCheap(-distance * 18))
        let far = point.y / self.horizon
        let clouds = self.clouds(point)
        let cover = clouds.x
        let rim = clouds.y * expCheap(-distance * 2.9)
        let cloud = mix(rgb(0x1A2B45), rgb(0x4A678D), far * 0.7) + rgb(0xDFE8F5) * (0.62 * rim)
        if cover < 0.9 {
            light +=
                self.stars.color(at: point, density: 0.05)
                * ((1 - cover) * smoothstep(0.10, 0.45, distance) * (1 - far * 0.8))
        }
        let disc = smoothstep(0.0485, 0.0470, distance)
        if disc > 0 {
            let local = offset / 0.048
            let seas = smoothstep(0.0, 0.55, self.maria.fractal(local * 1.5 + 5, octaves: 5) + 0.08)
            let limb = (1 - 0.35 * powf(clamp(distance / 0.048), 4))
            light = mix(light, mix(Color(1.25, 1.2, 1.08), Color(0.66, 0.66, 0.66), seas * 0.8) * limb, disc)
        }
        return mix(light, cloud, cover * (disc > 0 ? 0.35 : 0.88))
    }

    private func water(_ point: Point) -> Color {
        let below = point.y - self.horizon
        // The plane of the sea: x across, z away from the camera; waves finer than a pixel fade.
        let away = 1 / (below + 0.0011)
        let place = Point((point.x - self.moon.x) * away * 1.5, away * 4.2)
        let fine = clamp(1.15 - away * 0.022), finest = clamp(1.2 - away * 0.09)
        let swell = self.waves.fractal(place * Point(0.09, 0.16), octaves: 2)
        let chop = fine > 0 ? self.waves.fractal(place * Point(0.42, 0.62) + 40, octaves: 3, gain: 0.6) * fine : 0
        let ripple = finest > 0 ? self.waves.fractal(place * Point(2.1, 2.6) + 90, octaves: 2) * finest : 0
        let slope = 0.75 * swell + 0.70 * chop + 0.30 * ripple
        let side = 0.7 * chop + 0.5 * self.waves(place * Point(0.3, 0.5) + 200)
        let across = (point.x - self.moon.x) / (0.045 + 0.30 * below) + side * 1.15
        let path = expCheap(-across * across * 0.9)
        let facing = smoothstep(0.08, 0.60, slope + 0.34 * path - 0.05)
        let grazing = expCheap(-below * 7)
        var light = mix(rgb(0x0A1830), rgb(0x34577C), grazing * 0.85)
        light = light * (0.8 + 0.42 * slope) + rgb(0x223D5F) * (0.35 * smoothstep(0.1, 0.7, slope))
        light += Color(1.15, 1.12, 1.02) * (path * facing * (0.62 + 0.9 * expCheap(-below * 5)))
        light += rgb(0x9DB8DC) * (0.05 * path)
        // Dusk air between the last waves and the sky.
        return mix(light, self.sky(self.horizon), expCheap(-below * 90) * 0.75)
    }
}
