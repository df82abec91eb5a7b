/// The top edge of something that stands before the sky, for every column of the picture.
struct Skyline: Sendable {
    private let heights: [Float]
    private let pixel: Float

    /// - Parameter height: The y of the edge at an x.
    init(_ frame: Frame, _ height: (Float) -> Float) {
        self.heights = frame.columns.map(height)
        self.pixel = frame.pixel
    }

    func edge(_ x: Float) -> Float { self.heights[min(max(Int(x / self.pixel), 0), self.heights.count - 1)] }

    /// How much of a point is covered, 0 through 1, with a soft edge of one pixel.
    func covers(_ point: Point) -> Float { clamp((point.y - self.edge(point.x)) / self.pixel + 0.5) }
}

/// Conifers standing side by side, as shapes before the light.
struct Conifers: Sendable {
    struct Tree: Sendable {
        let x: Float
        let foot: Float
        let height: Float
        let lean: Float
    }

    private let columns: [[Int32]]
    private let trees: [Tree]
    private let columnWidth: Float = 0.02
    private let pixel: Float
    private let noise: Noise

    /// - Parameters:
    ///   - count: How many.
    ///   - height: The range of their heights.
    ///   - foot: The y they stand on, at an x.
    init(
        _ frame: Frame, seed: UInt64, count: Int, height: ClosedRange<Float>,
        from: Float = -0.1, to: Float? = nil, foot: (Float) -> Float
    ) {
        var random = SeededRandom(seed)
        var trees: [Tree] = []
        for _ in 0..<count {
            let x = random.next(from, to ?? frame.aspect + 0.1)
            let size = random.next()
            trees.append(
                Tree(
                    x: x, foot: foot(x) + random.next(0, 0.012),
                    height: mix(height.lowerBound, height.upperBound, size * size),
                    lean: random.next(-0.012, 0.012)))
        }
        var columns = [[Int32]](repeating: [], count: Int((frame.aspect + 0.02) / self.columnWidth) + 1)
        for (index, tree) in trees.enumerated() {
            let reach = tree.height * 0.24 + 0.02
            let first = max(Int((tree.x - reach) / self.columnWidth), 0)
            let last = min(Int((tree.x + reach) / self.columnWidth), columns.count - 1)
            if first <= last { for column in first...last { columns[column].append(Int32(index)) } }
        }
        self.trees = trees
        self.columns = columns
        self.pixel = frame.pixel
        self.noise = Noise(UInt32(truncatingIfNeeded: seed))
    }

    /// How much of a point is covered, 0 through 1.
    func covers(_ point: Point) -> Float {
        let column = min(max(Int(point.x / self.columnWidth), 0), self.columns.count - 1)
        var covered: Float = 0
        for index in self.columns[column] {
            let tree = self.trees[Int(index)]
            let t = (point.y - tree.foot) / tree.height + 1
            guard t > 0, t < 1.2 else { continue }
            covered = max(covered, self.covers(point, tree, t, Float(index)))
            if covered >= 1 { return 1 }
        }
        return covered
    }

    private func covers(_ point: Point, _ tree: Tree, _ t: Float, _ number: Float) -> Float {
        let sideways = (point.x - tree.x - tree.lean * (1 - t)) / tree.height
        let distance = abs(sideways)
        // Boughs hang: further out they belong to a place higher up the trunk.
        let along = t - distance * 0.55
        guard along > 0 else { return 0 }
        let widest = 0.21 * along * (1.22 - 0.22 * along)
        guard distance < widest * 1.4 + 0.02 else { return 0 }
        let trunk = 0.012 * clamp(t * 2.5)
        guard t < 1 else { return clamp((trunk - distance) * tree.height / self.pixel + 0.5) }
        let layers = 7 + tree.height * 14
        let bough = fraction(along * layers + number * 0.37 + (sideways > 0 ? 0.45 : 0))
        let ragged = self.noise(Point(sideways * 26 + number * 7.1, t * 34))
        let fine = self.noise(Point(sideways * 90 + number * 3.3, t * 120))
        let reach = widest * (0.40 + 0.60 * bough) * (1 + 0.35 * ragged) + 0.012 * fine * clamp(t * 6)
        return clamp((max(reach, trunk) - distance) * tree.height / self.pixel + 0.5)
    }
}
