import Foundation
import Glibc
import Renditions

/// A file that arrives in parts, over as many connections as it takes, and over restarts of the server.
package struct UploadSession: Codable, Hashable, Sendable {
    package let id: String
    /// What it is called where it comes from.
    package let filename: String
    /// Bytes that it will have.
    package let size: Int
    package let album: AlbumID?
    package let createdAt: Date
    /// Whether a ZIP is refused; absent in sessions of an older version.
    package var refusesArchives: Bool?
}

/// An upload that somebody may go on with.
package struct UnfinishedUpload: Sendable {
    package let session: UploadSession
    /// Bytes that have arrived.
    package let offset: Int
    package let idleSeconds: Int
}

/// What became of an uploaded file.
package enum UploadOutcome: Sendable {
    case photo(IngestOutcome)
    case archive(ArchiveOutcome)
}

/// What became of the files in a ZIP.
package struct ArchiveOutcome: Sendable, Equatable {
    package struct Refusal: Sendable, Equatable, Encodable {
        package let name: String
        package let message: String
    }

    package var added = 0
    package var known = 0
    package var refused: [Refusal] = []
    /// The first few of them.
    package static let refusalsNamed = 50
    package var refusedCount = 0

    mutating func refuse(_ name: String, _ message: String) {
        self.refusedCount += 1
        if self.refused.count < Self.refusalsNamed { self.refused.append(.init(name: name, message: message)) }
    }
}

extension PhotoLibrary {
    /// Uploads that may be under way at one time, abandoned ones included.
    package static let uploadsMaximum = 2_000
    /// Bytes of the largest file that can be uploaded: an archive.
    package static let uploadBytesMaximum = ZIPArchive.bytesMaximum
    /// How long an upload that nobody goes on with is kept.
    private static let uploadKept: TimeInterval = 7 * 86_400
    static let partialSuffix = ".partial"
    static let sessionSuffix = ".session"

    private func partial(_ id: String) -> String { "\(self.files.incoming)/\(id)\(Self.partialSuffix)" }
    private func sessionFile(_ id: String) -> String { "\(self.files.incoming)/\(id)\(Self.sessionSuffix)" }

    /// Begins an upload. It survives restarts until it is complete or a week old.
    ///
    /// - Throws: ``PhotoLibraryError``: `tooLarge`, `empty`, `notFound` or `conflict` (the album), `full`, `diskFull`.
    ///
    /// - Parameter takesArchives: Whether a ZIP is taken apart; if not, it is no photo.
    package func beginUpload(
        filename: String, size: Int, album: AlbumID?, takesArchives: Bool = true
    ) async throws -> UploadSession {
        let name = Self.displayed(filename)
        guard size > 0 else {
            throw PhotoLibraryError(.empty, "“\(name)” has no bytes. Copy it again from where it came from.")
        }
        let most =
            takesArchives && ZIPArchive.isNamedLikeOne(filename) ? ZIPArchive.bytesMaximum : self.maximumOriginalBytes
        guard size <= most else {
            throw PhotoLibraryError(
                .tooLarge, "“\(name)” is larger than \(most >> 20) MiB. Send it in parts, or with fewer pixels.")
        }
        if let album { _ = try await self.read { try Self.requireHandmade($0, album) } }
        let session = UploadSession(
            id: UUID().uuidString.lowercased(), filename: filename, size: size, album: album,
            createdAt: self.now(), refusesArchives: !takesArchives)
        let (path, partial, incoming) = (self.sessionFile(session.id), self.partial(session.id), self.files.incoming)
        try await self.onDisk {
            guard try Self.names(in: incoming).count < 2 * Self.uploadsMaximum else {
                throw PhotoLibraryError(.full, "Too many uploads were begun and not finished. Try again tomorrow.")
            }
            let data = try JSONEncoder().encode(session)
            guard FileManager.default.createFile(atPath: partial, contents: nil),
                FileManager.default.createFile(atPath: path, contents: data)
            else { throw DurableFile.Failure("create", path) }
        }
        return session
    }

    /// - Returns: The upload and the bytes of it that have arrived.
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    package func upload(_ id: String) async throws -> (session: UploadSession, offset: Int) {
        // The id becomes part of a path.
        guard UUID(uuidString: id) != nil, id == id.lowercased(),
            let data = FileManager.default.contents(atPath: self.sessionFile(id)),
            let session = try? JSONDecoder().decode(UploadSession.self, from: data),
            let offset = DurableFile.size(of: self.partial(id))
        else { throw PhotoLibraryError(.notFound, "There is no such upload; it may be finished, or too old.") }
        return (session, offset)
    }

    /// The newest uploads that are not finished, with the bytes of each that have arrived and how long ago the last did.
    package func unfinishedUploads(limit: Int = 100) async throws -> [UnfinishedUpload] {
        let incoming = self.files.incoming
        let names = try await self.onDisk { try Self.names(in: incoming) }
        var uploads: [UnfinishedUpload] = []
        for name in names where name.hasSuffix(Self.sessionSuffix) {
            // One that is finished while this looks is none any more.
            guard let (session, offset) = try? await self.upload(String(name.dropLast(Self.sessionSuffix.count))) else {
                continue
            }
            var status = stat()
            guard stat(self.partial(session.id), &status) == 0 else { continue }
            let idle = Int(self.now().timeIntervalSince1970) - status.st_mtim.tv_sec
            uploads.append(.init(session: session, offset: offset, idleSeconds: max(0, idle)))
        }
        return Array(uploads.sorted { $0.session.createdAt > $1.session.createdAt }.prefix(limit))
    }

    /// Takes bytes of an upload as they arrive. What has arrived when the connection breaks stays.
    ///
    /// - Parameters:
    ///   - id: The upload.
    ///   - offset: Where the bytes belong; must be what has arrived so far.
    ///   - chunks: The bytes.
    /// - Returns: The outcome when this was the last of it, else `nil`.
    /// - Throws: ``PhotoLibraryError``: `notFound`; `conflict` for another offset; or what taking the file in throws.
    ///   `busy`, `diskFull` and `workerFailed` leave the upload: send its end again.
    package func continueUpload<Chunks: AsyncSequence>(
        _ id: String, at offset: Int, _ chunks: Chunks
    ) async throws -> UploadOutcome? where Chunks.Element: Collection, Chunks.Element.Element == UInt8 {
        try await self.holdingContent("upload \(id)", name: id) {
            let (session, arrived) = try await self.upload(id)
            guard arrived == offset else {
                throw PhotoLibraryError(.conflict, "\(arrived) bytes of this upload have arrived, not \(offset).")
            }
            let partial = self.partial(id)
            let total = try await Self.append(chunks, to: partial, from: offset, most: session.size)
            guard total == session.size else { return nil }
            return try await self.finishUpload(session)
        }
    }

    private static func append<Chunks: AsyncSequence>(
        _ chunks: Chunks, to path: String, from offset: Int, most: Int
    ) async throws -> Int where Chunks.Element: Collection, Chunks.Element.Element == UInt8 {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.storageError(DurableFile.Failure("open", path), name: nil) }
        defer { Glibc.close(descriptor) }
        var total = offset
        for try await chunk in chunks {
            var rest = Array(chunk)[...]
            guard total + rest.count <= most else {
                throw PhotoLibraryError(.conflict, "More bytes came than the upload was said to have.")
            }
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw Self.storageError(DurableFile.Failure("write", path), name: nil) }
                rest = rest.dropFirst(count)
                total += count
            }
        }
        return total
    }

    private func finishUpload(_ session: UploadSession) async throws -> UploadOutcome {
        let partial = self.partial(session.id)
        do {
            let outcome: UploadOutcome =
                if session.refusesArchives != true, ZIPArchive.isOne(partial) {
                    .archive(try await self.ingest(archive: partial, name: session.filename, into: session.album))
                } else {
                    .photo(try await self.ingest(file: partial, filename: session.filename, into: session.album))
                }
            self.forgetUpload(session.id)
            return outcome
        } catch let error as PhotoLibraryError {
            if ![.busy, .diskFull, .workerFailed].contains(error.code) { self.forgetUpload(session.id) }
            throw error
        }
    }

    /// Ends an upload that is not wanted any more; fine if there is none.
    package func cancelUpload(_ id: String) async throws {
        guard UUID(uuidString: id) != nil, id == id.lowercased() else { return }
        self.forgetUpload(id)
    }

    private func forgetUpload(_ id: String) {
        // The session first: without it the bytes belong to nobody and go at the next start.
        unlink(self.sessionFile(id))
        unlink(self.partial(id))
    }

    /// At the start: uploads that go on are kept, the old ones and halves of them go.
    func clearOldUploads(_ names: [String]) async throws {
        for name in names where name.hasSuffix(Self.partialSuffix) || name.hasSuffix(Self.sessionSuffix) {
            let id = String(name.prefix { $0 != "." })
            let known = try? await self.upload(id).session
            if let known, self.now().timeIntervalSince(known.createdAt) < Self.uploadKept { continue }
            self.forgetUpload(id)
        }
    }
}
