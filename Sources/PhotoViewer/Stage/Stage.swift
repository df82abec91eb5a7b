/// Where pictures are shown: a screen, or files. The only thing the viewer knows about drawing.
package protocol Stage: Sendable {
    /// What it draws with, for people: "KMSDRM, V3D 4.2".
    var summary: String { get }
    /// Size of the frame in pixels of the panel, before any rotation.
    func size() async -> PixelSize
    /// Frames presented since the start, counted where they are presented.
    var presentedFrames: UInt64 { get }
    /// The least time between two frames of something that moves.
    var frameInterval: Duration { get }
    /// What people do at the stage. Bounded: the newest few are kept. For one consumer.
    var events: AsyncStream<StageEvent> { get }

    /// Decodes the JPEGs at `paths`, scaled down to what the frame can show, so that they can be drawn without delay:
    /// one photo, or two that stand side by side. Frames may be presented meanwhile.
    ///
    /// - Throws: ``StageError`` with code `undecodable` when a file is not a whole, sound JPEG; it names the file.
    func load(_ id: PictureID, from paths: [String]) async throws(StageError)
    /// Frees what `load` made. Unknown ids are no error.
    func unload(_ id: PictureID) async
    /// Draws the scene and returns once it is presented. Pictures that are not loaded draw black.
    func present(_ scene: Scene) async throws(StageError) -> PresentedFrame
    /// The last presented scene as a JPEG.
    func capture() async throws(StageError) -> [UInt8]
    /// Between full screen and window, where there is a difference.
    func toggleFullScreen() async
    /// Serves the stage's own needs, such as a window's events, until cancelled.
    func run() async
    /// Gives the screen back. Nothing may be presented after it.
    func close() async
}

/// Which frame it was and when it was presented.
package struct PresentedFrame: Hashable, Sendable {
    /// Counts from 1.
    package var number: UInt64
    /// Nanoseconds since 1970-01-01 00:00 UTC by the system's clock.
    package var wallNanoseconds: UInt64

    package init(number: UInt64, wallNanoseconds: UInt64) {
        self.number = number
        self.wallNanoseconds = wallNanoseconds
    }
}

/// What people do at a stage.
package enum StageEvent: Hashable, Sendable {
    case previous, next, togglePause, toggleInfo, toggleFullScreen, quit
    case resized(PixelSize)
}
