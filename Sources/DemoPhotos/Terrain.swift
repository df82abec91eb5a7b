/// A landscape as heights on a grid, with the slope and the light of every place worked out.
struct Terrain: Sendable {
    private let count: Int
    private let cell: Float
    private let heights: [Float]
    private let normals: [SIMD3<Float>]
    private let lights: [Float]

    /// - Parameters:
    ///   - size: The side of the square, which begins at 0, 0.
    ///   - resolution: Grid points a side.
    ///   - sun: The direction to the sun; y is up.
    ///   - height: The height at a place.
    init(size: Float, resolution: Int, sun: SIMD3<Float>, height: @Sendable (Point) -> Float) {
        let cell = size / Float(resolution - 1)
        let heights = Bands.make(resolution) { rows in
            rows.flatMap { z in (0..<resolution).map { x in height(Point(Float(x), Float(z)) * cell) } }
        }
        self.count = resolution
        self.cell = cell
        self.heights = heights
        @Sendable func at(_ x: Int, _ z: Int) -> Float {
            heights[min(max(z, 0), resolution - 1) * resolution + min(max(x, 0), resolution - 1)]
        }
        self.normals = Bands.make(resolution) { rows in
            rows.flatMap { z in
                (0..<resolution).map { x in
                    normalize(SIMD3(at(x - 1, z) - at(x + 1, z), 2 * cell, at(x, z - 1) - at(x, z + 1)))
                }
            }
        }
        // Light is blocked by what stands higher on the way to the sun; the nearer the miss, the softer the shadow.
        let flat = Point(sun.x, sun.z) / length(Point(sun.x, sun.z))
        let rise = sun.y / length(Point(sun.x, sun.z)) * cell
        self.lights = Bands.make(resolution) { rows in
            rows.flatMap { z in
                (0..<resolution).map { x -> Float in
                    let start = at(x, z)
                    var clearance: Float = 1
                    var distance: Float = 2.5
                    while distance < 220 {
                        let blocker = at(x + Int(flat.x * distance), z + Int(flat.y * distance))
                        clearance = min(
                            clearance, 1.1 + (start + rise * distance - blocker) / (cell * (0.8 + distance * 0.05)))
                        if clearance <= 0 { return 0 }
                        distance *= 1.13
                    }
                    return clearance
                }
            }
        }
    }

    func height(_ place: Point) -> Float { self.blend(place) { self.heights[$0] } }
    func normal(_ place: Point) -> SIMD3<Float> {
        let (index, across, down) = self.position(place)
        let above = self.normals[index] + (self.normals[index + 1] - self.normals[index]) * across
        let next = index + self.count
        let below = self.normals[next] + (self.normals[next + 1] - self.normals[next]) * across
        return normalize(above + (below - above) * down)
    }
    /// 0 in shadow through 1 in the sun, but for the slope.
    func light(_ place: Point) -> Float { self.blend(place) { self.lights[$0] } }

    private func position(_ place: Point) -> (index: Int, across: Float, down: Float) {
        let grid = place / self.cell
        let x = min(max(Int(grid.x), 0), self.count - 2), z = min(max(Int(grid.y), 0), self.count - 2)
        return (z * self.count + x, clamp(grid.x - Float(x)), clamp(grid.y - Float(z)))
    }

    private func blend(_ place: Point, _ value: (Int) -> Float) -> Float {
        let (index, across, down) = self.position(place)
        let above = value(index) + (value(index + 1) - value(index)) * across
        let next = index + self.count
        let below = value(next) + (value(next + 1) - value(next)) * across
        return above + (below - above) * down
    }
}

/// Which place of a terrain each pixel shows. Marches every pixel column from near to far, once.
struct TerrainView: Sendable {
    /// Where somebody stands and how he looks: along +z, with the horizon at `horizon`.
    struct Eye: Sendable {
        var place: Point
        var height: Float
        var horizon: Float
        /// Picture heights that one unit spans at distance 1.
        var zoom: Float
        var reach: Float
    }

    private let rows: Int
    private let pixel: Float
    private let eye: Eye
    private let middle: Float
    /// Distances, column after column; 0 for the sky.
    private let distances: [Float]
    private let edges: [Float]

    init(_ frame: Frame, _ terrain: Terrain, _ eye: Eye) {
        let rows = frame.height
        let middle = frame.aspect / 2
        let columns = Bands.make(frame.width) { band in
            band.map { Self.march(terrain, eye, x: (Float($0) + 0.5) * frame.pixel - middle, rows: rows) }
        }
        self.rows = rows
        self.pixel = frame.pixel
        self.eye = eye
        self.middle = middle
        self.edges = columns.map(\.edge)
        self.distances = columns.flatMap(\.distances)
    }

    /// What a point shows: a place and its distance; `nil` for the sky.
    func hit(_ point: Point) -> (place: Point, distance: Float)? {
        let x = min(max(Int(point.x / self.pixel), 0), self.edges.count - 1)
        let y = min(max(Int(point.y / self.pixel), 0), self.rows - 1)
        let distance = self.distances[x * self.rows + y]
        guard distance > 0 else { return nil }
        return (self.eye.place + Point((point.x - self.middle) / self.eye.zoom, 1) * distance, distance)
    }

    /// How much of a point at the far edge is land, 0 through 1.
    func covers(_ point: Point) -> Float {
        let x = min(max(Int(point.x / self.pixel), 0), self.edges.count - 1)
        return clamp((point.y - self.edges[x]) / self.pixel + 0.5)
    }

    private static func march(
        _ terrain: Terrain, _ eye: Eye, x: Float, rows: Int
    ) -> (distances: [Float], edge: Float) {
        var distances = [Float](repeating: 0, count: rows)
        let scale = Float(rows)
        var top = rows
        var edge: Float = 1
        var distance: Float = 0.12
        var lastDistance = distance, lastY: Float = 1.6
        while distance < eye.reach && top > 0 {
            let place = eye.place + Point(x / eye.zoom, 1) * distance
            let y = eye.horizon + (eye.height - terrain.height(place)) * eye.zoom / distance
            let row = max(Int((y * scale).rounded(.up)), 0)
            if row < top {
                for filled in row..<top {
                    let t = lastY > y ? clamp((lastY - Float(filled) / scale) / (lastY - y)) : 1
                    distances[filled] = lastDistance + (distance - lastDistance) * t
                }
                top = row
                edge = y
            }
            (lastDistance, lastY) = (distance, y)
            distance *= 1.0028
        }
        return (distances, edge)
    }
}
