/// Colour fields that flow into each other like ink in water.
struct InkScene: Scene {
    private let flow: Field
    private let fine = Noise(112)
    private let palette = Gradient(
        (0, 0x0B1F33), (0.22, 0x12546A), (0.40, 0x3FA39A), (0.52, 0xF2E3C4), (0.63, 0xF0A63C), (0.78, 0xC8452E),
        (1, 0x3A0F26))

    init(_ frame: Frame) {
        let noise = Noise(111)
        self.flow = Field(frame, every: 2) { point in
            let place = point * 1.15 + Point(3.1, 0.7)
            let first = Point(noise.fractal(place, octaves: 4), noise.fractal(place + Point(5.2, 1.3), octaves: 4))
            let moved = place + first * 1.9
            let second = Point(
                noise.fractal(moved + Point(1.7, 9.2), octaves: 5), noise.fractal(moved + Point(8.3, 2.8), octaves: 5))
            return Color(noise.fractal(place + second * 2.3, octaves: 6), (second * second).sum().squareRoot(), first.y)
        }
    }

    func color(at point: Point) -> Color {
        let flow = self.flow(point)
        let value = clamp(0.47 + 0.62 * flow.x + 0.25 * flow.z)
        var light = self.palette(value)
        light *= 0.55 + 0.95 * clamp(flow.y * 1.2)
        // Where the colours meet, pigment gathers in threads.
        let thread = abs(fraction(value * 9) - 0.5) * 2
        light *= 0.90 + 0.14 * smoothstep(0.0, 0.5, thread)
        let right = self.flow(point + Point(0.0025, 0)), lower = self.flow(point + Point(0, 0.0025))
        let relief = (flow.x - right.x) * 9 + (flow.x - lower.x) * 9
        light += Color(1, 0.95, 0.85) * (0.55 * clamp(relief, -0.12, 0.30))
        let paper = self.fine.fractal(point * 320, octaves: 2)
        return light * (1 + 0.035 * paper)
    }
}
