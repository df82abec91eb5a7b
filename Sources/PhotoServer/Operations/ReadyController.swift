import Hummingbird
import PhotoLibrary

/// `/ready`, for everybody: whether this server can do its work now. `/health` says only that it is alive.
struct ReadyController: Sendable {
    let library: PhotoLibrary
    let board: FleetBoard

    private struct Answer: Encodable {
        /// Of each part, whether it is there: `database`, `mediator`, `worker`.
        let parts: [String: Bool]
        let status: String
    }

    func addRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.get("ready") { _, _ in
            let parts = [
                "database": await self.library.isReadable,
                "mediator": self.board.isMediatorConnected,
                "worker": self.library.isWorkerThere,
            ]
            let isReady = parts.values.allSatisfy { $0 }
            return try Response.json(
                Answer(parts: parts, status: isReady ? "ready" : "not ready"),
                status: isReady ? .ok : .serviceUnavailable)
        }
    }
}
