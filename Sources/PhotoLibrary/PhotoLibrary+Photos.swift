import Foundation
import GRDB
import Renditions

/// A place in a list of photos, from which the next page goes on. Opaque text for addresses.
package struct PhotoCursor: Hashable, Sendable {
    enum Position: Hashable, Sendable {
        /// In the whole library, newest first.
        case library(sortKey: String, id: PhotoID)
        /// In an album, in its order.
        case album(position: Int64)
    }
    let position: Position

    init(_ position: Position) { self.position = position }

    /// Reads ``text`` back; `nil` if it is none.
    package init?(text: String) {
        let parts = text.split(separator: "~", omittingEmptySubsequences: false)
        switch parts.first {
        case "a" where parts.count == 2:
            guard let position = Int64(parts[1]) else { return nil }
            self.init(.album(position: position))
        case "l" where parts.count == 3:
            guard let id = Int64(parts[2]) else { return nil }
            self.init(.library(sortKey: String(parts[1]), id: PhotoID(id)))
        default: return nil
        }
    }

    package var text: String {
        switch self.position {
        case .library(let sortKey, let id): "l~\(sortKey)~\(id.rawValue)"
        case .album(let position): "a~\(position)"
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
        let limit = min(max(limit, 1), 500)
        return try await self.read { db in
            guard let album else { return try Self.libraryPage(db, after: cursor, limit: limit) }
            guard try Album.exists(db, album) else { throw PhotoLibraryError.noSuchAlbum() }
            return try Self.albumPage(db, album: album, after: cursor, limit: limit)
        }
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
        try await self.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM photo") ?? 0 }
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
        // Before the row goes: after a crash in between, the next start finds the marker and removes the files.
        try await self.onDisk { try DurableFile.makeMarker(marker) }
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
            for rendition in renditions + [photo.thumbnail] { try cache.remove(rendition) }
            try DurableFile.remove(files.original(contentHash: photo.contentHash, format: photo.format))
            try DurableFile.remove(marker)
        }
    }

    private static func libraryPage(_ db: Database, after cursor: PhotoCursor?, limit: Int) throws -> PhotoPage {
        var condition = SQL("")
        if case .library(let sortKey, let id) = cursor?.position {
            condition = "WHERE (sortKey, id) < (\(sortKey), \(id))"
        }
        let query: SQL = "SELECT * FROM photo \(condition) ORDER BY sortKey DESC, id DESC LIMIT \(limit + 1)"
        let photos = try SQLRequest<Photo>(literal: query).fetchAll(db)
        let page = Array(photos.prefix(limit))
        let next = photos.count > limit ? page.last : nil
        return PhotoPage(
            photos: page, next: next.map { PhotoCursor(.library(sortKey: $0.sortKey, id: $0.id)) })
    }

    private static func albumPage(
        _ db: Database, album: AlbumID, after cursor: PhotoCursor?, limit: Int
    ) throws -> PhotoPage {
        var start: Int64 = .min
        if case .album(let position) = cursor?.position { start = position }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT photo.*, albumPhoto.position FROM albumPhoto JOIN photo ON photo.id = albumPhoto.photoID
                WHERE albumPhoto.albumID = ? AND albumPhoto.position > ? ORDER BY albumPhoto.position LIMIT ?
                """, arguments: [album, start, limit + 1])
        let page = rows.prefix(limit)
        let next = rows.count > limit ? page.last : nil
        return PhotoPage(
            photos: try page.map { try Photo(row: $0) },
            next: next.map { PhotoCursor(.album(position: $0["position"])) })
    }
}

extension Album {
    static func exists(_ db: Database, _ id: AlbumID) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM album WHERE id = ?)", arguments: [id]) ?? false
    }
}
