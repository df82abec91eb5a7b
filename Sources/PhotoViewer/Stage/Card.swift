/// Words on the screen: what the display waits for, its name, or facts about the photo.
package struct Card: Hashable, Sendable {
    package enum Placement: Hashable, Sendable { case center, bottom, bottomLeft, bottomRight, topRight }

    /// Drawn large; may be empty.
    package var title: String
    /// Drawn smaller below the title, long ones wrapped.
    package var lines: [String]
    /// Drawn as a QR code below the lines.
    package var code: String?
    package var placement: Placement

    package init(title: String, lines: [String] = [], code: String? = nil, placement: Placement = .center) {
        self.title = title
        self.lines = lines
        self.code = code
        self.placement = placement
    }
}
