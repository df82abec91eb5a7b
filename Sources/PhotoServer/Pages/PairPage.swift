/// What the page that adds a display shows.
struct PairPage: Sendable {
    /// From a QR code; empty when it is to be typed.
    let code: String
    let albums: [AlbumChoice]
    /// Those whose place a new one can take.
    let displays: [Choice]
    let hasDisplays: Bool
    let serverURL: String
    /// What stands open that people should know of.
    let notices: [String]

    init(code: String, albums: [AlbumChoice], notices: [String], displays: [Choice], serverURL: String) {
        self.code = code
        self.albums = albums
        self.displays = displays
        self.notices = notices
        self.hasDisplays = !displays.isEmpty
        self.serverURL = serverURL
    }
}
