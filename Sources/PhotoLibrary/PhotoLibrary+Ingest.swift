import Foundation
import GRDB
import Logging
import Renditions

extension PhotoLibrary {
    /// Takes a file in as it arrives: to disk, checked and read by a worker, stored under its content's hash, with its
    /// thumbnail and what the displays that show the album need of it, all from one decode. All or nothing: when this
    /// returns the photo survives a power cut, when it throws nothing is left.
    ///
    /// - Parameters:
    ///   - chunks: The bytes. Not held in memory.
    ///   - filename: What it is called where it comes from; the photo's name is made from it.
    ///   - album: An album that it is appended to, in the same transaction.
    ///   - later: An album that the caller appends it to afterwards.
    /// - Throws: ``PhotoLibraryError``: `empty`, `unsupportedFormat`, `damaged`, `tooManyPixels`, `tooLarge`, `diskFull`,
    ///   `workerFailed`, `busy`, `notFound` (the album), `storage`; or what `chunks` throws; or `CancellationError`.
    package func ingest<Chunks: AsyncSequence>(
        _ chunks: Chunks, filename: String, into album: AlbumID? = nil, later: AlbumID? = nil
    ) async throws -> IngestOutcome where Chunks.Element: Collection, Chunks.Element.Element == UInt8 {
        let name = Self.displayed(filename)
        do {
            var upload = try IncomingFile(in: self.files.incoming)
            for try await chunk in chunks {
                try upload.append(chunk)
                guard upload.byteCount <= self.maximumOriginalBytes else {
                    throw PhotoLibraryError(
                        .tooLarge,
                        "“\(name)” is larger than \(self.maximumOriginalBytes >> 20) MiB. Export it with fewer pixels.")
                }
            }
            guard upload.byteCount > 0 else {
                throw PhotoLibraryError(.empty, "“\(name)” has no bytes. Copy it again from where it came from.")
            }
            try self.observe(.received)
            let file = Received(
                path: upload.path, contentHash: upload.contentHash(), byteCount: upload.byteCount,
                filename: filename, name: name, album: album, later: later)
            return try await self.holdingContent(file.contentHash, name: name) { try await self.takeIn(file) }
        } catch let failure as DurableFile.Failure {
            throw Self.storageError(failure, name: name)
        }
    }

    /// Takes in a file that is on this machine already; it stays where it is.
    ///
    /// - Throws: As the other form; `storage` if it cannot be read.
    package func ingest(
        file path: String, filename: String? = nil, into album: AlbumID? = nil, later: AlbumID? = nil
    ) async throws -> IngestOutcome {
        let name = filename ?? String(path.split(separator: "/").last ?? "photo")
        return try await self.ingest(FileChunks(path: path), filename: name, into: album, later: later)
    }

    /// A file that has arrived whole.
    private struct Received: Sendable {
        let path: String
        let contentHash: String
        let byteCount: Int
        let filename: String
        /// For messages.
        let name: String
        let album: AlbumID?
        let later: AlbumID?
    }

    private func takeIn(_ file: Received) async throws -> IngestOutcome {
        if let photo = try await self.duplicate(of: file) { return .duplicate(photo) }
        let marker = self.files.marker(contentHash: file.contentHash)
        let due = try await self.cutsDue(of: file.contentHash, in: file.album ?? file.later)
        try await self.onDisk { try DurableFile.makeMarker(marker, lines: due.map(\.id.text)) }
        do {
            try self.observe(.marked)
            let (facts, cuts) = try await self.examine(file, due: due)
            try self.observe(.examined)
            try await self.storeOriginal(file, format: facts.format)
            try self.observe(.stored)
            let photo = try await self.commit(file, facts: facts, cuts: cuts)
            try self.observe(.committed)
            try await self.onDisk { try DurableFile.remove(marker) }
            try self.observe(.finished)
            return .added(photo)
        } catch {
            // Not the cancelled task's business any more to be stopped in: nothing may be left half done.
            await self.settle(contentHash: file.contentHash)
            throw error
        }
    }

    private func duplicate(of file: Received) async throws -> Photo? {
        let known = try await self.read { try Self.fetchPhoto($0, contentHash: file.contentHash) }
        guard let known else { return nil }
        if known.deletedAt != nil {
            // Whoever brings it again wants it again.
            var change = PhotoChange()
            change.bin = false
            _ = try await self.changePhotos([known.id], change)
        }
        if let album = file.album { try await self.addPhotos([known.id], to: album) }
        return try await self.photo(known.id) ?? known
    }

    /// Reads the file and cuts it, once.
    private func examine(
        _ file: Received, due: [RenditionCut]
    ) async throws -> (facts: PhotoFacts, cuts: [(cut: RenditionCut, byteCount: Int)]) {
        let thumbnail = RenditionCut(contentHash: file.contentHash, recipe: .thumbnail)
        do {
            let all = [thumbnail] + due
            do {
                let (facts, files) = try await self.workers.render(
                    file.path, name: file.name, try all.map { try self.cache.output($0.id, recipe: $0.recipe) })
                return (facts, Array(zip(all, files.map(\.byteCount)).dropFirst()))
            } catch let error as RenditionError where error.code.isAboutResources && !due.isEmpty {
                // All of them may be too much for a worker where each alone is not.
                let output = try self.cache.output(thumbnail.id, recipe: thumbnail.recipe)
                return (try await self.workers.render(file.path, name: file.name, [output]).facts, [])
            }
        } catch let error as RenditionError {
            throw PhotoLibraryError(error)
        }
    }

    private func storeOriginal(_ file: Received, format: PhotoFormat) async throws {
        let path = self.files.original(contentHash: file.contentHash, format: format)
        try await self.onDisk {
            try DurableFile.makeDirectory(DurableFile.parent(of: path))
            try DurableFile.publish(temporary: file.path, as: path)
        }
    }

    private func commit(
        _ file: Received, facts: PhotoFacts, cuts: [(cut: RenditionCut, byteCount: Int)]
    ) async throws -> Photo {
        try await self.write { [now] db, change in
            if let album = file.album { _ = try Self.requireHandmade(db, album) }
            let name = try Self.freeName(db, file: file, format: facts.format)
            let added = now()
            try db.execute(
                sql: """
                    INSERT INTO photo (name, contentHash, format, byteCount, width, height, takenLocal,
                        takenOffsetMinutes, camera, lens, rating, title, caption, addedAt, sortKey)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                        coalesce(?, substr(replace(?, ' ', 'T'), 1, 19)))
                    """,
                arguments: [
                    name, file.contentHash, facts.format.rawValue, file.byteCount, facts.width, facts.height,
                    facts.taken?.localText, facts.taken?.offsetMinutes, facts.camera, facts.lens, facts.rating,
                    facts.title, facts.caption, added, facts.taken?.localText, added,
                ])
            let id = PhotoID(db.lastInsertedRowID)
            for keyword in facts.keywords {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO photoKeyword (photoID, keyword) VALUES (?, ?)",
                    arguments: [id, keyword])
            }
            if let place = facts.place {
                try db.execute(
                    sql: "INSERT INTO photoPlace (photoID, latitude, longitude) VALUES (?, ?, ?)",
                    arguments: [id, place.latitude, place.longitude])
            }
            for (cut, byteCount) in cuts {
                try db.execute(
                    sql: "INSERT INTO rendition (id, photoID, recipe, byteCount) VALUES (?, ?, ?, ?)",
                    arguments: [cut.id.text, id, cut.recipe.canonicalText, byteCount])
            }
            if let album = file.album { try Self.append(db, [id], to: album, &change) }
            try Self.refreshDerivedAlbums(db, photos: [id], &change)
            change.photos = true
            guard let photo = try Self.fetchPhoto(db, contentHash: file.contentHash) else {
                throw PhotoLibraryError(.storage, "“\(file.name)” could not be stored.")
            }
            return photo
        }
    }

    private static func freeName(_ db: Database, file: Received, format: PhotoFormat) throws -> String {
        let wanted = PhotoName.wanted(from: file.filename, format: format)
        func isFree(_ name: String) throws -> Bool {
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM photo WHERE name = ?)", arguments: [name]) != true
        }
        if try isFree(wanted) { return wanted }
        for number in 2...20 {
            let name = PhotoName.variant(of: wanted, "\(number)")
            if try isFree(name) { return name }
        }
        // Cameras count to 9999 and begin again; the content's hash is nobody else's.
        let name = PhotoName.variant(of: wanted, String(file.contentHash.prefix(12)))
        return try isFree(name) ? name : PhotoName.variant(of: wanted, file.contentHash)
    }

    static func fetchPhoto(_ db: Database, contentHash: String) throws -> Photo? {
        try Photo.fetchOne(db, sql: "SELECT * FROM photo WHERE contentHash = ?", arguments: [contentHash])
    }

    /// Cut to what a message can carry.
    static func displayed(_ filename: String) -> String {
        String(
            filename.unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init).prefix(80))
    }
}
