/// One photo of a playlist, as far as deciding when to show it needs to know.
package struct Slide: Hashable, Codable, Sendable {
    /// What people and commands call the photo. Unique within a playlist.
    package var name: String
    /// The address of the picture itself; it changes when the photo is edited or cut anew while the name stays.
    package var content: String
    /// When the photo was taken, as ISO 8601 text without a zone or all in one zone, so that text order is time order.
    package var dateTaken: String?

    package init(name: String, content: String, dateTaken: String? = nil) {
        self.name = name
        self.content = content
        self.dateTaken = dateTaken
    }
}
