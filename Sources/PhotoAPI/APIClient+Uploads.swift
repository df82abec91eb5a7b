import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// What became of a file that was uploaded.
package struct UploadOutcome: Decodable, Sendable {
    /// What was in a ZIP.
    package struct Archive: Decodable, Sendable {
        package struct Refusal: Decodable, Sendable {
            package let name: String
            package let message: String
        }

        package let added: Int
        package let known: Int
        package let refusedCount: Int
        package let refused: [Refusal]
    }

    package let photo: Photo?
    /// The library has had this very file before.
    package let duplicate: Bool?
    package let archive: Archive?
}

extension APIError {
    /// Whether the rest of an upload may still get through. A conflict is about the place: bytes of a broken connection
    /// arrived after the server was asked how many it has.
    fileprivate var mayGoOn: Bool { self.isPassing || self.kind == .refused(409) }
}

extension APIClient {
    private struct Begun: Decodable, Sendable {
        let id: String
        let offset: Int
    }

    /// How often in a row a line may break without a byte getting through.
    private static let breaksMaximum = 6

    /// Uploads one file, in as many parts as the line breaks it into, going on with what an earlier run left.
    ///
    /// - Parameters:
    ///   - album: The album that it is put into.
    ///   - onProgress: Told how many of its bytes are sent.
    /// - Throws: ``APIError``: why the server does not take it, or that the line broke ``breaksMaximum`` times in a row.
    package func upload(
        _ file: PhotoFile, album: Int64?, memory: UploadMemory,
        onProgress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Answer<UploadOutcome> {
        var upload = try await self.begin(file, album, memory)
        var breaks = 0
        while true {
            let sentTo = Mutex(upload.offset)
            do {
                let answer = try await self.send(file, upload) { offset in
                    sentTo.withLock { $0 = offset }
                    onProgress(offset)
                }
                if let outcome = answer {
                    memory.forget(file, to: self.base, album: album)
                    return outcome
                }
            } catch let error as APIError where error.mayGoOn && breaks < Self.breaksMaximum {
                breaks += 1
                try await Task.sleep(for: .milliseconds(min(8_000, 250 << breaks)))
            } catch let error as APIError {
                // It is damaged, no photo, or too large: the same bytes would be refused again.
                if !error.mayGoOn { memory.forget(file, to: self.base, album: album) }
                throw error
            }
            let before = upload.offset
            upload = try await self.found(upload.id, file, album, memory)
            if upload.offset > before { breaks = 0 }
        }
    }

    private func begin(_ file: PhotoFile, _ album: Int64?, _ memory: UploadMemory) async throws -> Begun {
        if let id = memory.upload(of: file, to: self.base, album: album) {
            return try await self.found(id, file, album, memory)
        }
        let begun = try await self.send(
            .post, ["uploads"],
            .members([
                "filename": .string(file.name), "size": .integer(Int64(file.size)), "album": album.map { .integer($0) },
            ]), as: Begun.self)
        memory.remember(begun.value.id, of: file, to: self.base, album: album)
        return begun.value
    }

    /// How much of an upload the server has; a new one where it knows of none.
    private func found(
        _ id: String, _ file: PhotoFile, _ album: Int64?, _ memory: UploadMemory
    ) async throws -> Begun {
        var breaks = 0
        while true {
            do {
                return try await self.get(["uploads", id], as: Begun.self).value
            } catch let error as APIError where error.kind == .refused(404) {
                memory.forget(file, to: self.base, album: album)
                return try await self.begin(file, album, memory)
            } catch let error as APIError where error.isPassing && breaks < Self.breaksMaximum {
                breaks += 1
                try await Task.sleep(for: .milliseconds(min(8_000, 250 << breaks)))
            }
        }
    }

    /// Sends what the server does not have yet.
    ///
    /// - Returns: The outcome; nil when the server has not got all of it.
    private func send(
        _ file: PhotoFile, _ upload: Begun, onProgress: @escaping @Sendable (Int) -> Void
    ) async throws -> Answer<UploadOutcome>? {
        struct Partly: Decodable { let id: String? }
        var request = self.request(.patch, ["uploads", upload.id], query: ["offset": "\(upload.offset)"])
        request.headers.add(name: "content-type", value: "application/octet-stream")
        request.body = .stream(
            try file.bytes(from: upload.offset, onRead: onProgress), length: .known(Int64(file.size - upload.offset)))
        let response = try await self.execute(request, within: nil, patiently: true)
        let json = try JSON(data: try await self.body(of: response))
        guard try json.decoded(as: Partly.self).id == nil else { return nil }
        return Answer(value: try json.decoded(), json: json)
    }
}
