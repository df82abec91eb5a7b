/// Stars of all sizes, scattered; bright ones are rare.
struct Stars: Sendable {
    private let noise: Noise
    private let pixel: Float

    init(_ frame: Frame, seed: UInt32) {
        self.noise = Noise(seed)
        self.pixel = frame.pixel
    }

    /// - Parameter density: 0 through 1: how many of the faint ones show here.
    func color(at point: Point, density: Float) -> Color {
        var light = Color()
        for (layer, size) in [(0, Float(0.0052)), (1, 0.011), (2, 0.034)] {
            let place = point / size
            let x = Int(place.x.rounded(.down)), y = Int(place.y.rounded(.down))
            let chance = self.noise.cell(x &+ layer &* 1009, y)
            let share: Float = layer == 0 ? 0.10 + 0.62 * density : layer == 1 ? 0.16 + 0.40 * density : 0.42
            guard chance < share else { continue }
            let star = Point(
                Float(x) + 0.25 + 0.5 * self.noise.cell(x, y &+ 31 &* (layer + 1)),
                Float(y) + 0.25 + 0.5 * self.noise.cell(x &+ 57, y &+ 77 &* (layer + 1)))
            let distance = length((place - star) * size)
            let brightness = chance / share
            let power = (layer == 0 ? 0.22 : layer == 1 ? 0.55 : 2.4) * (0.15 + brightness * brightness * brightness)
            let radius = max(layer == 2 ? 0.00062 * (0.7 + brightness) : 0.00042, 0.6 * self.pixel)
            let spot = expCheap(-(distance * distance) / (radius * radius))
            let halo = layer == 2 ? 0.05 * expCheap(-distance / (radius * 3.2)) : 0
            let warmth = self.noise.cell(x &+ 3, y &+ 5)
            let tint =
                warmth < 0.6 ? Color(0.82, 0.90, 1.08) : warmth < 0.85 ? Color(1, 0.97, 0.92) : Color(1.1, 0.82, 0.6)
            light += tint * (power * (spot + halo))
        }
        return light
    }
}

/// e to the x for x at or below 0, near enough for light, and quick.
func expCheap(_ x: Float) -> Float {
    guard x > -12 else { return 0 }
    var value = 1 + x / 64
    for _ in 0..<6 { value *= value }
    return value
}
