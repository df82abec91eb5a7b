import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// `GET /api/v1/events`: what changes, as server-sent events. Begins with a snapshot, so that a browser that was asleep
/// knows everything again after one message.
struct EventsController: Sendable {
    let board: FleetBoard
    let hub: EventHub
    let accounts: Accounts

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("events", use: self.events)
    }

    private struct Snapshot: Encodable {
        let displays: [DisplayView]
        /// Whether the store can be heard; if not, what is known of displays may be old.
        let mediator: Bool
    }

    private func events(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let session = context.session
        let body = ResponseBody { writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await self.hub.withMailbox { mailbox in
                    try await writer.write(ByteBuffer(string: "retry: 1000\n\n" + self.snapshot()))
                    // Ends when the browser goes, or when the server stops: an open stream must not hold it up.
                    for await _ in mailbox.bell.cancelOnGracefulShutdown() {
                        let content = mailbox.take()
                        var text = content.isOverflowed ? try self.snapshot() : ""
                        text += content.events.map(\.wire).joined()
                        if text.isEmpty {
                            guard try await self.accounts.isAlive(session) else { break }
                            text = ": still here\n\n"
                        }
                        try await writer.write(ByteBuffer(string: text))
                    }
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
                // Reverse proxies that buffer would hold events back.
                .accelBuffering: "no",
            ],
            body: body)
    }

    private func snapshot() throws -> String {
        try ServerEvent("snapshot", Snapshot(displays: self.board.views, mediator: self.board.isMediatorConnected)).wire
    }
}
