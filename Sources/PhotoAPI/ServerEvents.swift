import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// One server-sent event (WHATWG HTML, section 9.2).
package struct ServerEvent: Sendable, Equatable {
    package var name = "message"
    /// Where to go on after a broken connection.
    package var id: String?
    package var data = ""
}

/// Cuts a stream of bytes into events. Pure.
struct EventParser {
    /// A single event larger than this is none of a photo server.
    private let eventBytesMaximum: Int
    private var rest: [UInt8] = []

    init(eventBytesMaximum: Int = 64 << 20) { self.eventBytesMaximum = eventBytesMaximum }

    /// - Throws: ``APIError`` of kind `unintelligible` when an event does not end.
    mutating func take(_ bytes: some Sequence<UInt8>) throws -> [ServerEvent] {
        var searchFrom = max(0, self.rest.count - 1)
        self.rest += bytes
        var events: [ServerEvent] = []
        var start = 0
        while let end = self.rest[searchFrom...].indices.dropLast().first(where: {
            self.rest[$0] == 0x0a && self.rest[$0 + 1] == 0x0a
        }) {
            if let event = Self.event(self.rest[start..<end]) { events.append(event) }
            start = end + 2
            searchFrom = start
        }
        self.rest.removeFirst(start)
        guard self.rest.count <= self.eventBytesMaximum else {
            throw APIError(.unintelligible, "The server's events do not end.")
        }
        return events
    }

    private static func event(_ bytes: ArraySlice<UInt8>) -> ServerEvent? {
        var event = ServerEvent()
        var data: [Substring] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { continue }
            var value = line[line.index(after: colon)...]
            if value.first == " " { value = value.dropFirst() }
            switch line[..<colon] {
            case "event": event.name = String(value)
            case "id": event.id = String(value)
            case "data": data.append(value)
            default: continue
            }
        }
        event.data = data.joined(separator: "\n")
        return data.isEmpty ? nil : event
    }
}

extension APIClient {
    /// What is said when the line to the server breaks and is made anew.
    package enum Hearing: Sendable {
        case event(ServerEvent)
        /// The line broke; another try comes after so long.
        case away(APIError, Duration)
    }

    /// Hears what changes until `body` has heard enough: it returns false. A line that breaks is made anew, after
    /// a second at first and half a minute at most, and goes on where it was.
    ///
    /// - Parameter display: Hear of this one alone.
    /// - Throws: ``APIError`` when the server refuses, or cannot be reached at the very first; `CancellationError`.
    package func hear(display: String? = nil, _ body: (Hearing) async throws -> Bool) async throws {
        var place: String?
        var pause = 1
        while true {
            let failure: APIError
            do {
                let response = try await self.execute(self.eventsRequest(display, after: place), within: nil)
                pause = 1
                var parser = EventParser()
                var chunks = response.body.makeAsyncIterator()
                while let chunk = try await self.next(&chunks) {
                    for event in try parser.take(chunk.readableBytesView) {
                        place = event.id ?? place
                        do {
                            guard try await body(.event(event)) else { return }
                        } catch {
                            throw OfBody(error: error)
                        }
                    }
                }
                failure = APIError(.unreachable, "\(self.base) ended the line.")
            } catch let error as OfBody {
                throw error.error
            } catch let error as APIError where error.isPassing && place != nil {
                failure = error
            }
            guard try await body(.away(failure, .seconds(pause))) else { return }
            try await Task.sleep(for: .seconds(pause))
            pause = min(30, pause * 2)
        }
    }

    /// What the caller threw: no reason to try again.
    private struct OfBody: Error { let error: any Error }

    private func eventsRequest(_ display: String?, after place: String?) -> HTTPClientRequest {
        var request = self.request(.get, ["events"], query: ["view": "displays", "display": display])
        if let place { request.headers.add(name: "last-event-id", value: place) }
        return request
    }

    private func next(_ chunks: inout HTTPClientResponse.Body.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await chunks.next()
        } catch {
            throw self.explained(error)
        }
    }

    /// Hears of one display until `isEnough`.
    ///
    /// - Throws: ``APIError`` also when the display is removed meanwhile.
    package func wait(for display: String, until isEnough: (Display) -> Bool) async throws -> Display? {
        struct Snapshot: Decodable { let displays: [Display] }
        var last: Display?
        try await self.hear(display: display) { hearing in
            guard case .event(let event) = hearing else { return true }
            let json = try JSON(data: Data(event.data.utf8))
            switch event.name {
            case "snapshot": last = try json.decoded(as: Snapshot.self).displays.first
            case "display": last = try json.decoded()
            case "display-removed": last = nil
            default: return true
            }
            return last.map { !isEnough($0) } ?? false
        }
        return last
    }
}
