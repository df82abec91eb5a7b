import Foundation
import GRDB
import Renditions

extension PhotoLibrary {
    /// - Returns: `nil` if there is none.
    package func display(_ id: String) async throws -> DisplayRecord? {
        try await self.read { try Self.fetchDisplay($0, id) }
    }

    /// The display that has this bearer token.
    ///
    /// - Parameter tokenHash: SHA-256 of the token, hexadecimal.
    package func display(tokenHash: String) async throws -> DisplayRecord? {
        try await self.read { db in
            try DisplayRecord.fetchOne(
                db, sql: "SELECT * FROM display WHERE tokenHash = ?", arguments: [tokenHash])
        }
    }

    /// All displays, by name.
    package func displays() async throws -> [DisplayRecord] {
        try await self.read {
            try DisplayRecord.fetchAll($0, sql: "SELECT \(DisplayRecord.columns) FROM display ORDER BY name, id")
        }
    }

    /// Gives a display its bearer token, or takes it away; the one before is void.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    package func setDisplayToken(_ id: String, tokenHash: String?) async throws {
        try await self.write { db, _ in
            try db.execute(sql: "UPDATE display SET tokenHash = ? WHERE id = ?", arguments: [tokenHash, id])
            guard db.changesCount > 0 else { throw PhotoLibraryError.noSuchDisplay(id) }
        }
    }

    /// Changes what a display should show, in one transaction with the mark that the mediator does not hold it yet.
    ///
    /// - Parameters:
    ///   - id: The display.
    ///   - who: Whom the display's history names; `nil` to keep the change out of it.
    ///   - members: The settings as the history keeps them, each as JSON.
    ///   - body: Edits the newest state; runs inside the transaction, so it must be quick. Nothing changes if it throws.
    /// - Returns: The record as it is now. Its generation rose if, and only if, something differs.
    /// - Throws: ``PhotoLibraryError``: `notFound` (display or album), `invalidName`; or what `body` throws.
    package func updateDisplay(
        _ id: String, by who: String? = nil,
        members: @escaping @Sendable (DisplayDraft) throws -> [String: String] = { try members(of: $0.settings) },
        _ body: @escaping @Sendable (inout DisplayDraft) throws -> Void
    ) async throws -> DisplayRecord {
        try await self.write { db, change in
            let known = try Self.requireDisplay(db, id)
            var draft = DisplayDraft(known)
            try body(&draft)
            draft.name = try Self.validName(draft.name, of: "display")
            guard draft != DisplayDraft(known) else { return known }
            if let album = draft.albumID { _ = try Self.requireAlbum(db, album) }
            try db.cachedStatement(
                sql: """
                    UPDATE display SET name = ?, albumID = ?, width = ?, height = ?, fit = ?, rotation = ?, settings = ?,
                        timeZone = ?, power = ?, generation = generation + 1
                    WHERE id = ?
                    """
            ).execute(arguments: [
                draft.name, draft.albumID, draft.width, draft.height, draft.fit.rawValue, draft.rotation.rawValue,
                draft.settings, draft.timeZone, draft.power.rawValue, id,
            ])
            if draft.albumID != known.albumID || draft.timeZone != known.timeZone {
                try self.replan(db, .displays([id]), &change)
            }
            if let who {
                func fields(_ draft: DisplayDraft) throws -> [String: String] {
                    try members(draft).merging([
                        "name": Self.fragment(draft.name), "album": Self.fragment(draft.albumID),
                        "power": Self.fragment(draft.power),
                    ]) { _, own in own }
                }
                try self.noteSetting(
                    db, of: .display(id), by: who, before: try fields(DisplayDraft(known)), after: try fields(draft))
            }
            change.displays.insert(id)
            change.publishing = true
            return try Self.requireDisplay(db, id)
        }
    }

    /// Takes note of a screen's size; photos are then cut for it.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    package func resizeDisplay(_ id: String, width: Int, height: Int) async throws -> DisplayRecord {
        try await self.updateDisplay(id) { draft in
            draft.width = min(max(width, 1), RenditionRecipe.longestSide)
            draft.height = min(max(height, 1), RenditionRecipe.longestSide)
        }
    }

    /// Takes note of when a display was last heard of. Not a change of what it shows.
    package func touchDisplay(_ id: String, seenAt: Date) async throws {
        try await self.touchDisplays([id: seenAt])
    }

    /// Removes a display and its credentials. Its id stays taken, and ``displaysToRetire()`` names it until its keys
    /// are known to be gone from the mediator.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    package func removeDisplay(_ id: String) async throws {
        try await self.write { [now] db, change in
            let known = try Self.requireDisplay(db, id)
            try db.execute(sql: "DELETE FROM display WHERE id = ?", arguments: [id])
            try Self.retire(db, id, now: now())
            if let group = known.groupID { try self.groupChanged(db, group, &change) }
            change.displays.insert(id)
            change.publishing = true
        }
    }

    // MARK: Steps of a transaction

    static func fetchDisplay(_ db: Database, _ id: String) throws -> DisplayRecord? {
        try DisplayRecord.fetchOne(
            try db.cachedStatement(sql: "SELECT \(DisplayRecord.columns) FROM display WHERE id = ?"), arguments: [id])
    }

    static func requireDisplay(_ db: Database, _ id: String) throws -> DisplayRecord {
        guard let display = try Self.fetchDisplay(db, id) else { throw PhotoLibraryError.noSuchDisplay(id) }
        return display
    }

    static func isDisplayID(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...64).contains(bytes.count)
            && bytes.allSatisfy { byte in
                (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}
