import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension HTTPPhotoService: DisplayEventService {
    package func hearEvents(
        after lastEvent: String?, token: String, _ take: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var request = try self.request(.GET, "events", token: token)
        request.headers.replaceOrAdd(name: "accept", value: "text/event-stream")
        if let lastEvent { request.headers.add(name: "last-event-id", value: lastEvent) }
        // Whoever listens sees to silence.
        let response = try await self.send(request, timeout: .hours(24 * 365), isPatient: true)
        do {
            for try await piece in response.body { try await take(ArraySlice(piece.readableBytesView)) }
        } catch let error as HTTPClientError {
            throw ViewerError(.unreachable, "the server was lost: \(error)")
        }
    }

    package func send(status: [UInt8], token: String) async throws(ViewerError) {
        var request = try self.request(.PUT, "status", token: token)
        request.headers.replaceOrAdd(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: status))
        _ = try await Self.collect(try await self.send(request, timeout: .seconds(10)), limit: 1 << 16)
    }
}
