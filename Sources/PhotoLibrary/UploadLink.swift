import Foundation
import GRDB

/// A link with which somebody without an account adds photos to one album, until it ends.
package struct UploadLink: Codable, Hashable, Sendable, FetchableRecord {
    package let id: Int64
    /// For whom or what it is, in its maker's words; whoever opens it reads this.
    package let label: String
    package let albumID: AlbumID
    package let albumName: String
    package let madeBy: String
    package let createdAt: Date
    package let expiresAt: Date
    /// How many files may still come.
    package let filesLeft: Int

    fileprivate static let query = """
        SELECT uploadLink.id, label, albumID, album.name AS albumName, madeBy, uploadLink.createdAt, expiresAt, filesLeft
        FROM uploadLink JOIN album ON album.id = albumID
        """
    /// Links that may be open at one time.
    fileprivate static let most = 500
}

extension PhotoLibrary {
    /// Links that have not ended, the newest first.
    package func uploadLinks() async throws -> [UploadLink] {
        try await self.read { [now] db in
            try UploadLink.fetchAll(
                db, sql: "\(UploadLink.query) WHERE expiresAt > ? ORDER BY uploadLink.id DESC", arguments: [now()])
        }
    }

    /// The link of a token, if it has not ended.
    package func uploadLink(tokenHash: String) async throws -> UploadLink? {
        try await self.read { [now] db in
            try UploadLink.fetchOne(
                db, sql: "\(UploadLink.query) WHERE tokenHash = ? AND expiresAt > ?", arguments: [tokenHash, now()])
        }
    }

    /// - Parameters:
    ///   - tokenHash: SHA-256 of the link's token, hexadecimal.
    ///   - label: 1 to 100 characters.
    ///   - album: One that is filled by hand.
    ///   - files: How many may come.
    /// - Throws: ``PhotoLibraryError``: `notFound` or `conflict` (the album), `invalidName`, `full`.
    package func makeUploadLink(
        tokenHash: String, label: String, album: AlbumID, files: Int, madeBy: String, expiresAt: Date
    ) async throws -> UploadLink {
        let label = try Self.validName(label, of: "link")
        return try await self.write { [now] db, _ in
            _ = try Self.requireHandmade(db, album)
            try db.execute(sql: "DELETE FROM uploadLink WHERE expiresAt <= ?", arguments: [now()])
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM uploadLink") ?? 0 < UploadLink.most else {
                throw PhotoLibraryError(.full, "\(UploadLink.most) links are open. End some of them first.")
            }
            try db.execute(
                sql: """
                    INSERT INTO uploadLink (tokenHash, label, albumID, madeBy, createdAt, expiresAt, filesLeft)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """, arguments: [tokenHash, label, album, madeBy, now(), expiresAt, files])
            guard
                let link = try UploadLink.fetchOne(
                    db, sql: "\(UploadLink.query) WHERE uploadLink.id = ?", arguments: [db.lastInsertedRowID])
            else { throw PhotoLibraryError(.storage, "The link could not be stored.") }
            return link
        }
    }

    /// Counts a file that begins to come by a link.
    ///
    /// - Throws: ``PhotoLibraryError``: `full` where no more may come.
    package func countUpload(by link: Int64) async throws {
        try await self.write { db, _ in
            try db.execute(
                sql: "UPDATE uploadLink SET filesLeft = filesLeft - 1 WHERE id = ? AND filesLeft > 0", arguments: [link]
            )
            guard db.changesCount > 0 else {
                throw PhotoLibraryError(.full, "As many files as this link allows have come. Ask for a new link.")
            }
        }
    }

    /// Ends a link. One that is not there is fine.
    package func deleteUploadLink(_ id: Int64) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "DELETE FROM uploadLink WHERE id = ?", arguments: [id])
        }
    }
}
