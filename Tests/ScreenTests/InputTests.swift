import CSDL2
import Foundation
import PhotoViewer
import TestSupport
import Testing

@testable import Screen

extension PixelTests {
    @Test func keysMeanWhatPeopleExpect() async throws {
        let keys: [(SDL_KeyCode, StageEvent)] = [
            (SDLK_LEFT, .previous), (SDLK_RIGHT, .next), (SDLK_SPACE, .togglePause), (SDLK_i, .toggleInfo),
            (SDLK_f, .toggleFullScreen), (SDLK_q, .quit), (SDLK_ESCAPE, .quit),
        ]
        try await withScreenStage { stage in
            let running = Task { await stage.run() }
            defer { running.cancel() }
            // A key that means nothing, and one that is held down.
            await Self.press(SDLK_x)
            await Self.press(SDLK_RIGHT, isRepeat: true)
            for (key, _) in keys { await Self.press(key) }
            var events = stage.events.makeAsyncIterator()
            for (_, event) in keys { #expect(await events.next() == event) }
        }
    }

    @Test func thePointerIsThereWhileItMovesAndGoneAfterwards() async throws {
        try await withScreenStage { stage in
            #expect(await Self.isPointerShown == false)
            let running = Task { await stage.run() }
            defer { running.cancel() }
            await Self.movePointer()
            // Drawing for nobody there is no pointer to show.
            guard ProcessInfo.processInfo.environment["VITRINE_PIXELS_IN_A_WINDOW"] != nil else { return }
            try await eventually("the pointer") { await Self.isPointerShown }
            try await eventually("no pointer") { !(await Self.isPointerShown) }
        }
    }

    @RenderActor private static var isPointerShown: Bool { SDL_ShowCursor(SDL_QUERY) == SDL_ENABLE }

    @RenderActor private static func movePointer() {
        var event = SDL_Event()
        event.motion.type = SDL_MOUSEMOTION.rawValue
        SDL_PushEvent(&event)
    }

    @RenderActor private static func press(_ key: SDL_KeyCode, isRepeat: Bool = false) {
        var event = SDL_Event()
        event.key.type = SDL_KEYDOWN.rawValue
        event.key.repeat = isRepeat ? 1 : 0
        event.key.keysym.sym = SDL_Keycode(key.rawValue)
        SDL_PushEvent(&event)
    }
}
