import Foundation
import GRDB
import Renditions

/// A place in a list of photos, from which the next page goes on. Opaque text for addresses.
package struct PhotoCursor: Hashable, Sendable {
    enum Position: Hashable, Sendable {
        /// In the whole library, newest first.
        case library(sortKey: String, id: PhotoID)
        /// In an album, in its order.
        case album(position: Int64, id: PhotoID)
    }
    let position: Position

    init(_ position: Position) { self.position = position }

    /// Reads ``text`` back; `nil` if it is none.
    package init?(text: String) {
        let parts = text.split(separator: "~", omittingEmptySubsequences: false)
        switch parts.first {
        case "a" where parts.count == 3:
            guard let position = Int64(parts[1]), let id = Int64(parts[2]) else { return nil }
            self.init(.album(position: position, id: PhotoID(id)))
        case "l" where parts.count == 3:
            guard let id = Int64(parts[2]) else { return nil }
            self.init(.library(sortKey: String(parts[1]), id: PhotoID(id)))
        default: return nil
        }
    }

    package var text: String {
        switch self.position {
        case .library(let sortKey, let id): "l~\(sortKey)~\(id.rawValue)"
        case .album(let position, let id): "a~\(position)~\(id.rawValue)"
        }
    }
}

/// Some photos of a list, and where the next ones begin.
package struct PhotoPage: Sendable {
    package let photos: [Photo]
    /// `nil` at the end.
    package let next: PhotoCursor?
}

extension PhotoLibrary {
    /// One page of photos: of an album in its order, or of the whole library with the newest first.
    ///
    /// - Parameters:
    ///   - album: The album, or `nil` for all photos.
    ///   - cursor: Where the page before ended. One of another kind of list begins anew.
    ///   - limit: 1 through 500.
    /// - Throws: ``PhotoLibraryError`` with code `notFound` if there is no such album.
    package func photos(
        album: AlbumID? = nil, after cursor: PhotoCursor? = nil, limit: Int = 100
    ) async throws -> PhotoPage {
        try await self.photos(PhotoFilter(album: album), after: cursor, limit: limit)
    }

    /// One page of the photos that a filter lets through: in the album's order, or the newest first.
    ///
    /// - Throws: ``PhotoLibraryError``: `notFound` if there is no such album; `invalidRule`.
    package func photos(
        _ filter: PhotoFilter, after cursor: PhotoCursor? = nil, limit: Int = 100
    ) async throws -> PhotoPage {
        try await self.listing(filter, after: cursor, limit: limit, counts: false).page
    }

    /// One page of the photos that a filter lets through, and how many there are in all, of one moment.
    ///
    /// - Throws: As ``photos(_:after:limit:)``.
    package func listing(
        _ filter: PhotoFilter, after cursor: PhotoCursor? = nil, limit: Int = 100
    ) async throws -> (page: PhotoPage, total: Int) {
        try await self.listing(filter, after: cursor, limit: limit, counts: true)
    }

    private func listing(
        _ filter: PhotoFilter, after cursor: PhotoCursor?, limit: Int, counts: Bool
    ) async throws -> (page: PhotoPage, total: Int) {
        try filter.rule.validate()
        let limit = min(max(limit, 1), 500)
        return try await self.read { db in
            if let album = filter.album, try !Album.exists(db, album) { throw PhotoLibraryError.noSuchAlbum() }
            let photos = try FilteredPhotos(db, filter)
            if counts && cursor == nil { return try photos.beginning(limit: limit) }
            return (try photos.page(after: cursor, limit: limit), counts ? try photos.count() : 0)
        }
    }

    /// How many photos a filter lets through.
    package func photoCount(_ filter: PhotoFilter) async throws -> Int {
        try await self.read { try FilteredPhotos($0, filter).count() }
    }

    /// - Returns: `nil` if there is none.
    package func photo(_ id: PhotoID) async throws -> Photo? {
        try await self.read { try Photo.fetchOne($0, sql: "SELECT * FROM photo WHERE id = ?", arguments: [id]) }
    }

    /// - Parameter name: Without regard to case.
    /// - Returns: `nil` if there is none.
    package func photo(named name: String) async throws -> Photo? {
        try await self.read { try Photo.fetchOne($0, sql: "SELECT * FROM photo WHERE name = ?", arguments: [name]) }
    }

    package func photoCount() async throws -> Int {
        try await self.photoCount(PhotoFilter())
    }

    /// A photo's keywords in alphabetical order.
    package func keywords(of id: PhotoID) async throws -> [String] {
        try await self.read { db in
            try String.fetchAll(
                db, sql: "SELECT keyword FROM photoKeyword WHERE photoID = ? ORDER BY keyword", arguments: [id])
        }
    }

    /// Where a photo was taken, for its owner's eyes only.
    package func place(of id: PhotoID) async throws -> PhotoPlace? {
        try await self.read { db in
            try Row.fetchOne(
                db, sql: "SELECT latitude, longitude FROM photoPlace WHERE photoID = ?", arguments: [id]
            ).map { PhotoPlace(latitude: $0["latitude"], longitude: $0["longitude"]) }
        }
    }

    /// Deletes photos, their originals and their renditions, and takes them off every display that shows them.
    ///
    /// - Parameter ids: Ids that are no photo's are passed over.
    package func deletePhotos(_ ids: [PhotoID]) async throws {
        for id in Set(ids) {
            guard let photo = try await self.photo(id) else { continue }
            try await self.holdingContent(photo.contentHash, name: photo.name) {
                try await self.deletePhoto(photo)
            }
        }
    }

    private func deletePhoto(_ photo: Photo) async throws {
        let marker = self.files.marker(contentHash: photo.contentHash)
        let cut = try await self.read { db in
            try String.fetchAll(db, sql: "SELECT id FROM rendition WHERE photoID = ?", arguments: [photo.id])
        }
        // Before the row goes: after a crash in between, the next start finds the marker and removes the files.
        try await self.onDisk { try DurableFile.makeMarker(marker, lines: cut) }
        let renditions = try await self.write { db, change in
            let renditions = try String.fetchAll(
                db, sql: "SELECT id FROM rendition WHERE photoID = ?", arguments: [photo.id])
            try Self.markUnpublished(db, displaysShowing: photo.id, &change)
            try db.execute(sql: "DELETE FROM photo WHERE id = ?", arguments: [photo.id])
            change.photos = true
            change.albums = true
            return renditions.compactMap { RenditionID(text: $0) }
        }
        try await self.onDisk { [files, cache] in
            for turn in RenditionRecipe.Rotation.allCases {
                for recipe in [RenditionRecipe.thumbnail, .preview] {
                    try cache.remove(RenditionID(contentHash: photo.contentHash, recipe: recipe.turned(by: turn)))
                }
            }
            for rendition in renditions { try cache.remove(rendition) }
            try DurableFile.remove(files.original(contentHash: photo.contentHash, format: photo.format))
            try DurableFile.remove(marker)
        }
    }
}

extension Album {
    static func exists(_ db: Database, _ id: AlbumID) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM album WHERE id = ?)", arguments: [id]) ?? false
    }
}
