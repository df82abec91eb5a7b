import Foundation
import GRDB
import Planning

extension PhotoLibrary {
    /// Whose album is to be worked out.
    enum PlanScope {
        case all
        case displays([String])
        case group(GroupID)
        /// Those whose plan says so by now.
        case due
    }

    /// How far ahead the next change is looked for; a plan is worked out again then, if none comes sooner.
    private static let planHorizonSeconds = 8 * 86_400

    /// The schedule of a display or a group.
    package func scheduleRules(of owner: SettingOwner) async throws -> [ScheduleRule] {
        try await self.read { db in
            try Self.requireOwner(db, owner)
            return try Self.rules(db, of: owner)
        }
    }

    /// Sets a schedule. What it says of this moment is in force when this returns.
    ///
    /// - Parameters:
    ///   - rules: At most ``ScheduleRule/countMaximum``. Every album must exist, but those that were named before.
    ///   - who: Whom the history names; `nil` to keep it out of it.
    /// - Throws: ``PhotoLibraryError``: `notFound`, `invalidChange`.
    package func setSchedule(_ rules: [ScheduleRule], of owner: SettingOwner, by who: String? = nil) async throws {
        guard rules.count <= ScheduleRule.countMaximum else {
            throw PhotoLibraryError(.invalidChange, "A schedule has \(ScheduleRule.countMaximum) rules at most.")
        }
        try await self.write { db, change in
            try Self.requireOwner(db, owner)
            let before = try Self.rules(db, of: owner)
            guard rules != before else { return }
            let known = Set(before.map(\.album))
            for rule in rules where !known.contains(rule.album) { _ = try Self.requireAlbum(db, rule.album) }
            try db.execute(sql: "DELETE FROM scheduleRule WHERE \(owner.column) = ?", arguments: [owner.key])
            for (place, rule) in rules.enumerated() {
                try db.execute(
                    sql: "INSERT INTO scheduleRule (\(owner.column), place, albumID, rule) VALUES (?, ?, ?, ?)",
                    arguments: [owner.key, place, rule.album, try Self.fragment(rule)])
            }
            if let who {
                try self.noteSetting(
                    db, of: owner, by: who, before: ["schedule": try Self.fragment(before)],
                    after: ["schedule": try Self.fragment(rules)])
            }
            switch owner {
            case .display(let id):
                try self.replan(db, .displays([id]), &change)
                change.displays.insert(id)
            case .group(let id):
                try self.replan(db, .group(id), &change)
                change.groups = true
            }
        }
    }

    /// What decides about a display's album.
    ///
    /// - Returns: `nil` if there is no such display.
    package func planner(of display: String) async throws -> DisplayPlanner? {
        try await self.read { db in
            guard let record = try Self.fetchDisplay(db, display) else { return nil }
            return try self.planners(db, of: [record])[0]
        }
    }

    /// What decides about the album of a group's displays, by the clock of the first of them.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `notFound`.
    package func planner(of group: GroupID) async throws -> DisplayPlanner {
        try await self.read { db in
            let summary = try Self.requireGroup(db, group)
            let first = try summary.displays.first.flatMap { try Self.fetchDisplay(db, $0) }
            return DisplayPlanner(
                clock: self.clock(ofZone: first?.timeZone ?? ""), albums: try Self.albumIDs(db), album: nil, rules: [],
                group: (group, summary.group.albumID, summary.rules))
        }
    }

    /// Works out which album each display shows by now, and marks those that show another one than before.
    ///
    /// - Parameter everything: Whether all are worked out, not only those whose time has come.
    /// - Returns: When the next change is due.
    package func replan(everything: Bool) async throws -> Date? {
        let due = try await self.read { db in
            try Int.fetchOne(db, sql: "SELECT min(planChangesAt) FROM display")
        }
        guard everything || due.map({ $0 <= self.instant }) == true else {
            return due.map { Date(timeIntervalSince1970: TimeInterval($0)) }
        }
        return try await self.write { db, change in
            try self.replan(db, everything ? .all : .due, &change)
            return try Int.fetchOne(db, sql: "SELECT min(planChangesAt) FROM display")
                .map { Date(timeIntervalSince1970: TimeInterval($0)) }
        }
    }

    // MARK: Steps of a transaction

    /// - Parameter marking: Whether the displays are to be published even where the album stays.
    func replan(
        _ db: Database, _ scope: PlanScope, _ change: inout LibraryChange, marking: Bool = false
    ) throws {
        let instant = self.instant
        let displays: [DisplayRecord]
        switch scope {
        case .all: displays = try DisplayRecord.fetchAll(db, sql: "SELECT * FROM display")
        case .displays(let ids): displays = try ids.compactMap { try Self.fetchDisplay(db, $0) }
        case .group(let id):
            displays = try DisplayRecord.fetchAll(
                db, sql: "SELECT * FROM display WHERE groupID = ?", arguments: [id])
        case .due:
            displays = try DisplayRecord.fetchAll(
                db, sql: "SELECT * FROM display WHERE planChangesAt <= ?", arguments: [instant])
        }
        guard !displays.isEmpty else { return }
        let split = Set(
            try GroupID.fetchAll(
                db, sql: "SELECT id FROM displayGroup WHERE mode = ?",
                arguments: [DisplayGroup.Mode.split.rawValue]))
        for (display, planner) in zip(displays, try self.planners(db, of: displays)) {
            let decision = planner.decision(at: instant)
            var share: GroupID?
            if case .group(let group) = decision.source, split.contains(group) { share = group }
            let next = planner.hasRules ? planner.nextChange(after: instant, within: Self.planHorizonSeconds) : nil
            let changesAt = planner.hasRules ? next ?? instant + Self.planHorizonSeconds : nil
            let isOther = decision.album != display.shownAlbumID || share != display.shareGroupID
            try db.execute(
                sql: """
                    UPDATE display SET shownAlbumID = ?, shareGroupID = ?, planChangesAt = ?, generation = generation + ?
                    WHERE id = ?
                    """,
                arguments: [decision.album, share, changesAt, isOther || marking ? 1 : 0, display.id])
            guard isOther || marking else { continue }
            // An album that begins to show has perhaps not been shared out, or not lately.
            if let share {
                try db.execute(sql: "UPDATE displayGroup SET isStale = 1 WHERE id = ?", arguments: [share])
            }
            change.displays.insert(display.id)
            change.publishing = true
        }
    }

    /// A planner for each, in the same order.
    private func planners(_ db: Database, of displays: [DisplayRecord]) throws -> [DisplayPlanner] {
        let albums = try Self.albumIDs(db)
        var groups: [GroupID: (id: GroupID, album: AlbumID?, rules: [ScheduleRule])] = [:]
        var clocks: [String: LocalClock] = [:]
        return try displays.map { display in
            if let id = display.groupID, groups[id] == nil, let group = try Self.fetchGroup(db, id) {
                groups[id] = (id, group.albumID, try Self.rules(db, of: .group(id)))
            }
            let clock = clocks[display.timeZone] ?? self.clock(ofZone: display.timeZone)
            clocks[display.timeZone] = clock
            return DisplayPlanner(
                clock: clock, albums: albums, album: display.albumID,
                rules: try Self.rules(db, of: .display(display.id)),
                group: display.groupID.flatMap { groups[$0] })
        }
    }

    /// The clock of a place; the server's own where none is named.
    private func clock(ofZone zone: String) -> LocalClock { LocalClock(identifier: zone) ?? LocalClock(self.timeZone) }

    /// Seconds since 1970-01-01 00:00 UTC.
    private var instant: Int { Int(self.now().timeIntervalSince1970.rounded(.down)) }

    private static func albumIDs(_ db: Database) throws -> Set<AlbumID> {
        try Set(AlbumID.fetchCursor(db, sql: "SELECT id FROM album"))
    }

    static func rules(_ db: Database, of owner: SettingOwner) throws -> [ScheduleRule] {
        try String.fetchAll(
            db, sql: "SELECT rule FROM scheduleRule WHERE \(owner.column) = ? ORDER BY place", arguments: [owner.key]
        ).map { try JSONDecoder().decode(ScheduleRule.self, from: Data($0.utf8)) }
    }

    private static func requireOwner(_ db: Database, _ owner: SettingOwner) throws {
        switch owner {
        case .display(let id): _ = try Self.requireDisplay(db, id)
        case .group(let id): _ = try Self.requireGroup(db, id)
        }
    }
}
