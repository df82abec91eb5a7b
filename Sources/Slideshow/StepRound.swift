/// The places of one round of displays in step. What stands where follows from playlist, order, seed and the round's
/// number alone.
struct StepRound: Sendable {
    /// Shorter playlists keep one order for all rounds: there is no other in which nothing comes twice in a row.
    static let fewestShuffled = 6
    /// At most so many places at the end of a round are kept from the start of the next one.
    static let longestTail = 24

    let number: Int
    /// The playlist's photos, each in one place.
    let places: [Spread]

    /// - Parameter number: Of the round; rounds of a listed order are all alike.
    init(_ number: Int, of playlist: Playlist, settings: SlideshowSettings) {
        self.number = number
        guard settings.order == .shuffle else {
            let slides = playlist.names(after: nil, order: settings.order).compactMap { playlist[$0] }
            self.places = Self.paired(slides, settings: settings)
            return
        }
        func shuffled(_ number: Int) -> [Spread] {
            let round = ShuffleRound(seed: settings.seed, number: UInt64(bitPattern: Int64(number)))
            let slides = round.order(of: playlist.slides.lazy.map(\.name)).compactMap { playlist[$0.name] }
            return Self.paired(slides, settings: settings)
        }
        let count = Self.count(of: playlist, settings: settings)
        guard count >= Self.fewestShuffled else {
            self.places = shuffled(0)
            return
        }
        self.places = Self.separated(shuffled(number), from: shuffled(number - 1))
    }

    /// How many places a round has.
    static func count(of playlist: Playlist, settings: SlideshowSettings) -> Int {
        guard settings.pairsPortraits else { return playlist.count }
        guard settings.order == .shuffle else {
            let slides = playlist.names(after: nil, order: settings.order).compactMap { playlist[$0] }
            return self.paired(slides, settings: settings).count
        }
        let portraits = playlist.slides.count { $0.isPortrait }
        return playlist.count - portraits + (portraits + 1) / 2
    }

    /// Puts portraits side by side: in a shuffle each with the next one wherever it is, in a listed order only
    /// neighbours.
    private static func paired(_ slides: [Slide], settings: SlideshowSettings) -> [Spread] {
        guard settings.pairsPortraits else { return slides.map { Spread($0) } }
        var places: [Spread] = []
        /// The place that waits for its second portrait.
        var open: Int?
        for slide in slides {
            if slide.isPortrait, let index = open {
                places[index].companion = slide
                open = nil
                continue
            }
            if slide.isPortrait {
                open = places.count
            } else if settings.order != .shuffle {
                open = nil
            }
            places.append(Spread(slide))
        }
        return places
    }

    /// Moves places that share a photo with the end of `previous` away from the start. Only the first two thirds are
    /// touched, so that the end of this round, from which the next one is separated, needs no history.
    private static func separated(_ places: [Spread], from previous: [Spread]) -> [Spread] {
        let tail = min(places.count / 3, self.longestTail)
        let recent = Set(previous.suffix(tail).flatMap(\.slides).map(\.name))
        let last = Set(previous.suffix(1).flatMap(\.slides).map(\.name))
        func distance(_ place: Spread) -> Int {
            let names = place.slides.map(\.name)
            if names.contains(where: last.contains) { return 2 }
            return names.contains(where: recent.contains) ? 1 : 0
        }
        let head = places.prefix(2 * tail)
        return (0...2).flatMap { wanted in head.filter { distance($0) == wanted } } + places.dropFirst(2 * tail)
    }
}
