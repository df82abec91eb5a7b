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
        try await self.makeRendition(photo.cut(.thumbnail), of: photo)
    }

    /// A photo at the size of a page, for looking at it; made when it is asked for.
    ///
    /// - Throws: ``PhotoLibraryError``, or `CancellationError`.
    package func previewFile(_ photo: Photo) async throws -> RenditionFile {
        try await self.makeRendition(photo.cut(.preview), of: photo)
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
        if self.cache.file(id) == nil {
            // What else is due of this photo comes from the same decode.
            let due = try await self.cutsMissing(of: known.photo)
            if due.count > 1 && due.contains(where: { $0.id == id }) {
                try await self.makeRenditions(due, of: known.photo)
            }
        }
        let file = try await self.makeRendition(RenditionCut(id: id, recipe: recipe), of: known.photo)
        try await self.noteMade([id: file.byteCount])
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
        let cut = photo.cut(display.recipe)
        return (cut.id, try await self.makeRendition(cut, of: photo))
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
        var wanted = try await self.cutsMissing(of: photo)
        guard !wanted.isEmpty else { return }
        let thumbnail = photo.cut(.thumbnail)
        if wanted.count < Self.cutsAtOnce, self.cache.file(thumbnail.id) == nil { wanted.append(thumbnail) }
        try await self.makeRenditions(wanted, of: photo)
    }

    private func makeRenditions(_ wanted: [RenditionCut], of photo: Photo) async throws {
        do {
            let sizes = try await self.cache.makeMissing(wanted, source: self.originalPath(photo), name: photo.name)
            try await self.noteMade(Dictionary(uniqueKeysWithValues: zip(wanted.map(\.id), sizes)))
        } catch let error as RenditionError {
            let failure = PhotoLibraryError(error)
            guard failure.code != .diskFull, failure.code != .busy else { throw failure }
            if error.code.isAboutResources && wanted.count > 1 {
                // All of them were too much for a worker; one alone may not be.
                for cut in wanted { try await self.makeRenditions([cut], of: photo) }
                return
            }
            self.logger.warning("rendition failed", metadata: ["photo": "\(photo.name)", "error": "\(error)"])
            try await self.write { db, change in
                for cut in wanted {
                    try db.execute(
                        sql: "UPDATE rendition SET failure = ? WHERE id = ?", arguments: [error.message, cut.id.text])
                }
                change.photos = true
            }
        }
    }

    /// What playlists name of a photo, nobody has cut yet and nothing speaks against; no more than one decode makes.
    private func cutsMissing(of photo: Photo) async throws -> [RenditionCut] {
        let missing = try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, recipe FROM rendition WHERE photoID = ? AND byteCount IS NULL AND failure IS NULL LIMIT ?
                    """, arguments: [photo.id, Self.cutsAtOnce]
            ).map { row -> (id: String, recipe: String) in (row["id"], row["recipe"]) }
        }
        var wanted: [RenditionCut] = []
        for row in missing {
            guard let id = RenditionID(text: row.id), let recipe = RenditionRecipe(canonicalText: row.recipe) else {
                try await self.write { db, _ in  // an older version's recipe: nobody will ask for it again
                    try db.execute(sql: "DELETE FROM rendition WHERE id = ?", arguments: [row.id])
                }
                continue
            }
            if let size = DurableFile.size(of: self.cache.path(of: id)) {
                try await self.noteMade([id: size])
            } else {
                wanted.append(RenditionCut(id: id, recipe: recipe))
            }
        }
        return wanted
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

    private func makeRendition(_ cut: RenditionCut, of photo: Photo) async throws -> RenditionFile {
        if let file = self.cache.file(cut.id) { return RenditionFile(path: file.path, byteCount: file.byteCount) }
        do {
            let sizes = try await self.cache.makeMissing([cut], source: self.originalPath(photo), name: photo.name)
            return RenditionFile(path: self.cache.path(of: cut.id), byteCount: sizes.first ?? 0)
        } catch let error as RenditionError {
            throw PhotoLibraryError(error)
        }
    }

    /// - Parameter byteCounts: By rendition; those that no playlist names are passed over.
    private func noteMade(_ byteCounts: [RenditionID: Int]) async throws {
        let new = try await self.read { db in
            try byteCounts.filter { id, byteCount in
                try Bool.fetchOne(
                    try db.cachedStatement(
                        sql: "SELECT byteCount IS ? AND failure IS NULL FROM rendition WHERE id = ?"),
                    arguments: [byteCount, id.text]) == false
            }
        }
        guard !new.isEmpty else { return }
        try await self.write { db, _ in
            for (id, byteCount) in new {
                try db.execute(
                    sql: "UPDATE rendition SET byteCount = ?, failure = NULL WHERE id = ?",
                    arguments: [byteCount, id.text])
            }
        }
    }
}
