import DisplayChannel
import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/groups`: displays that hang together.
struct GroupsController: Sendable {
    let library: PhotoLibrary
    let board: FleetBoard

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("groups", use: self.list)
        router.post("groups", use: self.create)
        router.get("groups/{id}", use: self.show)
        router.patch("groups/{id}", use: self.change)
        router.delete("groups/{id}", use: self.delete)
    }

    private struct List: Encodable { let groups: [GroupView] }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(List(groups: try await GroupView.all(of: self.library)))
    }

    private func create(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let change = try await request.json(GroupChange.self)
        guard let name = change.name else { throw Problem.badRequest("The member \"name\" is missing.") }
        var draft = DisplayGroupDraft(named: name)
        try change.apply(to: &draft)
        let group = try await self.library.createGroup(
            named: draft.name, displays: draft.displays, album: draft.albumID, mode: draft.mode,
            isInStep: draft.isInStep, settings: draft.settings, by: context.session.userName)
        var response = try await self.answer(group.group.id, status: .created)
        response.headers[.location] = "/api/v1/groups/\(group.group.id.rawValue)"
        return response
    }

    private func show(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try await self.answer(try context.groupID)
    }

    private func change(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let change = try await request.json(GroupChange.self)
        let id = try context.groupID
        _ = try await self.library.updateGroup(id, by: context.session.userName) { try change.apply(to: &$0) }
        return try await self.answer(id)
    }

    private func delete(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try await self.library.deleteGroup(try context.groupID, by: context.session.userName)
        return Response(status: .noContent)
    }

    private func answer(_ id: GroupID, status: HTTPResponse.Status = .ok) async throws -> Response {
        guard let view = try await GroupView.one(id, of: self.library) else { throw Problem.groupNotFound }
        return try .json(view, status: status)
    }
}

/// A group as people and programs see it.
struct GroupView: Encodable, Sendable, Equatable {
    struct Member: Encodable, Sendable, Equatable {
        let id: String
        let name: String
        /// Its share of the album that it shows now; absent where nothing is shared out.
        let photos: Int?
    }

    let id: Int64
    let name: String
    let album: Int64?
    let albumName: String?
    /// `split` or `same`.
    let mode: String
    let inStep: Bool
    /// What holds for all displays while they are in step.
    let settings: [String: JSONValue]
    let displays: [Member]
    let ruleCount: Int
    /// All of it in words.
    let text: String

    static func all(of library: PhotoLibrary) async throws -> [GroupView] {
        let names = try await Self.names(of: library)
        var views: [GroupView] = []
        for group in try await library.groups() { views.append(try await Self.view(group, names, library)) }
        return views
    }

    static func one(_ id: GroupID, of library: PhotoLibrary) async throws -> GroupView? {
        guard let group = try await library.group(id) else { return nil }
        return try await Self.view(group, try await Self.names(of: library), library)
    }

    private static func names(of library: PhotoLibrary) async throws -> (albums: [AlbumID: String], [String: String]) {
        (
            try await Dictionary(uniqueKeysWithValues: library.albums().map { ($0.id, $0.name) }),
            try await Dictionary(uniqueKeysWithValues: library.displays().map { ($0.id, $0.name) })
        )
    }

    private static func view(
        _ summary: DisplayGroupSummary, _ names: (albums: [AlbumID: String], displays: [String: String]),
        _ library: PhotoLibrary
    ) async throws -> GroupView {
        let group = summary.group
        let counts = try await library.shareCounts(of: group.id)
        let album = group.albumID.flatMap { names.albums[$0] }
        var text = summary.displays.count == 1 ? "1 display" : "\(summary.displays.count) displays"
        if summary.displays.isEmpty {
            text = "No display yet"
        } else if let album {
            text += group.mode == .split ? " share “\(album)” out" : " show “\(album)”, the same photo on all"
        } else if summary.rules.isEmpty {
            text += ", each with its own album"
        }
        if !summary.rules.isEmpty { text += ", by a schedule" }
        if group.isInStep { text += ", in step" }
        return GroupView(
            id: group.id.rawValue, name: group.name, album: album == nil ? nil : group.albumID?.rawValue,
            albumName: album, mode: group.mode.rawValue, inStep: group.isInStep,
            settings: GroupSettings.members(of: group),
            displays: summary.displays.map {
                Member(id: $0, name: names.displays[$0] ?? $0, photos: counts[$0])
            }, ruleCount: summary.rules.count, text: text)
    }
}
