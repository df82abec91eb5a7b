/// Smooth randomness in the plane (gradient noise), the same for the same seed on every machine.
struct Noise: Sendable {
    private let seed: UInt32

    init(_ seed: UInt32) { self.seed = seed &* 0x9E37_79B1 }

    /// About -1 through 1, smooth, 0 on average; features about one unit wide.
    func callAsFunction(_ point: Point) -> Float {
        let floorX = point.x.rounded(.down), floorY = point.y.rounded(.down)
        let x = Int32(truncatingIfNeeded: Int(floorX)), y = Int32(truncatingIfNeeded: Int(floorY))
        let fx = point.x - floorX, fy = point.y - floorY
        let ux = fx * fx * fx * (fx * (fx * 6 - 15) + 10), uy = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
        let a = self.slope(x, y, fx, fy), b = self.slope(x &+ 1, y, fx - 1, fy)
        let c = self.slope(x, y &+ 1, fx, fy - 1), d = self.slope(x &+ 1, y &+ 1, fx - 1, fy - 1)
        let top = a + (b - a) * ux, bottom = c + (d - c) * ux
        return (top + (bottom - top) * uy) * 1.5
    }

    /// Several octaves, each finer and weaker: mountains, clouds.
    func fractal(_ point: Point, octaves: Int, gain: Float = 0.5) -> Float {
        var sum: Float = 0, weight: Float = 1, total: Float = 0
        var place = point
        for _ in 0..<octaves {
            sum += self(place) * weight
            total += weight
            weight *= gain
            // Turned a little each time, so that the lattice does not show.
            place = Point(place.x * 1.62 - place.y * 1.18, place.x * 1.18 + place.y * 1.62) + 17.3
        }
        return sum / total
    }

    /// 0 through about 1, with sharp crests: ridges, veins.
    func ridged(_ point: Point, octaves: Int) -> Float {
        var sum: Float = 0, weight: Float = 0.5, carry: Float = 1
        var place = point
        for _ in 0..<octaves {
            let crest = 1 - abs(self(place))
            let value = crest * crest * carry
            sum += value * weight
            carry = min(value * 1.6, 1)
            weight *= 0.5
            place = Point(place.x * 1.62 - place.y * 1.18, place.x * 1.18 + place.y * 1.62) + 9.7
        }
        return sum
    }

    /// 0 up to 1, without any smoothness: one value for each whole point.
    func cell(_ x: Int, _ y: Int) -> Float {
        Float(self.hash(Int32(truncatingIfNeeded: x), Int32(truncatingIfNeeded: y)) >> 8) / 16_777_216
    }

    private func slope(_ x: Int32, _ y: Int32, _ fx: Float, _ fy: Float) -> Float {
        let hash = self.hash(x, y)
        let gx = Float(hash & 0xFFFF) / 32_768 - 1, gy = Float(hash >> 16) / 32_768 - 1
        return gx * fx + gy * fy
    }

    private func hash(_ x: Int32, _ y: Int32) -> UInt32 {
        var h = UInt32(bitPattern: x) &* 0x27D4_EB2D ^ (UInt32(bitPattern: y) &* 0x1656_67B1) ^ self.seed
        h ^= h >> 15
        h &*= 0x85EB_CA6B
        h ^= h >> 13
        h &*= 0xC2B2_AE35
        return h ^ (h >> 16)
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededRandom: Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed }

    /// From `low` up to `high`.
    mutating func next(_ low: Float = 0, _ high: Float = 1) -> Float {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return low + (high - low) * Float((z ^ (z >> 31)) >> 40) / 16_777_216
    }
}
