import Foundation

/// A dahlia from above: petals in the order in which plants set them, one golden angle apart.
struct DahliaScene: Scene {
    private struct Petal: Sendable {
        let number: Int
        let angle: Float
        let base: Float
        let length: Float
        let width: Float
    }

    private let petals: [Petal]
    private let sectors: [[Int32]]
    private let backdrop: Field
    private let veins = Noise(122)
    private let center: Point
    private let pixel: Float
    private static let sectorCount = 180

    init(_ frame: Frame) {
        let center = Point(frame.aspect * 0.50, 0.47)
        self.center = center
        self.pixel = frame.pixel
        var random = SeededRandom(121)
        let count = 240
        // Inner petals lie on outer ones, so they come first and the first hit is seen.
        let petals = (0..<count).map { number -> Petal in
            let outward = Float(number) / Float(count)
            let reach = 0.030 + 0.285 * powf(outward, 0.62)
            let length = 0.032 + 0.125 * powf(outward, 0.70)
            return Petal(
                number: number, angle: Float(number) * 2.399_963_2 + random.next(-0.05, 0.05),
                base: max(reach - length, 0), length: length * random.next(0.94, 1.06),
                width: (0.011 + 0.040 * powf(outward, 0.75)) * random.next(0.93, 1.07))
        }
        var sectors = [[Int32]](repeating: [], count: Self.sectorCount)
        for petal in petals {
            let spread = min(atan2f(petal.width * 1.1, max(petal.base + petal.length * 0.25, 0.004)) + 0.06, .pi)
            for step in 0..<Self.sectorCount {
                let middle = (Float(step) + 0.5) / Float(Self.sectorCount) * 2 * .pi
                var turn = fmodf(middle - petal.angle, 2 * .pi)
                if turn > .pi { turn -= 2 * .pi }
                if turn < -.pi { turn += 2 * .pi }
                if abs(turn) < spread || petal.base < 0.012 { sectors[step].append(Int32(petal.number)) }
            }
        }
        self.petals = petals
        self.sectors = sectors
        let leaves = Noise(123)
        let discs = (0..<46).map { _ -> (Point, Float, Color) in
            let tint = random.next()
            let color =
                tint < 0.55 ? rgb(0x5F8A4A) : tint < 0.8 ? rgb(0xB7C46A) : tint < 0.93 ? rgb(0xD98A9A) : rgb(0xFFE2B0)
            return (
                Point(random.next(-0.1, frame.aspect + 0.1), random.next(-0.1, 1.1)), random.next(0.03, 0.105),
                color * random.next(0.06, 0.26)
            )
        }
        self.backdrop = Field(frame, every: 4) { point in
            let shade = leaves.fractal(point * 2.3, octaves: 3)
            var light = mix(rgb(0x0D1C12), rgb(0x35502E), clamp(0.45 + 0.8 * shade + 0.35 * (0.5 - point.y)))
            for (middle, radius, color) in discs {
                let distance = length(point - middle)
                light += color * (smoothstep(radius, radius * 0.86, distance) * (0.72 + 0.28 * distance / radius))
            }
            let shadow = expCheap(-powf(length(point - center - Point(0.012, 0.03)) / 0.36, 6))
            return light * (1 - 0.72 * shadow)
        }
    }

    func color(at point: Point) -> Color {
        let background = self.backdrop(point)
        let offset = point - self.center
        let radius = length(offset)
        guard radius < 0.36 else { return background }
        var angle = atan2f(offset.y, offset.x)
        if angle < 0 { angle += 2 * .pi }
        let sector = min(Int(angle / (2 * .pi) * Float(Self.sectorCount)), Self.sectorCount - 1)
        var shadow: Float = 1
        for index in self.sectors[sector] {
            let petal = self.petals[Int(index)]
            let (sine, cosine) = (sinf(petal.angle), cosf(petal.angle))
            let along = (offset.x * cosine + offset.y * sine - petal.base) / petal.length
            guard along > -0.1, along < 1.12 else { continue }
            let across = (offset.y * cosine - offset.x * sine) / petal.width
            let edge = Self.outline(along) - abs(across)
            if edge < 0 {
                // What lies just outside an upper petal is in its shade.
                shadow *= 1 - 0.30 * smoothstep(-0.42, 0, edge) * smoothstep(-0.1, 0.2, along)
                continue
            }
            let covered = clamp(edge * petal.width / self.pixel)
            let color = self.shade(petal, along, across) * (0.30 + 0.70 * shadow)
            if covered >= 1 { return color }
            return mix(radius < 0.30 ? color * 0.55 : background, color, covered)
        }
        let heart = smoothstep(0.05, 0.04, radius)
        return mix(background * (0.4 + 0.6 * shadow), rgb(0x4A0A22) * 0.5, heart)
    }

    /// Half the width of a petal, from its foot at 0 to its tip at 1.
    private static func outline(_ along: Float) -> Float {
        guard along > 0, along < 1 else { return -0.3 }
        return powf(along, 0.62) * powf(1 - along, 0.46) * 1.55
    }

    private func shade(_ petal: Petal, _ along: Float, _ across: Float) -> Color {
        let outward = Float(petal.number) / 240
        let deep = mix(rgb(0x66082C), rgb(0xB0123F), outward)
        let pale = mix(rgb(0xE5476B), rgb(0xF7A3A0), outward)
        // A petal is a trough: its middle lies deep, its rims catch the light.
        let trough = 0.52 + 0.48 * smoothstep(0, 0.95, abs(across))
        let streaks = self.veins.fractal(Point(across * 5.5 + Float(petal.number) * 3, along * 1.3), octaves: 3)
        var color = mix(deep, pale, clamp(powf(along, 1.25) * 0.95 + 0.13 * streaks))
        color *= trough * (0.36 + 0.82 * smoothstep(-0.05, 0.75, along))
        // Light comes from above left.
        let facing = 0.5 + 0.5 * cosf(petal.angle + 2.3) + 0.30 * across * sinf(petal.angle + 2.3)
        color *= 0.72 + 0.50 * facing
        let tip = smoothstep(0.80, 1.0, along)
        color += rgb(0xFFE9DA) * (0.20 * tip * facing)
        return color * 1.22
    }
}
