import DisplayChannel
import EtcdClient
import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary

/// `GET events` and `PUT status`: the line of a display that has no connection to the store itself: a browser, or a
/// viewer in a network that lets only HTTPS pass.
struct DisplayEventsController: Sendable {
    let library: PhotoLibrary
    let client: EtcdClient
    let hub: DisplayEventHub
    let statuses: ReportedStatuses
    let site: Site

    func addRoutes(to router: some RouterMethods<DisplayContext>) {
        router.get("display/events", use: self.events)
        router.put("display/status", use: self.status)
    }

    private func events(_ request: Request, _ context: DisplayContext) async throws -> Response {
        let record = context.display
        guard let display = DisplayID(record.id), let tokenHash = record.tokenHash else {
            throw Problem.displayTokenVoid
        }
        // Before the keys are read, so that nothing falls between the two.
        let mailbox = try self.hub.join(display)
        var stream = DisplayEventStream(
            display: display, client: self.client, mailbox: mailbox, turns: self.hub.turns,
            last: request.headers[.lastEventID].flatMap { DisplayEventID($0) })
        let snapshot = try await stream.snapshot()
        let body = ResponseBody { [stream] writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                // Ends when the display goes, or when the hub closes its mailboxes because the server stops.
                try await self.tell(stream, first: snapshot, tokenHash: tokenHash, &writer)
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

    private func tell(
        _ stream: DisplayEventStream, first: String, tokenHash: String, _ writer: inout any ResponseBodyWriter
    ) async throws {
        var stream = stream
        try await writer.write(ByteBuffer(string: "retry: 1000\n\n" + first))
        while !Task.isCancelled {
            await stream.mailbox.signal.wait()
            let content = stream.mailbox.take()
            if content.isClosed { return }
            if content.isDueForCheck, try await self.library.display(tokenHash: tokenHash) == nil { return }
            var text = ""
            // The store may be away at this moment: then this ends, and the display asks again.
            if content.startsOver { text += try await stream.snapshot() }
            text += try stream.events(content.changes)
            if text.isEmpty {
                guard content.isDueForCheck else { continue }
                text = ": still here\n\n"
            }
            try await writer.write(ByteBuffer(string: text))
        }
    }

    private func status(_ request: Request, _ context: DisplayContext) async throws -> Response {
        guard let display = DisplayID(context.display.id) else { throw Problem.displayTokenVoid }
        let body = try await request.body.collect(upTo: RequestLimits.statusBytes)
        guard var status = DisplayStatus(json: Array(body.readableBytesView)) else {
            throw Problem.badRequest("The body is not a display's status.")
        }
        // What the server sees better than the display.
        status.transport = "events"
        status.ip = self.site.clientAddress(request, peer: context.peer)
        try await self.statuses.take(status, from: display)
        return Response(status: .noContent)
    }
}
