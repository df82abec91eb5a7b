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

    /// Takes everything that is waiting.
    static func poll() -> [Event] {
        var events: [Event] = []
        var event = SDL_Event()
        while SDL_PollEvent(&event) != 0 {
            switch SDL_EventType(event.type) {
            case SDL_QUIT: events.append(.stage(.quit))
            case SDL_KEYDOWN where event.key.repeat == 0:
                if let event = self.meaning(of: event.key.keysym.sym) { events.append(.stage(event)) }
            case SDL_MOUSEMOTION: if events.last != .pointerMoved { events.append(.pointerMoved) }
            case SDL_WINDOWEVENT:
                switch SDL_WindowEventID(UInt32(event.window.event)) {
                case SDL_WINDOWEVENT_EXPOSED: events.append(.exposed)
                case SDL_WINDOWEVENT_SIZE_CHANGED: events.append(.resized)
                default: break
                }
            default: break
            }
        }
        return events
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
