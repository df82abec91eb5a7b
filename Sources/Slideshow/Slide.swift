/// One photo of a playlist, as far as deciding when to show it needs to know.
package struct Slide: Hashable, Codable, Sendable {
    /// What people and commands call the photo. Unique within a playlist.
    package var name: String
    /// The address of the picture itself; it changes when the photo is edited or cut anew while the name stays.
    package var content: String
    /// When the photo was taken, as ISO 8601 text without a zone or all in one zone, so that text order is time order.
    package var dateTaken: String?
    /// Whether the picture is higher than wide. False where its size is not known.
    package var isPortrait: Bool

    package init(name: String, content: String, dateTaken: String? = nil, isPortrait: Bool = false) {
        self.name = name
        self.content = content
        self.dateTaken = dateTaken
        self.isPortrait = isPortrait
    }
}

/// What is on the screen at one time: a photo, or two portraits side by side.
package struct Spread: Hashable, Sendable {
    package var slide: Slide
    /// Stands on the right of `slide`; never the same photo.
    package var companion: Slide?

    package init(_ slide: Slide, _ companion: Slide? = nil) {
        self.slide = slide
        self.companion = companion
    }

    /// One or two, from the left.
    package var slides: [Slide] { [self.slide] + (self.companion.map { [$0] } ?? []) }

    func contains(_ name: String) -> Bool { self.slide.name == name || self.companion?.name == name }
}
