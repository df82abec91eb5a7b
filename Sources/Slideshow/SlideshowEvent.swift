/// What can happen to a slideshow.
package enum SlideshowEvent: Hashable, Sendable {
    /// The program has started; the first event of all.
    case start
    /// Time has passed.
    case tick
    case settings(SlideshowSettings)
    case playlist([Slide])
    /// Pictures with these contents can be shown from now on.
    case available(Set<String>)
    /// Pictures with these contents cannot be shown any more: evicted or damaged.
    case unavailable(Set<String>)
    case next
    case previous
    /// Show the photo of this name.
    case show(String)
    case pause(Bool)
    case power(Bool)
}

/// What the owner of a slideshow has to do.
package enum SlideshowAction: Hashable, Sendable {
    /// Bring this photo, or these two, to the screen.
    case show(Spread)
    /// There is nothing to show: the playlist is empty or none of it has arrived.
    case showNothing
    case screenOff
    /// Bring back what ``Slideshow/shown`` says.
    case screenOn
    /// The command could not be followed, for this reason.
    case refuse(String)
}

/// What a slideshow remembers over a restart, besides settings and playlist.
package struct SlideshowSnapshot: Codable, Hashable, Sendable {
    var current: String?
    var companion: String?
    var history: SlideHistory
    var round: ShuffleRound
    var generator: SeededGenerator
    var isPaused: Bool
}
