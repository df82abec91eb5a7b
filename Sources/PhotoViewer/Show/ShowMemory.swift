import DisplayChannel
import Slideshow

/// What the show remembers over a restart, besides the display's state.
struct ShowMemory: Codable, Sendable {
    var snapshot: SlideshowSnapshot
    /// The playlist document played from; nil when photos were listed by name.
    var playlist: String?
    /// The photos listed by name.
    var images: [String]?
    /// The time then, in seconds since 1970-01-01 00:00 UTC.
    var wall: Double?
}
