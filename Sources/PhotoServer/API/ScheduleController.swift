import DisplayChannel
import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary
import Planning

/// Which album when: the schedules of displays and groups, and what follows from them.
struct ScheduleController: Sendable {
    let library: PhotoLibrary
    let board: FleetBoard
    let clock: WallClock

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        for owner in ["displays", "groups"] {
            router.get("\(owner)/{id}/schedule") { _, context in try await self.schedule(of: context.owner(owner)) }
            router.put("\(owner)/{id}/schedule") { request, context in
                let schedule = try await request.json(Schedule.self)
                let owner = try context.owner(owner)
                try await self.library.setSchedule(schedule.rules, of: owner, by: context.session.userName)
                return try await self.schedule(of: owner)
            }
            router.get("\(owner)/{id}/week") { try await self.week($0, of: $1.owner(owner)) }
        }
        router.get("displays/{id}/plan") { try await self.plan($0, of: $1.owner("displays")) }
        router.get("displays/{id}/why") { try await self.why($0, $1) }
    }

    private struct Schedule: Codable { let rules: [ScheduleRule] }

    private func schedule(of owner: SettingOwner) async throws -> Response {
        try .json(Schedule(rules: try await self.library.scheduleRules(of: owner)))
    }

    // MARK: What follows

    private var now: Int { Int(self.clock.now().timeIntervalSince1970.rounded(.down)) }

    private func plan(_ request: Request, of owner: SettingOwner) async throws -> Response {
        let outline = try await self.outline(of: owner)
        let instant = try request.uri.queryParameters["at"].map {
            try self.instant(String($0), clock: outline.planner.clock)
        }
        return try .json(outline.moment(at: instant ?? self.now))
    }

    private func week(_ request: Request, of owner: SettingOwner) async throws -> Response {
        let outline = try await self.outline(of: owner)
        var date = outline.planner.clock.reading(at: self.now).date
        if let text = request.uri.queryParameters["from"] {
            guard let asked = LocalDate(text) else {
                throw Problem(
                    .unprocessableContent, "day-invalid", "The query member \"from\" must be a day such as 2026-12-24.")
            }
            date = asked
        }
        return try .json(outline.week(of: date, now: self.now))
    }

    func outline(of owner: SettingOwner) async throws -> DayOutline {
        let names = try await Dictionary(
            uniqueKeysWithValues: self.library.albums().map { ($0.id, $0.name) })
        switch owner {
        case .display(let id):
            guard let record = try await self.library.display(id), let planner = try await self.library.planner(of: id)
            else { throw Problem.displayNotFound }
            let group = try await self.library.group(of: id)
            return DayOutline(
                planner: planner, albumNames: names, groupName: group?.name,
                settings: DesiredState.settings(of: record, group: group))
        case .group(let id):
            let planner = try await self.library.planner(of: id)
            return DayOutline(
                planner: planner, albumNames: names, groupName: try await self.library.group(id)?.group.name,
                settings: DisplaySettings())
        }
    }

    /// An instant, or a time on the display's own wall clock.
    private func instant(_ text: String, clock: LocalClock) throws -> Int {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        if parts.count == 2, let date = LocalDate(parts[0]), let time = MinuteOfDay(parts[1].prefix(5)),
            parts[1].count == 5 || parts[1].count == 8
        {
            return clock.firstInstant(of: date, time)
        }
        // A plus in a query is a space.
        if let date = try? Date(text.replacing(" ", with: "+"), strategy: .iso8601),
            (0..<253_402_300_800).contains(date.timeIntervalSince1970)
        {
            return Int(date.timeIntervalSince1970)
        }
        throw Problem(
            .unprocessableContent, "moment-invalid",
            "The query member \"at\" must be 2026-11-29T08:00 on the display's clock, or 2026-11-29T07:00:00Z.")
    }

    // MARK: Why

    private struct Why: Encodable {
        let photo: String
        let album: Int64?
        let sentences: [String]
    }

    private func why(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard case .display(let id) = try context.owner("displays") else { throw Problem.displayNotFound }
        guard let view = self.board.view(of: id) else { throw Problem.displayNotFound }
        guard let name = request.uri.queryParameters["photo"].map(String.init) ?? view.showingName else {
            throw Problem(
                .conflict, "nothing-shown", "This display shows no photo at present.",
                remedy: "Ask again when it does.")
        }
        let outline = try await self.outline(of: .display(id))
        let found = try await self.library.explain(photoNamed: name, on: id, at: self.clock.now())
        var sentences: [String] = []
        if let album = found.albumName {
            sentences.append("This display shows “\(album)”: \(outline.because(found.decision)).")
        } else {
            sentences.append("This display has no album at present.")
        }
        if found.photo == nil {
            sentences.append("The photo is not in the library any more.")
        } else if !found.isShown {
            sentences.append(
                "The photo is not, or no longer, in what this display should show; the next change ends it.")
        } else if let album = found.albumName {
            sentences.append(
                found.albumRule.map { "It is in “\(album)” by that album's rule: \($0)." }
                    ?? "It was put into “\(album)” by hand.")
        }
        if let share = found.share, let group = found.groupName {
            sentences.append(
                "The \(share.displays) displays of “\(group)” share the album out: this one has \(share.own) of "
                    + "\(share.all) photos\(found.isShown ? ", and this is one of them" : "").")
        } else if outline.settings.groupClock, let group = found.groupName {
            sentences.append("All displays of “\(group)” show the same photo at the same time.")
        }
        return try .json(Why(photo: name, album: found.decision.album?.rawValue, sentences: sentences))
    }
}

extension RequestContext {
    /// Whose settings a path is about: `displays/{id}` or `groups/{id}`.
    func owner(_ kind: String) throws -> SettingOwner {
        if kind == "groups" { return .group(try self.groupID) }
        guard let id = self.parameters.get("id").flatMap(DisplayID.init) else { throw Problem.displayNotFound }
        return .display(id.text)
    }

    /// The `{id}` of a group's path.
    var groupID: GroupID {
        get throws {
            guard let number = self.parameters.get("id", as: Int64.self) else { throw Problem.groupNotFound }
            return GroupID(number)
        }
    }
}

extension Problem {
    static let groupNotFound = Problem(
        .notFound, "group-not-found", "There is no such group; it may have been deleted.")
}
