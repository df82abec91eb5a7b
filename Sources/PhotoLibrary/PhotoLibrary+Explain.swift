import Foundation
import GRDB

/// Why a photo is on a display.
package struct PhotoExplanation: Sendable {
    /// What decides about the album at present.
    package let decision: DisplayPlanner.Decision
    package let albumName: String?
    package let groupName: String?
    /// Whether the album has the photo and, where it is shared out, this display has it.
    package let isShown: Bool
    /// The rule that put it into the album; nil for an album filled by hand.
    package let albumRule: String?
    /// Where a group shares the album out: how many displays, how many photos this one has, and how many there are.
    package let share: (displays: Int, own: Int, all: Int)?
    /// The photo; nil if the library has none of that name.
    package let photo: Photo?
}

extension PhotoLibrary {
    /// Why a display shows a photo, or what it would show instead.
    ///
    /// - Parameters:
    ///   - name: The photo's.
    ///   - date: When.
    /// - Throws: ``PhotoLibraryError`` with code `notFound`: the display.
    package func explain(photoNamed name: String, on display: String, at date: Date) async throws -> PhotoExplanation {
        guard let planner = try await self.planner(of: display) else { throw PhotoLibraryError.noSuchDisplay(display) }
        let decision = planner.decision(at: Int(date.timeIntervalSince1970.rounded(.down)))
        return try await self.read { db in
            let record = try Self.requireDisplay(db, display)
            let album = try decision.album.flatMap {
                try Album.fetchOne(db, sql: "SELECT * FROM album WHERE id = ?", arguments: [$0])
            }
            let group = try record.groupID.flatMap { try Self.fetchGroup(db, $0) }
            let query: SQL = "SELECT photo.* FROM \(Self.photosShown(by: record)) AND photo.name = \(name)"
            let isShown = try SQLRequest<Photo>(literal: query).fetchOne(db) != nil
            let names = try Dictionary(
                uniqueKeysWithValues: Row.fetchAll(db, sql: "SELECT id, name FROM album").map {
                    ($0[0] as AlbumID, $0[1] as String)
                })
            var share: (displays: Int, own: Int, all: Int)?
            if let shared = record.shareGroupID {
                func count(_ sql: String, _ arguments: StatementArguments) throws -> Int {
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM \(sql)", arguments: arguments) ?? 0
                }
                share = (
                    try count("display WHERE groupID = ?", [shared]),
                    try count(
                        "groupShare WHERE displayID = ? AND albumID = ? AND groupID = ?",
                        [display, record.shownAlbumID, shared]),
                    try count("groupShare WHERE albumID = ? AND groupID = ?", [record.shownAlbumID, shared])
                )
            }
            return PhotoExplanation(
                decision: decision, albumName: album?.name, groupName: group?.name, isShown: isShown,
                albumRule: album?.rule.flatMap { PhotoRule(stored: $0) }?.sentence { names[$0] }, share: share,
                photo: try Photo.fetchOne(db, sql: "SELECT * FROM photo WHERE name = ?", arguments: [name]))
        }
    }
}
