import Foundation
import GRDB
import Logging
import Renditions

extension PhotoLibrary {
    /// Changes photos, all or none of them, in one transaction that can be undone as one.
    ///
    /// - Parameters:
    ///   - photos: Ids that are no photo's are passed over.
    ///   - change: What to change.
    /// - Returns: `nil` if nothing differs.
    /// - Throws: ``PhotoLibraryError``: `invalidChange`, `nameTaken`.
    package func changePhotos(_ photos: [PhotoID], _ change: PhotoChange) async throws -> LibraryEdit? {
        let photos = Array(Set(photos)).sorted { $0.rawValue < $1.rawValue }
        let wanted = try change.validated(count: photos.count)
        return try await self.write { [now] db, libraryChange in
            try self.recordingEdit(
                db, wanted.summary(count: photos.count), photos: photos, &libraryChange
            ) { _ in
                let date = now()
                for id in photos {
                    guard let old = try PhotoState.fetch(db, id) else { continue }
                    var new = wanted.applied(to: old, at: date)
                    if new.name != old.name {
                        new.name = try Self.validPhotoName(db, new.name, for: id)
                    }
                    try new.store(db, id, replacing: old)
                }
                return []
            }
        }
    }

    private static func validPhotoName(_ db: Database, _ name: String, for id: PhotoID) throws -> String {
        guard let text = try String.fetchOne(db, sql: "SELECT format FROM photo WHERE id = ?", arguments: [id]),
            let format = PhotoFormat(rawValue: text)
        else { throw PhotoLibraryError.noSuchPhoto() }
        let name = PhotoName.wanted(from: name, format: format)
        guard try !Self.isNameTaken(db, name, exceptBy: id) else {
            throw PhotoLibraryError(.nameTaken, "There is already a photo named “\(name)”. Choose another name.")
        }
        return name
    }

    // MARK: Keywords

    /// A keyword and how many photos have it.
    package struct KeywordCount: Codable, Hashable, Sendable, FetchableRecord {
        package let keyword: String
        package let count: Int
    }

    /// Keywords that begin with `prefix`, the most used first. Photos in the bin do not count.
    package func keywords(beginningWith prefix: String = "", limit: Int = 20) async throws -> [KeywordCount] {
        try await self.read { db in
            let escaped = prefix.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
            return try KeywordCount.fetchAll(
                db,
                sql: """
                    SELECT keyword, count(*) AS count FROM photoKeyword
                    WHERE keyword LIKE ? ESCAPE '\\'
                    GROUP BY keyword ORDER BY count DESC, keyword LIMIT ?
                    """, arguments: [escaped + "%", limit])
        }
    }

    /// Gives a keyword another name on every photo that has it, or takes it away from all of them.
    ///
    /// - Parameter new: `nil` or empty to take it away.
    /// - Throws: ``PhotoLibraryError``: `notFound`, `invalidChange`.
    package func renameKeyword(_ old: String, to new: String?) async throws -> LibraryEdit? {
        let cleaned = new.flatMap { MetadataText.clean($0, longest: 100) }
        return try await self.write { db, change in
            let photos = try PhotoID.fetchAll(
                db, sql: "SELECT photoID FROM photoKeyword WHERE keyword = ?", arguments: [old])
            guard !photos.isEmpty else { throw PhotoLibraryError(.notFound, "No photo has the keyword “\(old)”.") }
            let summary = cleaned.map { "Keyword “\(old)” is “\($0)” now" } ?? "Removed the keyword “\(old)”"
            return try self.recordingEdit(db, summary, photos: photos, &change) { _ in
                for id in photos {
                    guard let state = try PhotoState.fetch(db, id) else { continue }
                    var wanted = state
                    wanted.keywords.removeAll { $0.lowercased() == old.lowercased() }
                    if let cleaned { wanted.keywords = MetadataText.cleanKeywords(wanted.keywords + [cleaned]) }
                    try wanted.store(db, id, replacing: state)
                }
                return []
            }
        }
    }

    /// The cameras there are, the most used first.
    package func cameras(limit: Int = 100) async throws -> [String] {
        try await self.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT camera FROM photo WHERE camera IS NOT NULL GROUP BY camera ORDER BY count(*) DESC LIMIT ?
                    """, arguments: [limit])
        }
    }

    // MARK: Shown

    /// Takes note that a display shows a photo; only the first time is kept.
    package func noteShown(photoNamed name: String) async throws {
        let isNew = try await self.read { db in
            try Bool.fetchOne(db, sql: "SELECT shownAt IS NULL FROM photo WHERE name = ?", arguments: [name])
        }
        guard isNew == true else { return }
        try await self.write { [now] db, change in
            let ids = try PhotoID.fetchAll(
                db, sql: "UPDATE photo SET shownAt = ? WHERE name = ? AND shownAt IS NULL RETURNING id",
                arguments: [now(), name])
            try Self.refreshDerivedAlbums(db, photos: Set(ids), &change)
        }
    }

    // MARK: The bin

    /// How long photos stay in the bin.
    package static let binDays = 30

    /// Deletes for ever what is in the bin.
    ///
    /// - Parameters:
    ///   - photos: Some of it, or `nil` for all.
    ///   - date: Only what was put there before.
    /// - Returns: How many were deleted.
    package func emptyBin(_ photos: [PhotoID]? = nil, deletedBefore date: Date? = nil) async throws -> Int {
        let ids = try await self.read { db in
            try PhotoID.fetchAll(
                db,
                sql: """
                    SELECT id FROM photo WHERE deletedAt IS NOT NULL AND (? IS NULL OR deletedAt < ?)
                        AND (? IS NULL OR id IN (SELECT value FROM json_each(?)))
                    """, arguments: [date, date, photos.map(Self.list), photos.map(Self.list)])
        }
        try await self.deletePhotos(ids)
        return ids.count
    }

    /// Keeps the cache of renditions within its limit, until cancelled. What is thrown out is made again when it is asked for.
    package func keepCacheSmall() async throws {
        while !Task.isCancelled {
            do {
                let gone = try await self.cache.keepWithinLimit()
                if gone > 0 { self.logger.info("cache cut back", metadata: ["renditions": "\(gone)"]) }
            } catch let failure as DurableFile.Failure {
                throw Self.storageError(failure, name: nil)
            }
            try await Task.sleep(for: .seconds(60))
        }
    }

    /// Empties the bin of what has been there for ``binDays`` days, now and then every hour, until cancelled.
    package func keepBinShort() async throws {
        while !Task.isCancelled {
            let gone = try await self.emptyBin(
                deletedBefore: self.now().addingTimeInterval(-Double(Self.binDays) * 86_400))
            if gone > 0 { self.logger.info("bin emptied", metadata: ["photos": "\(gone)"]) }
            try await Task.sleep(for: .seconds(3_600))
        }
    }
}
