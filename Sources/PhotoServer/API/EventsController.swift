import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// `GET /api/v1/events`: what changes, as server-sent events. A browser that comes back with the id of the last event it
/// had (by itself as `Last-Event-ID`, or as `after`) hears what became of everything since; one without begins with a
/// snapshot. `view` says how displays are told, see ``EventWriter/View``; `display` asks for one alone.
struct EventsController: Sendable {
    let board: FleetBoard
    let hub: EventHub
    let upkeep: MediatorUpkeep
    let accounts: Accounts

    /// How often one follower is told at most: many changes at once become few messages.
    private static let pace: Duration = .milliseconds(100)

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("events", use: self.events)
    }

    private func events(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let session = context.session
        let query = request.uri.queryParameters
        let place = request.headers[.lastEventID] ?? query["after"].map(String.init)
        let writer = EventWriter(
            board: self.board, upkeep: self.upkeep,
            view: query["view"].flatMap { EventWriter.View(rawValue: String($0)) } ?? .displays,
            display: query["display"].map(String.init))
        let body = ResponseBody { output in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await self.hub.withBell(display: writer.view == .library ? "" : writer.display) { bell in
                    var batch = self.hub.events(after: place.flatMap { EventCursor($0) })
                    try await output.write(ByteBuffer(string: "retry: 1000\n\n" + writer.text(batch)))
                    // Ends when the browser goes, or when the server stops: an open stream must not hold it up.
                    for await _ in bell.cancelOnGracefulShutdown() {
                        batch = self.hub.events(after: batch.cursor)
                        var text = try writer.text(batch)
                        if text.isEmpty {
                            guard try await self.accounts.isAlive(session) else { break }
                            // An event and not a comment, so that a page can tell a quiet server from a dead line.
                            text = ServerEvent("alive").wire(at: batch.cursor)
                        }
                        try await output.write(ByteBuffer(string: text))
                        try await Task.sleep(for: Self.pace)
                    }
                }
            }
            try await output.finish(nil)
        }
        return Response(status: .ok, headers: Self.headers, body: body)
    }

    private static let headers: HTTPFields = [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store, no-transform",
        // Reverse proxies that buffer would hold events back.
        .accelBuffering: "no",
    ]
}
