import DisplayChannel
import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary

/// Who set what when, for a display or a group, and back again.
struct HistoryController: Sendable {
    let library: PhotoLibrary

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        for owner in ["displays", "groups"] {
            router.get("\(owner)/{id}/history") { _, context in try await self.history(of: context.owner(owner)) }
            router.post("\(owner)/{id}/history/{edit}/revert") { _, context in
                guard let edit = context.parameters.get("edit", as: Int64.self) else { throw Problem.editNotFound }
                let owner = try context.owner(owner)
                try await self.revert(edit, of: owner, by: context.session.userName)
                return try await self.history(of: owner)
            }
        }
    }

    private struct History: Encodable { let edits: [SettingEditView] }

    private func history(of owner: SettingOwner) async throws -> Response {
        let names = try await SettingEditView.Names(self.library)
        let edits = try await self.library.settingEdits(of: owner)
        return try .json(History(edits: edits.map { SettingEditView($0, names) }))
    }

    /// Sets every member of an edit back to what it was before, as an edit of its own.
    private func revert(_ id: Int64, of owner: SettingOwner, by who: String) async throws {
        guard let edit = try await self.library.settingEdit(id, of: owner) else { throw Problem.editNotFound }
        var before: [String: JSONValue] = [:]
        for change in edit.changes { before[change.field] = JSONValue(Array(change.before.utf8)) ?? .null }
        if let schedule = edit.changes.first(where: { $0.field == "schedule" }) {
            let rules = try JSONDecoder().decode([ScheduleRule].self, from: Data(schedule.before.utf8))
            try await self.library.setSchedule(rules, of: owner, by: who)
            before["schedule"] = nil
        }
        switch owner {
        case .display(let display):
            if let group = before.removeValue(forKey: "group") {
                let id = group.double.flatMap { Int64(exactly: $0) }.map { GroupID($0) }
                try await self.library.moveDisplay(display, to: id, by: who)
            }
            guard !before.isEmpty else { return }
            let change = DisplayChange(members: before)
            _ = try await self.library.updateDisplay(display, by: who, members: DisplayChange.members) {
                try change.apply(to: &$0)
            }
        case .group(let group):
            guard !before.isEmpty else { return }
            let body = JSONValue.object(Self.nested(before)).json
            let change = try JSONDecoder().decode(GroupChange.self, from: Data(body))
            _ = try await self.library.updateGroup(group, by: who) { try change.apply(to: &$0) }
        }
    }

    /// A group's members as its `PATCH` takes them. A setting that was not there yet had its default.
    private static func nested(_ members: [String: JSONValue]) -> [String: JSONValue] {
        var body = members.filter { !GroupSettings.names.contains($0.key) }
        let settings = members.filter { GroupSettings.names.contains($0.key) }
        let defaults = DisplaySettings().members
        body["settings"] = .object(
            Dictionary(
                uniqueKeysWithValues: settings.map {
                    ($0.key, $0.value == .null ? defaults[$0.key] ?? .null : $0.value)
                }
            ))
        return body
    }
}

/// An edit as people and programs see it.
struct SettingEditView: Encodable, Sendable, Equatable {
    struct Change: Encodable, Sendable, Equatable {
        let field: String
        let label: String
        let before: JSONValue
        let after: JSONValue
        let beforeText: String
        let afterText: String
    }

    /// What albums and groups are called.
    struct Names: Sendable {
        var albums: [Int64: String] = [:]
        var groups: [Int64: String] = [:]
        var displays: [String: String] = [:]

        init(_ library: PhotoLibrary) async throws {
            for album in try await library.albums() { self.albums[album.id.rawValue] = album.name }
            for group in try await library.groups() { self.groups[group.group.id.rawValue] = group.group.name }
            for display in try await library.displays() { self.displays[display.id] = display.name }
        }
    }

    let id: Int64
    let at: Date
    let who: String
    let changes: [Change]

    init(_ edit: SettingEdit, _ names: Names) {
        self.id = edit.id
        self.at = edit.at
        self.who = edit.who
        self.changes = edit.changes.map { change in
            let before = JSONValue(Array(change.before.utf8)) ?? .null
            let after = JSONValue(Array(change.after.utf8)) ?? .null
            return Change(
                field: change.field, label: SettingForm.label(of: change.field), before: before, after: after,
                beforeText: Self.text(before, of: change.field, names),
                afterText: Self.text(after, of: change.field, names))
        }
    }

    private static func text(_ value: JSONValue, of field: String, _ names: Names) -> String {
        func number(_ value: JSONValue) -> Int64? { value.double.flatMap { Int64(exactly: $0) } }
        // The three adjustments are decimals in strings.
        if case .slider = SettingForm.field(field)?.kind, let value = value.double { return SettingForm.plain(value) }
        switch (field, value) {
        case ("album", .null): return "none"
        case ("group", .null): return "none"
        case (_, .null): return "not set"
        case ("album", _): return number(value).map { names.albums[$0] ?? "an album that is gone" } ?? "none"
        case ("group", _): return number(value).map { names.groups[$0] ?? "a group that is gone" } ?? "none"
        case ("displays", .array(let ids)):
            return ids.compactMap { $0.text.map { names.displays[$0] ?? $0 } }.joined(separator: ", ")
        case ("schedule", .array(let rules)), ("sleep", .array(let rules)), ("dim", .array(let rules)):
            return rules.isEmpty ? "none" : rules.count == 1 ? "1 entry" : "\(rules.count) entries"
        case (_, .bool(let isOn)): return isOn ? "on" : "off"
        case (_, .array(let values)):
            return values.isEmpty ? "none" : values.compactMap(\.text).joined(separator: ", ")
        case (_, .string(let text)):
            return text.isEmpty ? "empty" : SettingForm.choiceLabel(text, of: field) ?? text
        default:
            return value.double.map { SettingForm.plain($0) } ?? String(decoding: value.json, as: UTF8.self)
        }
    }
}

extension Problem {
    static let editNotFound = Problem(
        .notFound, "edit-not-found", "This change is too old to be taken back, or is another display's.")
}
