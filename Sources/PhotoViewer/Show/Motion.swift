import Glibc

/// The slow motion of one picture from the moment it comes until it is gone: it grows, or shrinks, about a point that
/// stays where it is, by the same factor in each second. Pure.
struct Motion: Hashable, Sendable {
    /// Longer than this a picture does not move: it becomes a still, which costs nothing to draw.
    static let longest: Duration = .seconds(60)
    /// How much larger a picture becomes at most.
    static let greatestScale = 1.125
    /// The greatest speed, as the factor's logarithm a second.
    static let speed = 0.006

    let duration: Duration
    private let growth: Double
    private let isGrowing: Bool
    private let x: Double
    private let y: Double

    /// - Parameters:
    ///   - id: Decides about point and direction, so that a picture moves alike wherever it is shown.
    ///   - time: How long it will be shown, as far as is known.
    init(of id: PictureID, shownFor time: Duration) {
        self.duration = min(max(time, .seconds(1)), Self.longest)
        self.growth = min(log(Self.greatestScale), Self.speed * (self.duration / .seconds(1)))
        var hash = id.text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        hash ^= hash >> 32
        self.isGrowing = hash & 1 == 0
        // Near the thirds, where photographers put what matters.
        self.x = 0.25 + 0.5 * Double((hash >> 8) & 0xFF) / 255
        self.y = 0.25 + 0.5 * Double((hash >> 16) & 0xFF) / 255
    }

    /// How the picture looks after it has been shown for `elapsed`.
    func zoom(after elapsed: Duration) -> Zoom {
        let progress = min(max(elapsed / self.duration, 0), 1)
        return Zoom(scale: exp(self.growth * (self.isGrowing ? progress : 1 - progress)), x: self.x, y: self.y)
    }
}
