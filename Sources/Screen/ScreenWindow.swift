import CGLES
import CSDL2
import Glibc
import PhotoViewer

/// SDL's window with its GLES 2 context.
@RenderActor
final class ScreenWindow {
    let driver: String
    let renderer: String
    let hasVerticalSync: Bool
    let refreshRate: Int
    let longestTextureSide: Int
    /// SDL's number, by which its events name the window.
    let number: UInt32
    /// Where this program drives the screen itself.
    let panel: ScreenPanel?
    /// Can be read when the window system has news; nil where input comes another way.
    let eventDescriptor: Int32?
    private let window: OpaquePointer
    private let context: SDL_GLContext
    /// Nil while it is hidden.
    private var pointerHidesAt: ContinuousClock.Instant?

    /// - Parameters:
    ///   - size: The window's size; nil for the whole screen.
    ///   - display: Which screen, counted from 0.
    /// - Throws: ``StageError`` with code `noScreen` when there is none that can be opened.
    init(size: PixelSize?, title: String, display: Int) throws(StageError) {
        SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
        SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "0")
        guard SDL_InitSubSystem(SDL_INIT_VIDEO) == 0 else {
            throw StageError(.noScreen, "no screen can be opened: \(Self.reason())")
        }
        let displays = Int(SDL_GetNumVideoDisplays())
        let driver = SDL_GetCurrentVideoDriver().map { String(cString: $0) } ?? "unknown"
        do throws(StageError) {
            // SDL falls back to drawing for nobody; only who asks for that by name wants it.
            guard getenv("SDL_VIDEODRIVER") != nil || !["offscreen", "dummy", "evdev"].contains(driver) else {
                throw StageError(.noScreen, "no screen can be opened: neither X11 nor Wayland nor KMS answers")
            }
            guard display < max(displays, 1) else {
                throw StageError(.noScreen, "screen \(display + 1) is not there: \(displays) are connected")
            }
            (self.window, self.context) = try Self.open(size: size, title: title, display: display)
        } catch {
            SDL_QuitSubSystem(SDL_INIT_VIDEO)
            throw error
        }
        self.driver = driver
        self.number = SDL_GetWindowID(self.window)
        let descriptor = csdl2_event_descriptor(self.window)
        self.eventDescriptor = descriptor < 0 ? nil : descriptor
        self.panel = ScreenPanel(window: self.window, display: display)
        self.renderer = glGetString(GLenum(GL_RENDERER)).map { String(cString: $0) } ?? "unknown"
        // Drawing for nobody, SDL accepts the interval and does not wait.
        self.hasVerticalSync = SDL_GL_SetSwapInterval(1) == 0 && driver != "offscreen"
        var mode = SDL_DisplayMode()
        let isKnown = SDL_GetCurrentDisplayMode(max(SDL_GetWindowDisplayIndex(self.window), 0), &mode) == 0
        self.refreshRate = isKnown && mode.refresh_rate > 0 ? Int(mode.refresh_rate) : 60
        var side: GLint = 0
        glGetIntegerv(GLenum(GL_MAX_TEXTURE_SIZE), &side)
        self.longestTextureSide = max(Int(side), 64)
        SDL_ShowCursor(SDL_DISABLE)
    }

    /// What the window system calls the screens that are there now; empty when none can be opened.
    static func screens() -> [String] {
        SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
        guard SDL_InitSubSystem(SDL_INIT_VIDEO) == 0 else { return [] }
        defer { SDL_QuitSubSystem(SDL_INIT_VIDEO) }
        return (0..<max(SDL_GetNumVideoDisplays(), 0)).map { index in
            SDL_GetDisplayName(index).map { String(cString: $0) } ?? "screen \(index + 1)"
        }
    }

    /// In pixels, which on a screen of high density are more than the window system's points.
    var size: PixelSize {
        var (width, height) = (Int32(0), Int32(0))
        SDL_GL_GetDrawableSize(self.window, &width, &height)
        return PixelSize(width: max(Int(width), 1), height: max(Int(height), 1))
    }

    /// - Throws: ``StageError`` with code `drawingFailed`.
    func makeCurrent() throws(StageError) {
        guard SDL_GL_MakeCurrent(self.window, self.context) == 0 else {
            throw StageError(.drawingFailed, "the screen refuses to be drawn on: \(Self.reason())")
        }
    }

    func swap() { SDL_GL_SwapWindow(self.window) }

    func toggleFullScreen() {
        let isFull = SDL_GetWindowFlags(self.window) & SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue != 0
        SDL_SetWindowFullscreen(self.window, isFull ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue)
    }

    /// Shows the pointer where there is a desktop for it to point at; on a bare screen there is nothing to click.
    func showPointer(for time: Duration) {
        guard self.driver == "x11" || self.driver == "wayland" else { return }
        if self.pointerHidesAt == nil { SDL_ShowCursor(SDL_ENABLE) }
        self.pointerHidesAt = .now.advanced(by: time)
    }

    var isPointerShown: Bool { self.pointerHidesAt != nil }

    func hidePointerWhenDue() {
        guard let hidesAt = self.pointerHidesAt, hidesAt <= .now else { return }
        self.pointerHidesAt = nil
        SDL_ShowCursor(SDL_DISABLE)
    }

    func close() {
        SDL_GL_DeleteContext(self.context)
        SDL_DestroyWindow(self.window)
        SDL_QuitSubSystem(SDL_INIT_VIDEO)
    }

    private static func open(
        size: PixelSize?, title: String, display: Int
    ) throws(StageError) -> (OpaquePointer, SDL_GLContext) {
        SDL_GL_SetAttribute(SDL_GL_CONTEXT_PROFILE_MASK, Int32(SDL_GL_CONTEXT_PROFILE_ES.rawValue))
        SDL_GL_SetAttribute(SDL_GL_CONTEXT_MAJOR_VERSION, 2)
        SDL_GL_SetAttribute(SDL_GL_CONTEXT_MINOR_VERSION, 0)
        SDL_GL_SetAttribute(SDL_GL_DEPTH_SIZE, 0)
        var flags = SDL_WINDOW_OPENGL.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue
        flags |= size == nil ? SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue : SDL_WINDOW_RESIZABLE.rawValue
        // SDL_WINDOWPOS_CENTERED is a macro Swift cannot see.
        let centered = Int32(bitPattern: 0x2FFF_0000 | UInt32(display))
        guard
            let window = SDL_CreateWindow(
                title, centered, centered, Int32(size?.width ?? 1280), Int32(size?.height ?? 720), flags)
        else { throw StageError(.noScreen, "no window can be opened: \(self.reason())") }
        guard let context = SDL_GL_CreateContext(window) else {
            let reason = self.reason()
            SDL_DestroyWindow(window)
            throw StageError(.noScreen, "no OpenGL ES 2 here (install libgles2, libegl1, libgl1-mesa-dri): \(reason)")
        }
        return (window, context)
    }

    private static func reason() -> String {
        SDL_GetError().map { String(cString: $0) } ?? "no reason given"
    }
}
