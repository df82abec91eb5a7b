import Foundation
import GRDB
import Logging
import Renditions

/// A finished rendition.
package struct RenditionFile: Hashable, Sendable {
    package let path: String
    package let byteCount: Int
}

extension PhotoLibrary {
    /// The small picture of a photo that pages show; made anew if the cache lost it.
    ///
    /// - Throws: ``PhotoLibraryError``, or `CancellationError`.
    package func thumbnailFile(_ photo: Photo) async throws -> RenditionFile {
        let rendition = photo.rendition(.thumbnail)
        return try await self.makeRendition(rendition.id, recipe: rendition.recipe, of: photo)
    }

    /// A photo at the size of a page, for looking at it; made when it is asked for.
    ///
    /// - Throws: ``PhotoLibraryError``, or `CancellationError`.
    package func previewFile(_ photo: Photo) async throws -> RenditionFile {
        let rendition = photo.rendition(.preview)
        return try await self.makeRendition(rendition.id, recipe: rendition.recipe, of: photo)
    }

    /// A rendition that some display's playlist names; cut now if it was not yet. Asked for by several at once, it is
    /// cut once.
    ///
    /// - Throws: ``PhotoLibraryError``: `notFound` if no playlist ever named it; or what cutting throws; or `CancellationError`.
    package func renditionFile(_ id: RenditionID) async throws -> RenditionFile {
        let known = try await self.read { db -> (photo: Photo, recipe: String)? in
            guard
                let row = try Row.fetchOne(
                    db,
                    sql: """
                        SELECT photo.*, rendition.recipe FROM rendition JOIN photo ON photo.id = rendition.photoID
                        WHERE rendition.id = ?
                        """, arguments: [id.text])
            else { return nil }
            return (try Photo(row: row), row["recipe"])
        }
        guard let known, let recipe = RenditionRecipe(canonicalText: known.recipe) else {
            throw PhotoLibraryError(.notFound, "There is no such rendition; its photo may have been deleted.")
        }
        let file = try await self.makeRendition(id, recipe: recipe, of: known.photo)
        try await self.noteMade(id, byteCount: file.byteCount)
        return file
    }

    /// The rendition of a photo for a display, for one that knows only the photo's name.
    ///
    /// - Throws: ``PhotoLibraryError``: `notFound` if the display's album has no photo of that name; or as ``renditionFile(_:)``.
    package func renditionFile(
        ofPhotoNamed name: String, for display: DisplayRecord
    ) async throws -> (id: RenditionID, file: RenditionFile) {
        let photo = try await self.read { db in
            try SQLRequest<Photo>(
                literal: "SELECT photo.* FROM \(Self.photosShown(by: display)) AND photo.name = \(name)"
            ).fetchOne(db)
        }
        guard let photo else {
            throw PhotoLibraryError(.notFound, "There is no photo “\(name)” for this display.")
        }
        let rendition = photo.rendition(display.recipe)
        return (rendition.id, try await self.makeRendition(rendition.id, recipe: rendition.recipe, of: photo))
    }

    /// Whether a display may have a rendition: its photo is in the display's album, or a playlist that the display may
    /// still be playing names it.
    package func displayMayFetch(_ displayID: String, rendition: RenditionID) async throws -> Bool {
        try await self.read { db in
            let isInAlbum = try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM display
                        JOIN albumPhoto ON albumPhoto.albumID = display.shownAlbumID
                        JOIN rendition ON rendition.photoID = albumPhoto.photoID
                        WHERE display.id = ? AND rendition.id = ?
                            AND (display.shareGroupID IS NULL OR EXISTS (SELECT 1 FROM groupShare
                                WHERE groupID = display.shareGroupID AND albumID = display.shownAlbumID
                                    AND groupShare.photoID = rendition.photoID AND displayID = display.id)))
                    """, arguments: [displayID, rendition.text])
            if isInAlbum == true { return true }
            return try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM displayPlaylist JOIN playlist USING (sha256)
                        JOIN display ON display.id = displayPlaylist.displayID
                        WHERE display.id = ? AND instr(document, CAST(? AS BLOB)) > 0)
                    """, arguments: [displayID, rendition.text]) ?? false
        }
    }

    // MARK: Ahead of time

    /// Cuts what playlists name and nobody has asked for yet, one photo at a time, newest first, until cancelled; then
    /// waits for playlists to change. Run it once beside the server.
    package func keepRenditionsReady() async throws {
        var changes = self.changes().makeAsyncIterator()
        while !Task.isCancelled {
            var isPaused = false
            while let photo = try await self.photoWithRenditionsToMake() {
                do {
                    try await self.makeRenditions(of: photo)
                } catch let error as PhotoLibraryError where error.code == .diskFull || error.code == .busy {
                    // The photo is not at fault: later.
                    self.logger.warning(
                        "renditions wait", metadata: ["photo": "\(photo.name)", "error": "\(error)"])
                    isPaused = true
                    break
                }
            }
            if isPaused {
                try await Task.sleep(for: .seconds(30))
            } else if await changes.next() == nil {
                return
            }
        }
    }

    /// Cuts everything missing for one photo from one decode. What the photo's file makes impossible is noted on it
    /// and not tried again by itself.
    func makeRenditions(of photo: Photo) async throws {
        let missing = try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, recipe FROM rendition WHERE photoID = ? AND byteCount IS NULL AND failure IS NULL LIMIT 8
                    """, arguments: [photo.id]
            ).map { row -> (id: String, recipe: String) in (row["id"], row["recipe"]) }
        }
        var wanted: [(id: RenditionID, recipe: RenditionRecipe)] = []
        for row in missing {
            guard let id = RenditionID(text: row.id), let recipe = RenditionRecipe(canonicalText: row.recipe) else {
                try await self.write { db, _ in  // an older version's recipe: nobody will ask for it again
                    try db.execute(sql: "DELETE FROM rendition WHERE id = ?", arguments: [row.id])
                }
                continue
            }
            if let size = DurableFile.size(of: self.cache.path(of: id)) {
                try await self.noteMade(id, byteCount: size)
            } else {
                wanted.append((id, recipe))
            }
        }
        guard !wanted.isEmpty else { return }
        do {
            let sizes = try await self.cache.makeMissing(wanted, source: self.originalPath(photo), name: photo.name)
            for (item, size) in zip(wanted, sizes) { try await self.noteMade(item.id, byteCount: size) }
        } catch let error as RenditionError {
            let failure = PhotoLibraryError(error)
            guard failure.code != .diskFull, failure.code != .busy else { throw failure }
            self.logger.warning("rendition failed", metadata: ["photo": "\(photo.name)", "error": "\(error)"])
            let ids = wanted.map(\.id.text)
            try await self.write { db, change in
                for id in ids {
                    try db.execute(
                        sql: "UPDATE rendition SET failure = ? WHERE id = ?", arguments: [error.message, id])
                }
                change.photos = true
            }
        }
    }

    private func photoWithRenditionsToMake() async throws -> Photo? {
        try await self.read { db in
            try Photo.fetchOne(
                try db.cachedStatement(
                    sql: """
                        SELECT * FROM photo WHERE id =
                            (SELECT max(photoID) FROM rendition WHERE byteCount IS NULL AND failure IS NULL)
                        """))
        }
    }

    func originalPath(_ photo: Photo) -> String {
        self.files.original(contentHash: photo.contentHash, format: photo.format)
    }

    private func makeRendition(
        _ id: RenditionID, recipe: RenditionRecipe, of photo: Photo
    ) async throws -> RenditionFile {
        do {
            let file = try await self.cache.file(
                id, recipe: recipe, source: self.originalPath(photo), name: photo.name)
            return RenditionFile(path: file.path, byteCount: file.byteCount)
        } catch let error as RenditionError {
            throw PhotoLibraryError(error)
        }
    }

    private func noteMade(_ id: RenditionID, byteCount: Int) async throws {
        let isNoted = try await self.read { db in
            try Bool.fetchOne(
                db, sql: "SELECT byteCount IS ? AND failure IS NULL FROM rendition WHERE id = ?",
                arguments: [byteCount, id.text])
        }
        guard isNoted != true else { return }
        try await self.write { db, _ in
            try db.execute(
                sql: "UPDATE rendition SET byteCount = ?, failure = NULL WHERE id = ?",
                arguments: [byteCount, id.text])
        }
    }
}
