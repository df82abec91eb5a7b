import DisplayChannel
import Logging
import Synchronization

/// Sends pictures of the screen to the server when asked, one after the other.
final class ScreenPictures: Sendable {
    struct Request: Sendable {
        var id: String
        var revision: Int64
    }

    /// More than these at once are refused, oldest first.
    private static let limit = 4

    private struct State {
        var requests: [Request] = []
        var refused: [Request] = []
        var token: String?
    }

    private let stage: any Stage
    private let service: any PhotoService
    private let logger: Logger
    private let state = Mutex(State())
    private let asked = Signal()

    init(stage: any Stage, service: any PhotoService, logger: Logger) {
        self.stage = stage
        self.service = service
        self.logger = logger
    }

    func use(token: String?) { self.state.withLock { $0.token = token } }

    func ask(_ id: String, revision: Int64) {
        self.state.withLock { state in
            state.requests.append(Request(id: id, revision: revision))
            if state.requests.count > Self.limit { state.refused.append(state.requests.removeFirst()) }
        }
        self.asked.raise()
    }

    /// Serves until cancelled. Call it once.
    ///
    /// - Parameter handle: Takes each request's end; the text says why it failed.
    func run(_ handle: @Sendable (Request, DisplayStatus.CommandOutcome, String?) async -> Void) async {
        while !Task.isCancelled {
            let (refused, next, token) = self.state.withLock { state in
                defer { state.refused = [] }
                return (state.refused, state.requests.isEmpty ? nil : state.requests.removeFirst(), state.token)
            }
            for request in refused { await handle(request, .skipped, "too many pictures were asked for at once") }
            guard let request = next else {
                await self.asked.wait()
                continue
            }
            do {
                guard let token else { throw ViewerError(.unauthorized, "this display has no token") }
                try await self.service.send(screen: try await self.stage.capture(), request: request.id, token: token)
                await handle(request, .done, nil)
            } catch {
                self.logger.warning("a picture of the screen could not be sent", metadata: ["error": "\(error)"])
                await handle(request, .failed, "\(error)")
            }
        }
    }
}
