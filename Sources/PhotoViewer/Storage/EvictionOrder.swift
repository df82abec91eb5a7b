/// Which cached pictures go first when there is too little room: those that will be shown last. Pure.
struct EvictionOrder: Sendable {
    struct Candidate: Hashable, Sendable {
        var key: String
        /// Counts uses; the lowest was used longest ago.
        var lastUse: UInt64
        /// Counts showings; 0 was never shown since it came.
        var lastShown: UInt64
    }

    /// All pictures of the playlist; nil while no playlist is known.
    var listed: Set<String>?
    /// What comes next, soonest first.
    var upcoming: [String] = []

    /// First those that no playlist names any more, longest unused first. Then those of the playlist, the most recently
    /// shown first: a round shows each once, so it is they that come again last. What is known to come next goes last,
    /// the furthest first.
    func sorted(_ candidates: [Candidate]) -> [String] {
        let places = Dictionary(self.upcoming.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        func rank(_ candidate: Candidate) -> (Int, UInt64) {
            if let place = places[candidate.key] { return (2, .max - UInt64(place)) }
            guard let listed = self.listed, !listed.contains(candidate.key) else {
                return (1, .max - candidate.lastShown)
            }
            return (0, candidate.lastUse)
        }
        return candidates.map { (key: $0.key, rank: rank($0), use: $0.lastUse) }
            .sorted { ($0.rank.0, $0.rank.1, $0.use) < ($1.rank.0, $1.rank.1, $1.use) }
            .map(\.key)
    }
}
