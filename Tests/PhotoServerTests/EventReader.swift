import AsyncHTTPClient
import Foundation
import NIOCore
import TestSupport

/// Reads server-sent events as they come.
struct EventReader {
    /// One event; comments are left out.
    struct Event: Sendable, Equatable {
        var name = ""
        var id = ""
        var data = ""
    }

    private var chunks: HTTPClientResponse.Body.AsyncIterator
    private var rest = ""

    init(_ response: HTTPClientResponse) { self.chunks = response.body.makeAsyncIterator() }

    /// The next event; nil when the stream has ended.
    mutating func next() async throws -> Event? {
        while true {
            while let end = self.rest.range(of: "\n\n") {
                let block = self.rest[..<end.lowerBound]
                self.rest = String(self.rest[end.upperBound...])
                var event = Event()
                for line in block.split(separator: "\n") {
                    guard let colon = line.range(of: ": "), !line.hasPrefix(":") else { continue }
                    let value = String(line[colon.upperBound...])
                    switch line[..<colon.lowerBound] {
                    case "event": event.name = value
                    case "id": event.id = value
                    case "data": event.data = value
                    default: break
                    }
                }
                if !event.data.isEmpty { return event }
            }
            guard let buffer = try await self.chunks.next() else { return nil }
            self.rest += String(buffer: buffer)
        }
    }

    /// The next event, which must come.
    mutating func require() async throws -> Event {
        guard let event = try await self.next() else { throw NotInTime(description: "the stream ended") }
        return event
    }
}
