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
    /// What the picture is shown on; nil where there is no such thing or it cannot be known.
    func panel() async -> Panel?
    /// Switches the signal to the panel off or on; once on, the last scene is shown again.
    ///
    /// - Returns: Whether it can; false where something else owns the screen.
    func setPower(_ isOn: Bool) async -> Bool
    /// Lets go of what can be made again, to save memory.
    func trim() async
    /// Serves the stage's own needs, such as a window's events, until cancelled.
    func run() async
    /// Gives the screen back. Nothing may be presented after it.
    func close() async
}

extension Stage {
    package func panel() async -> Panel? { nil }
    package func setPower(_ isOn: Bool) async -> Bool { false }
    package func trim() async {}
}

/// A screen, as whoever drives it names it.
package struct Panel: Hashable, Sendable {
    /// Such as `HDMI-A-1`.
    package var connector: String
    /// Such as `1920x1080@60`; nil while it shows nothing.
    package var mode: String?
    /// Whether something is plugged in.
    package var isConnected: Bool
    /// Whether it gets a signal.
    package var isOn: Bool

    package init(connector: String, mode: String?, isConnected: Bool, isOn: Bool) {
        self.connector = connector
        self.mode = mode
        self.isConnected = isConnected
        self.isOn = isOn
    }
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
    /// The screen was unplugged; frames go nowhere until it comes back.
    case screenLost(String)
    /// A screen was plugged in that this stage was not opened for: the stage must be opened anew.
    case screenReturned
}
