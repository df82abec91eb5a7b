/// Names a picture that a ``Stage`` has loaded.
package struct PictureID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { self.text }
}

/// Everything about one frame. A stage draws it and decides nothing.
package struct Scene: Hashable, Sendable {
    /// The picture on, or coming to, the screen; nil draws black.
    package var current: PictureID?
    /// The picture that is leaving; nil draws black where `progress` is below 1.
    package var previous: PictureID?
    /// From 0, only `previous`, to 1, only `current`; between them a linear mix of the two whole slides.
    package var progress = 1.0
    package var look = Look()
    /// What everything but the words is multiplied with last: 0 is black, 1 changes nothing.
    package var light = 1.0
    package var card: Card?
    /// Small words that go with the photo, such as its caption and the time of day; drawn below `card`.
    package var notes: [Card] = []
    /// Whether this frame will stay until something happens.
    package var isSettled = true

    package init(
        current: PictureID? = nil, previous: PictureID? = nil, progress: Double = 1, look: Look = Look(),
        light: Double = 1, card: Card? = nil, notes: [Card] = [], isSettled: Bool = true
    ) {
        self.current = current
        self.previous = previous
        self.progress = progress
        self.look = look
        self.light = light
        self.card = card
        self.notes = notes
        self.isSettled = isSettled
    }
}
