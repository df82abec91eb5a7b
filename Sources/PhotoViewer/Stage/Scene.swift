/// Names a picture that a ``Stage`` has loaded.
package struct PictureID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { self.text }
}

/// How far a picture is enlarged within its place, and about which point of it.
package struct Zoom: Hashable, Sendable {
    /// At least 1: then the picture still fills its place.
    package var scale: Double
    /// The point that stays where it is, 0 to 1 from the picture's top left corner.
    package var x: Double
    package var y: Double

    package static let none = Zoom(scale: 1, x: 0.5, y: 0.5)

    package init(scale: Double, x: Double, y: Double) {
        self.scale = max(scale, 1)
        self.x = x
        self.y = y
    }
}

/// Small words that go with a photo, such as its caption or the time of day.
package struct Note: Hashable, Sendable {
    package var card: Card
    /// From 0, not there, to 1: words come and go with their photo.
    package var opacity: Double

    package init(_ card: Card, opacity: Double = 1) {
        self.card = card
        self.opacity = opacity
    }
}

/// Everything about one frame. A stage draws it and decides nothing.
package struct Scene: Hashable, Sendable {
    /// The picture on, or coming to, the screen; nil draws black.
    package var current: PictureID?
    /// The picture that is leaving; nil draws black where `progress` is below 1.
    package var previous: PictureID?
    /// From 0, only `previous`, to 1, only `current`; between them a linear mix of the two whole slides.
    package var progress = 1.0
    package var currentZoom = Zoom.none
    package var previousZoom = Zoom.none
    package var look = Look()
    /// What everything but the words is multiplied with last: 0 is black, 1 changes nothing.
    package var light = 1.0
    package var card: Card?
    /// Drawn below `card`.
    package var notes: [Note] = []
    /// What the notes' colours are multiplied with: words shall not glare in a dark room.
    package var notesLight = 1.0
    /// Whether one picture is replacing another.
    package var isTurning = false
    /// Whether this frame will stay until something happens.
    package var isSettled = true

    package init(
        current: PictureID? = nil, previous: PictureID? = nil, progress: Double = 1, look: Look = Look(),
        light: Double = 1, card: Card? = nil, notes: [Note] = [], isSettled: Bool = true
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
