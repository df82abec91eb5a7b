import CSDL2
import PhotoViewer

/// What SDL has to say, in this program's words.
@RenderActor
enum ScreenEvents {
    enum Event: Equatable {
        case exposed
        case resized
        case pointerMoved
        case stage(StageEvent)
    }

    /// What waits for each window: SDL has one queue for the process, whichever window's stage looks into it.
    private static var waiting: [UInt32: [Event]] = [:]
    /// More than these were left by a stage that does not look any more.
    private static let limit = 64

    static func open(window: UInt32) { self.waiting[window] = [] }
    static func close(window: UInt32) { self.waiting[window] = nil }

    /// Takes everything that is waiting for the window.
    static func poll(window: UInt32) -> [Event] {
        var event = SDL_Event()
        while SDL_PollEvent(&event) != 0 {
            switch SDL_EventType(event.type) {
            case SDL_QUIT: for window in self.waiting.keys { self.add(.stage(.quit), to: window) }
            case SDL_KEYDOWN where event.key.repeat == 0:
                if let meaning = self.meaning(of: event.key.keysym.sym) {
                    self.add(.stage(meaning), to: event.key.windowID)
                }
            case SDL_MOUSEMOTION:
                // A hand on the mouse sends hundreds; one says it all.
                let window = event.motion.windowID
                if self.waiting[window]?.last != .pointerMoved { self.add(.pointerMoved, to: window) }
            case SDL_WINDOWEVENT:
                switch SDL_WindowEventID(UInt32(event.window.event)) {
                case SDL_WINDOWEVENT_EXPOSED: self.add(.exposed, to: event.window.windowID)
                case SDL_WINDOWEVENT_SIZE_CHANGED: self.add(.resized, to: event.window.windowID)
                default: break
                }
            default: break
            }
        }
        defer { self.waiting[window] = [] }
        return self.waiting[window] ?? []
    }

    private static func add(_ event: Event, to window: UInt32) {
        // Without a focused window, a key is meant for whoever is there.
        let window = self.waiting[window] == nil ? self.waiting.keys.min() ?? window : window
        guard let known = self.waiting[window], known.count < self.limit else { return }
        self.waiting[window, default: []].append(event)
    }

    private static func meaning(of key: SDL_Keycode) -> StageEvent? {
        switch Int(key) {
        case Int(SDLK_LEFT.rawValue): .previous
        case Int(SDLK_RIGHT.rawValue): .next
        case Int(SDLK_SPACE.rawValue): .togglePause
        case Int(SDLK_i.rawValue): .toggleInfo
        case Int(SDLK_f.rawValue): .toggleFullScreen
        case Int(SDLK_q.rawValue), Int(SDLK_ESCAPE.rawValue): .quit
        default: nil
        }
    }
}
