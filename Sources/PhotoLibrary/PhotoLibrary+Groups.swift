import Foundation
import GRDB

extension PhotoLibrary {
    /// Makes a group of displays. Where it has an album, they show it from now on, shared out or the same on all.
    ///
    /// - Parameters:
    ///   - name: 1 to 100 characters, unique without regard to case.
    ///   - displays: In the order in which they hang; each leaves the group it was in.
    ///   - album: What they show; `nil` to leave each its own.
    ///   - who: Whom the histories of group and displays name; `nil` to keep it out of them.
    /// - Throws: ``PhotoLibraryError``: `invalidName`, `nameTaken`, `notFound` (a display or the album).
    package func createGroup(
        named name: String, displays: [String] = [], album: AlbumID? = nil, mode: DisplayGroup.Mode = .split,
        isInStep: Bool = false, settings: String = "{}", by who: String? = nil
    ) async throws -> DisplayGroupSummary {
        try await self.write { db, change in
            let draft = DisplayGroupDraft(
                name: name, albumID: album, mode: mode, isInStep: isInStep, settings: settings, displays: displays)
            let checked = try Self.checked(draft, db, for: nil, before: nil)
            try db.execute(
                sql: """
                    INSERT INTO displayGroup (name, createdAt, albumID, mode, isInStep, settings)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    checked.name, self.now(), checked.albumID, checked.mode.rawValue, checked.isInStep,
                    checked.settings,
                ])
            let id = GroupID(db.lastInsertedRowID)
            try self.setMembers(db, of: id, named: checked.name, to: checked.displays, by: who, &change)
            try self.groupChanged(db, id, &change)
            return try Self.requireGroup(db, id)
        }
    }

    /// Changes a group, in one transaction with the mark that the mediator does not hold it yet.
    ///
    /// - Parameters:
    ///   - who: Whom the histories of group and displays name; `nil` to keep it out of them.
    ///   - body: Edits the newest state; nothing changes if it throws.
    /// - Throws: As ``createGroup(named:displays:album:mode:isInStep:settings:by:)``; or what `body` throws.
    package func updateGroup(
        _ id: GroupID, by who: String? = nil, _ body: @escaping @Sendable (inout DisplayGroupDraft) throws -> Void
    ) async throws -> DisplayGroupSummary {
        try await self.write { db, change in
            let known = try Self.requireGroup(db, id)
            var draft = DisplayGroupDraft(known)
            try body(&draft)
            draft = try Self.checked(draft, db, for: id, before: known)
            guard draft != DisplayGroupDraft(known) else { return known }
            try db.execute(
                sql: """
                    UPDATE displayGroup SET name = ?, albumID = ?, mode = ?, isInStep = ?, settings = ? WHERE id = ?
                    """,
                arguments: [
                    draft.name, draft.albumID, draft.mode.rawValue, draft.isInStep, draft.settings, id,
                ])
            try self.setMembers(db, of: id, named: draft.name, to: draft.displays, by: who, &change)
            try self.groupChanged(db, id, &change)
            if let who {
                try self.noteSetting(
                    db, of: .group(id), by: who, before: try DisplayGroupDraft(known).fields, after: try draft.fields)
            }
            return try Self.requireGroup(db, id)
        }
    }

    /// Puts a display into a group, at its end, or takes it out of the one it is in.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    package func moveDisplay(_ display: String, to group: GroupID?, by who: String? = nil) async throws {
        if let group {
            _ = try await self.updateGroup(group, by: who) { draft in
                if !draft.displays.contains(display) { draft.displays.append(display) }
            }
        } else if let current = try await self.group(of: display) {
            _ = try await self.updateGroup(current.id, by: who) { draft in draft.displays.removeAll { $0 == display } }
        }
    }

    /// Deletes the group, not its displays; they show their own albums again.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    package func deleteGroup(_ id: GroupID, by who: String? = nil) async throws {
        try await self.write { db, change in
            let known = try Self.requireGroup(db, id)
            try self.setMembers(db, of: id, named: known.group.name, to: [], by: who, &change)
            try db.execute(sql: "DELETE FROM displayGroup WHERE id = ?", arguments: [id])
            change.groups = true
        }
    }

    /// All groups, by name.
    package func groups() async throws -> [DisplayGroupSummary] {
        try await self.read { db in
            try DisplayGroup.fetchAll(db, sql: "SELECT * FROM displayGroup ORDER BY name")
                .map { try Self.summary(db, $0) }
        }
    }

    /// - Returns: `nil` if there is none.
    package func group(_ id: GroupID) async throws -> DisplayGroupSummary? {
        try await self.read { db in try Self.fetchGroup(db, id).map { try Self.summary(db, $0) } }
    }

    /// The group that a display is in.
    package func group(of display: String) async throws -> DisplayGroup? {
        try await self.read { db in
            try DisplayGroup.fetchOne(
                db,
                sql: """
                    SELECT displayGroup.* FROM displayGroup JOIN display ON display.groupID = displayGroup.id
                    WHERE display.id = ?
                    """, arguments: [display])
        }
    }

    // MARK: Steps of a transaction

    static func fetchGroup(_ db: Database, _ id: GroupID) throws -> DisplayGroup? {
        try DisplayGroup.fetchOne(db, sql: "SELECT * FROM displayGroup WHERE id = ?", arguments: [id])
    }

    static func requireGroup(_ db: Database, _ id: GroupID) throws -> DisplayGroupSummary {
        guard let group = try Self.fetchGroup(db, id) else {
            throw PhotoLibraryError(.notFound, "There is no such group; it may have been deleted.")
        }
        return try Self.summary(db, group)
    }

    private static func summary(_ db: Database, _ group: DisplayGroup) throws -> DisplayGroupSummary {
        DisplayGroupSummary(
            group: group, displays: try Self.members(db, of: group.id), rules: try Self.rules(db, of: .group(group.id)))
    }

    static func members(_ db: Database, of group: GroupID) throws -> [String] {
        try String.fetchAll(
            db, sql: "SELECT id FROM display WHERE groupID = ? ORDER BY groupPlace, id", arguments: [group])
    }

    /// The draft as it can be stored: names trimmed, no display twice, everything that it names there.
    private static func checked(
        _ draft: DisplayGroupDraft, _ db: Database, for id: GroupID?, before: DisplayGroupSummary?
    ) throws -> DisplayGroupDraft {
        var draft = draft
        draft.name = try Self.validName(draft.name, of: "group")
        let holder = try GroupID.fetchOne(
            db, sql: "SELECT id FROM displayGroup WHERE name = ?", arguments: [draft.name])
        guard holder == nil || holder == id else {
            throw PhotoLibraryError(
                .nameTaken, "There is already a group named “\(draft.name)”. Choose another name.")
        }
        if let album = draft.albumID, album != before?.group.albumID { _ = try Self.requireAlbum(db, album) }
        if draft.mode == .same { draft.isInStep = true }
        var seen: Set<String> = []
        draft.displays = draft.displays.filter { seen.insert($0).inserted }
        for display in draft.displays where before?.displays.contains(display) != true {
            _ = try Self.requireDisplay(db, display)
        }
        return draft
    }

    private func setMembers(
        _ db: Database, of id: GroupID, named name: String, to wanted: [String], by who: String?,
        _ change: inout LibraryChange
    ) throws {
        let present = try Self.members(db, of: id)
        guard wanted != present else { return }
        func note(_ display: String, from old: GroupID?, to new: GroupID?) throws {
            guard let who else { return }
            try self.noteSetting(
                db, of: .display(display), by: who, before: ["group": try Self.fragment(old)],
                after: ["group": try Self.fragment(new)])
        }
        let staying = Set(wanted)
        let leaving = present.filter { !staying.contains($0) }
        for display in leaving {
            try db.execute(sql: "UPDATE display SET groupID = NULL WHERE id = ?", arguments: [display])
            try note(display, from: id, to: nil)
        }
        var left: Set<GroupID> = []
        for (place, display) in wanted.enumerated() {
            let old = try GroupID.fetchOne(db, sql: "SELECT groupID FROM display WHERE id = ?", arguments: [display])
            if old != id {
                if let old { left.insert(old) }
                try note(display, from: old, to: id)
            }
            try db.execute(
                sql: "UPDATE display SET groupID = ?, groupPlace = ? WHERE id = ?", arguments: [id, place, display])
        }
        try self.replan(db, .displays(leaving), &change, marking: true)
        for group in left { try self.groupChanged(db, group, &change) }
    }

    /// The group's displays must hear of it, and its shares are to be worked out again.
    func groupChanged(_ db: Database, _ id: GroupID, _ change: inout LibraryChange) throws {
        try db.execute(sql: "UPDATE displayGroup SET isStale = 1 WHERE id = ?", arguments: [id])
        try self.replan(db, .group(id), &change, marking: true)
        change.groups = true
    }
}

extension DisplayGroupDraft {
    init(_ summary: DisplayGroupSummary) {
        self.init(
            name: summary.group.name, albumID: summary.group.albumID, mode: summary.group.mode,
            isInStep: summary.group.isInStep, settings: summary.group.settings, displays: summary.displays)
    }

    /// The members of a history, as JSON.
    var fields: [String: String] {
        get throws {
            try PhotoLibrary.members(of: self.settings).merging([
                "name": PhotoLibrary.fragment(self.name), "album": PhotoLibrary.fragment(self.albumID),
                "mode": PhotoLibrary.fragment(self.mode), "inStep": PhotoLibrary.fragment(self.isInStep),
                "displays": PhotoLibrary.fragment(self.displays),
            ]) { _, new in new }
        }
    }
}
